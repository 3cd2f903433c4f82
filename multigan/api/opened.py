"""A run whose game can be opened: samples as arrays and as files."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from multigan.api.given import typed_values, whole
from multigan.api.host import Host
from multigan.api.places import place
from multigan.api.recorded import Recorded
from multigan.api.spoken import in_arguments, spoken
from multigan.errors import DataError, UsageError

if TYPE_CHECKING:
    import numpy as np

    from multigan.progress import Progress
    from multigan.trained.opening import Trained
    from multigan.trained.sampling import Drawn

__all__ = ["Opened"]

# Bad files that an error names.
NAMED = 10
# Flags of what opens a run, which are arguments of `multigan.open`.
OPENED_BY = {"--checkpoint": "checkpoint", "--backend": "backend", "--device": "device"}


class Opened(Recorded):
    """A run that makes samples; its game is opened when it is first needed, and kept.

    Args:
        path: of the folder.
        checkpoint: "latest", "best" or a step.
        backend, device: as of `multigan.open`.
        host: with the plugins; is talked to.

    Attributes:
        path, host, checkpoint: see above.
    """

    def __init__(
        self,
        path: Path,
        *,
        checkpoint: str = "latest",
        backend: str | None = None,
        device: str | None = None,
        host: Host | None = None,
    ):
        super().__init__(path, host or Host())
        self.checkpoint, self._backend, self._device = checkpoint, backend, device
        self._trained: Trained | None = None

    @property
    def step(self) -> int:
        """The step of the weights that are used."""
        return self._opened.step

    @property
    def game(self) -> Any:
        """The `multigan.Game`, built, with the weights of the checkpoint."""
        return self._opened.game

    @property
    def _opened(self) -> Trained:
        if self._trained is None:
            with self.working() as (_, trained):
                return trained
        return self._trained

    @contextmanager
    def working(self, direction: str | None = None) -> Iterator[tuple[Progress, Trained]]:
        """Shows how far something is while it is done, unless the host is quiet; gives that and the opened run.

        Args:
            direction: the side that the game is seen from; None for the usual one.

        Raises:
            UsageError: no such checkpoint or direction, or Keras runs on another backend than is asked for.
        """
        from multigan.terminal.progress import show_progress

        with show_progress(self.host.quiet) as progress:
            if self._trained is None:
                from multigan.trained.opening import Trained

                progress.part("opening the run")
                with in_arguments(self.host, OPENED_BY):
                    self._trained = Trained(
                        self.path,
                        self.host.registry,
                        checkpoint=self.checkpoint,
                        backend=self._backend,
                        device=self._device,
                        warn=self.host.say,
                    )
            yield progress, self._facing(direction)

    @spoken(count="-n")
    def sample(
        self,
        count: int = 64,
        seed: int = 0,
        *,
        direction: str | None = None,
        interpolate: int | None = None,
        hold: str | None = None,
        frames: int | None = None,
        temperature: float = 1.0,
        prefix: str = "",
        **asked: Any,
    ) -> np.ndarray:
        """Draws samples: those that `multigan sample -n COUNT --seed SEED` writes.

        Args:
            count: how many.
            seed: of the latents; the same samples on every backend, up to rounding.
            direction: which way to go, of a run that goes more than one.
            interpolate: draws on a path from the first through the latent of this number.
            hold: on a path, the latents of this name stay at the first, where there are several by name.
            frames: of each clip, where the run makes any number; as many as in training.
            temperature, prefix: of texts: how varied they are, and how all of them begin.
            asked: what to ask for, by field: `label="cat"`, several `label=["cat", "dog"]` or a number where classes
                are not numbers themselves; `condition=` vectors `(length,)` or `(count, length)`; or a field by its own
                name. What is left out is what nobody chose: every class in turn, or what the run kept of its data.

        Returns:
            `(count, *shape)` in the samples' own units. Images: `(height, width, channels)` in [-1, 1], which files
            hold as `round((x + 1) * 127.5)`, clipped. Clips: `(frames, height, width, channels)`, alike. Sounds:
            `(length, channels)` in [-1, 1]. Points: numbers in the run's units, as `--format npy` writes them. Texts:
            tokens, int32 `(length,)`, which `texts` reads. All others float32.

        Raises:
            UsageError: something that this run does not do or know.
            DataError: a file that does not fit.
            RunFailedError: samples that are not finite.
        """
        from multigan.trained.sampling import drawn_array, lasting

        count, seed = whole(count, "count", 1), whole(seed, "seed", 0)
        keys = None if interpolate is None else whole(interpolate, "interpolate", 2)
        frames = None if frames is None else whole(frames, "frames", 2)
        with (
            self.working(direction) as (progress, trained),
            typed_values(trained, asked) as typed,
            lasting(trained, frames),
        ):
            return drawn_array(
                trained,
                count,
                seed,
                keys=keys,
                hold=hold,
                typed=typed,
                temperature=temperature,
                prefix=prefix,
                progress=progress,
            )

    def texts(self, samples: np.ndarray) -> list[str]:
        """Returns what samples say; raises `UsageError` for a run whose samples are no texts."""
        from multigan.trained.sampling import files_of

        files = files_of(self._opened)
        if files.lines is None:
            raise UsageError(f"{self.path}: a run of {self.recipe.name} makes {files.noun}, which say nothing")
        return list(files.lines(samples))

    @spoken(count="-n", pictures="--input")
    def translate(
        self,
        pictures: Any,
        direction: str | None = None,
        *,
        count: int | None = None,
        seed: int = 0,
        as_is: bool = False,
        tile: int | None = None,
        **asked: Any,
    ) -> list[np.ndarray]:
        """Makes pictures of pictures: those that `multigan sample --input` writes.

        Args:
            pictures: one or several; each the path of a file or folder, a Pillow image, or an array
                `(height, width, channels)`: whole numbers from 0 to 255, or numbers with a fraction in [-1, 1]. Of
                label maps arrays `(height, width)` of the classes' numbers. Each may have a size of its own.
            direction: which way to go, of a run that goes more than one, such as `"b2a"`.
            count: how many to make, of the pictures in turn; one of each.
            seed: of the latents, where there are any.
            as_is: what is given goes in as it is, such as a drawing: nothing is made of it as training does.
            tile: side of the tiles that large pictures go through in, in pixels.
            asked: further fields, as of `sample`, such as `mask=`.

        Returns:
            For each an array `(height, width, channels)`, float32 in [-1, 1]. All of them stand in memory: of many
            pictures `write_samples` makes files.

        Raises:
            UsageError: the run makes nothing of pictures, or an array that is no picture.
            DataError: pictures that cannot be read; none is left out.
            RunFailedError: a sample that is not finite.
        """
        import numpy as np

        from multigan.trained.sampling import draw

        count, seed = count if count is None else whole(count, "count", 1), whole(seed, "seed", 0)
        tile = tile if tile is None else whole(tile, "tile", 32)
        with self.working(direction) as (progress, trained), tempfile.TemporaryDirectory(prefix="multigan-") as folder:
            with typed_values(trained, {"input": pictures, **asked}) as typed:
                drawn = draw(
                    trained,
                    Path(folder),
                    count,
                    seed,
                    format="npy",
                    typed=typed,
                    as_is=as_is,
                    tile=tile,
                    progress=progress,
                )
            made = [np.load(path, allow_pickle=False) for path in drawn.files]
        if drawn.skipped:
            named = "; ".join(f"{name}: {reason}" for name, reason in drawn.skipped[:NAMED])
            more = f"; and {len(drawn.skipped) - NAMED:,} more" if len(drawn.skipped) > NAMED else ""
            raise DataError(f"{named}{more}; mend the files, or leave them out")
        for note in drawn.notes:
            self.host.say(f"note: {note}")
        return made

    @spoken(count="-n", pictures="--input")
    def write_samples(
        self,
        out: str | os.PathLike[str] | None = None,
        count: int | None = None,
        seed: int = 0,
        *,
        pictures: Any = None,
        direction: str | None = None,
        interpolate: int | None = None,
        hold: str | None = None,
        frames: int | None = None,
        format: str | None = None,  # noqa: A002
        overwrite: bool = False,
        as_is: bool = False,
        compare: str | None = None,
        tile: int | None = None,
        temperature: float = 1.0,
        prefix: str = "",
        **asked: Any,
    ) -> Drawn:
        """Writes samples as files, and a preview, as `multigan sample` does; any number fits into memory.

        Args:
            out: folder for the files; a folder in the run's own `samples` by default.
            count: how many; 64, or one of each picture.
            pictures: as of `translate`; files are called like these.
            format: of the files: "png", "wav", "npy", ...; the modality's usual one by default.
            overwrite: files of the same names in `out` are replaced.
            compare: also writes sheets of what went in and what came out, with what was wanted beside it: pictures of
                the same names in this folder, or with "" what the input is made of.
            seed, direction, interpolate, hold, frames, as_is, tile, temperature, prefix, asked: as of `sample` and
                `translate`.

        Returns:
            What was written: `files`, `preview`, `labels`, `sheets`, and `skipped`, pictures that could not be read.

        Raises:
            UsageError, DataError, RunFailedError: as `sample`, or a place that may not be written to.
        """
        from multigan.api.writing import write_samples

        count, seed = count if count is None else whole(count, "count", 1), whole(seed, "seed", 0)
        with typed_values(self._facing(direction), {"input": pictures, **asked}) as typed:
            return write_samples(
                self,
                None if out is None else place(out, "out"),
                count,
                seed,
                typed=typed,
                keys=None if interpolate is None else whole(interpolate, "interpolate", 2),
                hold=hold,
                frames=None if frames is None else whole(frames, "frames", 2),
                format=format,
                direction=direction,
                overwrite=overwrite,
                as_is=as_is,
                compare=compare,
                tile=tile if tile is None else whole(tile, "tile", 32),
                temperature=temperature,
                prefix=prefix,
            )

    def _facing(self, direction: str | None) -> Trained:
        return self._opened if direction is None else self._opened.facing(direction)
