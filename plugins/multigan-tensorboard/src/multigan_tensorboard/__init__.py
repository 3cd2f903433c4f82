"""TensorBoard for multigan: it watches every run while it is installed, and writes into the run's folder `events`."""

from multigan import hookimpl

__all__ = ["evaluation_finished", "log_written", "run_finished", "run_started", "samples_produced"]

# The event files of runs in progress, by the run's folder: several may share a process.
opened = {}


@hookimpl
def run_started(run):
    """Opens the run's file and writes what it was told; what an earlier process wrote of steps to come is void."""
    from multigan_tensorboard.events import Events  # now: listing plugins is to stay light

    opened[run.directory.path] = events = Events(run.directory.path / "events")
    events.findings, events.recoveries = len(run.findings), run.recoveries
    events.restart(run.step + 1)
    told = {"plugin": run.plugin, "backend": run.backend, "data": run.data.name, **run.settings, **run.options}
    events.text("run", run.step, "\n".join(f"    {name} = {value}" for name, value in told.items()))


def events_of(run, step):
    """Returns the file of a run in progress; where the run went back to a checkpoint, curves go on from this step."""
    events = opened[run.directory.path]
    if run.recoveries > events.recoveries:
        events.restart(step)
        events.recoveries = run.recoveries
    return events


@hookimpl
def log_written(run, step, line):
    """Means of the losses, what was measured on samples, and what health found since the last line."""
    events = events_of(run, step)
    health = {f"health/{name}": value for name, value in line["health"].items()}
    events.scalars(step, line["losses"] | health | {"speed/steps_per_second": line["steps_per_second"]})
    for finding in run.findings[events.findings :]:
        events.text("findings", step, f"**{finding.name}**: {finding.message} ({finding.advice})")
    events.findings = len(run.findings)


@hookimpl
def samples_produced(run, step, samples):
    """The preview as multigan draws it, or its lines of text; and the first sounds, to be heard."""
    events = events_of(run, step)
    for path in run.preview:
        events.preview(step, path)
    for number, sound in enumerate(samples[:4] if "sample_rate" in run.data.facts else ()):
        events.sound(f"sounds/{number}", step, sound, run.data.facts["sample_rate"])


@hookimpl
def evaluation_finished(run, step, scores):
    """Scores: of a run in progress, or of `multigan evaluate`, which has a file of its own."""
    from multigan_tensorboard.events import Events

    events = opened.get(run.directory.path) or Events(run.directory.path / "events")
    events.scalars(step, {f"score/{name}": score["value"] for name, score in scores.items()})
    if run.directory.path not in opened:
        events.file.close()


@hookimpl
def run_finished(run, error):
    """Writes how the run ended; called where another hook failed, too."""
    if events := opened.pop(run.directory.path, None):
        events.text("outcome", run.step, f"{run.outcome} at step {run.step}" + (f": {error}" if error else ""))
        events.file.close()
