"""A run on disk, from Python: what it logged, what can be made with it, and how it goes on."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from multigan.api.given import whole
from multigan.api.host import Host
from multigan.api.opened import Opened
from multigan.api.places import place, source
from multigan.api.spoken import spoken

if TYPE_CHECKING:
    from multigan.api.export import Exported
    from multigan.api.train import Listener

__all__ = ["SavedRun", "open"]


@spoken()
def open(  # noqa: A001
    path: str | os.PathLike[str],
    *,
    checkpoint: str | int = "latest",
    backend: str | None = None,
    device: str | None = None,
    quiet: bool = False,
) -> SavedRun:
    """Opens a run that was trained, or that trains at this moment.

    No framework is started before something is made; then Keras runs on one backend for as long as the process lives.

    Args:
        path: of the run's folder.
        checkpoint: "latest", "best" or a step: whose weights are used.
        backend: "tensorflow", "jax" or "torch"; by default the one that runs, or else the run's own.
        device: "cpu" or "gpu"; a gpu where there is one.
        quiet: say and show nothing.

    Raises:
        UsageError: no run is there, or its run.toml is damaged, or its recipe is not installed.
    """
    host = Host(quiet=quiet)
    run = SavedRun(place(path, "path"), checkpoint=str(checkpoint), backend=backend, device=device, host=host)
    run.directory.facts()
    _ = run.recipe
    return run


class SavedRun(Opened):
    """A run in a folder; `multigan.open` and `multigan.train` return one.

    In a notebook it shows its newest preview. What its files tell is read when it is asked for; the game is kept once
    it has been opened.

    Attributes:
        path: the folder.
        checkpoint: whose weights are used: "latest", "best" or a step.
        host: who is talked to, with the plugins.
        observer_failed: whether a plugin that watches failed in the last `evaluate`.
    """

    observer_failed = False

    @spoken(count="-n", metrics="--metric")
    def evaluate(
        self,
        metrics: Sequence[str] = (),
        *,
        count: int = 1000,
        seeds: int = 3,
        data: str | os.PathLike[str] | None = None,
        options: Mapping[str, Any] | None = None,
        extractor: str | None = None,
        curve: bool = False,
        direction: str | None = None,
    ) -> list[dict[str, Any]]:
        """Scores the run, as `multigan evaluate` does, and appends the records to scores.jsonl.

        Args:
            metrics: their names; the recipe's own by default.
            count: samples, real and generated; fewer where the data have fewer.
            seeds: how many draws; the value is their mean.
            data: what to compare with, such as data kept out; what the run was trained on by default.
            options: of the data, in place of the run's own.
            extractor: of features, in place of each metric's own.
            curve: of texts: at temperatures from 0.5 to 1.5.
            direction: of a run that goes more than one way; all of them by default.

        Returns:
            A record for each metric (and direction, checkpoint, temperature), as `multigan evaluate --json` prints:
            `metric`, `value`, `deviation`, `better`, `protocol`, `step`, `controls` and what else tells how.

        Raises:
            UsageError: no such metric, checkpoint or extractor, or something that cannot be compared.
            DataError: the data cannot be read.
        """
        from multigan.terminal.progress import show_progress
        from multigan.trained.evaluating import evaluate_run

        with show_progress(self.host.quiet) as progress:
            records, self.observer_failed = evaluate_run(
                self.path,
                self.host.registry,
                checkpoint=self.checkpoint,
                names=[metrics] if isinstance(metrics, str) else tuple(metrics),
                count=whole(count, "count", 8),
                seeds=whole(seeds, "seeds", 1),
                data=source(data),
                backend=self._backend,
                device=self._device,
                talk=self.host.say,
                extractor=extractor,
                curve=curve,
                options=options,
                progress=progress,
                direction=direction,
            )
        return records

    @spoken()
    def export(
        self,
        format: str = "keras",  # noqa: A002
        out: str | os.PathLike[str] | None = None,
        direction: str | None = None,
    ) -> Exported:
        """Writes the generator for other tools, as `multigan export` does, and compares it with the run's own samples.

        Args:
            format: "keras", "savedmodel", "onnx", or a plugin's.
            out: the file or folder; `export/RECIPE-STEP` in the run by default.
            direction: which way the model goes, of a run that goes more than one.

        Returns:
            `path`, `step`, and the largest `difference` from the run's own samples.

        Raises:
            UsageError: no such format or direction, a place that is taken, or a package that is not installed.
            RunFailedError: the model differs from the run's own samples; it is not kept.
        """
        from multigan.api.export import export_run

        return export_run(self, format, None if out is None else place(out, "out"), direction)

    @spoken()
    def resume(
        self,
        steps: int | None = None,
        *,
        data: str | os.PathLike[str] | None = None,
        options: Mapping[str, Any] | None = None,
        strict: bool = False,
        on_progress: Listener | None = None,
        **settings: Any,
    ) -> SavedRun:
        """Goes on with the run, bit for bit, as `multigan run --resume` does.

        Args:
            steps: the new total; what it was told before by default.
            data: where its data are by now.
            options: that may change, such as places of files.
            strict, on_progress: as of `multigan.train`.
            settings: that may change, such as `sample_every=500` or `max_minutes=30`, see `multigan.train`.

        Returns:
            This run, whose game is opened anew.

        Raises:
            UsageError: something that the run cannot go on with; nothing was changed on disk.
            DataError, RunFailedError, KeyboardInterrupt: as `multigan.train`.
        """
        from multigan.api.train import resume

        self._trained = None
        settings |= {"steps": steps, "data": data, "backend": settings.get("backend", self._backend)}
        settings["device"] = settings.get("device", self._device)
        resume(self.host, self.path, settings=settings, options=options or {}, strict=strict, on_progress=on_progress)
        return self
