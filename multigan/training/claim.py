"""A run directory that this process holds: taken before anything else is done, and gone again where no run begins."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from multigan.command_line import command_line
from multigan.errors import UsageError
from multigan.modalities.file_names import refuse_unwritable
from multigan.runs import RunDirectory, new_directory
from multigan.training.configuration import RunConfig

__all__ = ["Claim"]

# What the system says of a place that was chosen wrongly; a full disk is no fault of the command.
UNFIT = (errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, errno.ENOENT, errno.ENAMETOOLONG, errno.EINVAL)


class Claim:
    """While open, no other process writes into the run.

    A new run's folder must hold nothing, which is looked at when it is locked already. Where no folder was chosen, it
    is made when the run begins.

    Args:
        config: names the folder, and says whether a run is to go on in it.

    Attributes:
        directory: of the run; None until `begin` where no folder was chosen.

    Raises:
        UsageError: the folder is in use, holds something, cannot be written to, or is no run to go on with.
    """

    def __init__(self, config: RunConfig):
        self._config, self._lock, self._begun, self._made, self._new = config, None, False, [], False
        self.directory = RunDirectory(config.directory) if config.directory else None

    def __enter__(self):
        if self.directory:
            with _writable(self.directory.path):
                self._take()
        else:
            refuse_unwritable(Path("runs").absolute(), "--run-dir")
        return self

    def _take(self) -> None:
        path, resume = self.directory.path, self._config.resume
        if resume:
            RunDirectory.open(path)
        for folder in (path, *path.parents):
            if folder.is_symlink() and not folder.exists():
                gone = f"{folder} is a link to {os.readlink(folder)}, which is not there"
                raise UsageError(f"--run-dir {path}: {gone}; choose another folder")
        self._made = [folder for folder in (path, *path.parents) if not folder.exists()]
        self._new = not self.directory.lock_path.exists()
        if self._new:
            self._refuse_held()  # before a lock is left there, and again when nobody else can begin
        try:
            self._lock = self.directory.lock("wait for it" if resume else "wait for it, or choose another --run-dir")
        except OSError:
            _remove(self.directory, self._made)
            raise
        try:
            self._refuse_held()
            self.directory.clean()
        except BaseException:
            self._release()
            raise

    def _refuse_held(self) -> None:
        path = self.directory.path
        if not self._config.resume and self.directory.begun():
            raise UsageError(f"{path}: {_held(path)}")

    def begin(self) -> RunDirectory:
        """Returns the folder, which is kept from now on."""
        if self.directory is None:
            with _writable(Path("runs").absolute()):
                self.directory = RunDirectory(new_directory(self._config.recipe.name))
                self._take()
        self._begun = True
        return self.directory

    def __exit__(self, *error):
        self._release()

    def _release(self) -> None:
        if self._lock is None:
            return
        if not self._begun and self._new:
            _remove(self.directory, self._made)
        self._lock.release()


def _held(path: Path) -> str:
    """What a folder that is not empty holds, and what to do."""
    if (path / "run.toml").is_file():
        return f"holds a run; choose another --run-dir, or go on with: {command_line('run', '--resume', path)}"
    return "not empty, and what it holds is no run (there is no run.toml); choose a new name for --run-dir"


@contextmanager
def _writable(path: Path) -> Iterator[None]:
    """Within it what the system says of a wrong place is a `UsageError` that names it."""
    try:
        yield
    except OSError as error:
        if error.errno not in UNFIT:
            raise
        raise UsageError(f"{path}: cannot be written to ({error.strerror}); choose another --run-dir") from None


def _remove(directory: RunDirectory, made: list[Path]) -> None:
    """Takes away the folders that were made for a run that did not begin, its lock while it is held."""
    with suppress(OSError):  # a name that cannot be
        if directory.begun():
            return
    with suppress(OSError):  # it was never there
        directory.lock_path.unlink()
    for folder in made:
        with suppress(OSError):  # nor was this, or somebody has put something there meanwhile
            folder.rmdir()
