"""The studio's own folder: all that is uploaded and made lies there, and goes with it."""

import secrets
import shutil
import tempfile
import threading
from collections import deque
from pathlib import Path

__all__ = ["QUOTA", "Workshop"]

# Makings that are kept, the newest ones: what a page shows, and some before.
KEPT = 200
# Bytes that may lie in the folder before uploads are refused.
QUOTA = 2_000_000_000


class Workshop:
    """A temporary folder; a context manager, which removes it.

    Attributes:
        folder: all of it, the only one that the page serves files from.
        uploads: what the page's server keeps there of its own.
    """

    def __init__(self):
        self.folder = Path(tempfile.mkdtemp(prefix="multigan-studio-")).resolve()
        self.uploads = self.folder / "page"
        self.uploads.mkdir()
        self._made: deque[Path] = deque()
        self._lock = threading.Lock()

    def __enter__(self):
        return self

    def __exit__(self, *error):
        shutil.rmtree(self.folder, ignore_errors=True)

    def new(self) -> Path:
        """Returns a new folder whose name nobody can guess; the oldest one goes where there are many."""
        path = self.folder / "made" / secrets.token_hex(12)
        path.mkdir(parents=True)
        with self._lock:
            self._made.append(path)
            old = [self._made.popleft() for _ in range(len(self._made) - KEPT)]
        for folder in old:
            shutil.rmtree(folder, ignore_errors=True)
        return path

    def holds(self, path: str | Path) -> bool:
        """Whether a path lies inside, once links and dots are followed."""
        try:
            return Path(path).resolve().is_relative_to(self.folder)
        except (OSError, ValueError, RuntimeError):
            return False

    def size(self) -> int:
        """How many bytes lie in it."""
        total = 0
        for path in self.folder.rglob("*"):
            try:
                total += path.lstat().st_size
            except OSError:  # it went meanwhile
                continue
        return total

    def plain(self, text: str) -> str:
        """Returns a message without the folder's path, which says nothing to a user."""
        words = []
        for word in text.split(" "):
            at = word.find(str(self.folder))
            words.append(word if at < 0 else word[:at] + word[at:].rsplit("/", 1)[-1])
        return " ".join(words)
