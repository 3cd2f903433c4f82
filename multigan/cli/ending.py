"""What `multigan run` says when a run has ended in good order."""

from multigan.cli.output import print_json
from multigan.command_line import command_line

__all__ = ["tell_end"]


def tell_end(finished, shell, as_json) -> None:
    """Tells the outcome, what health has found, and how to go on: talk on stderr, and on stdout JSON when asked."""
    run, result, path = finished.run, finished.result, finished.run.directory.path
    present = [finding for finding in run.findings if finding.name in run.present]
    past = [finding for finding in run.findings if finding.name not in run.present]
    if as_json:
        print_json(
            {
                "run": str(path),
                "recipe": run.recipe.name,
                "outcome": result.outcome,
                "reason": result.reason,
                "step": result.step,
                "losses": result.last.get("losses", {}),
                "health": result.last.get("health", {}),
                "findings": [finding.name for finding in present],
                "past_findings": [finding.name for finding in past],
                "recoveries": run.recoveries,
                "best": run.best,
                "report": str(path / "report.html"),
            }
        )
    shell.say(f"{_ended(result)}; report: {path / 'report.html'}")
    if run.recoveries:
        times = "once" if run.recoveries == 1 else f"{run.recoveries} times"
        shell.say(f"went back to a checkpoint {times}, after values that were not finite")
    for finding in present:
        shell.say(f"health: {finding.message} ({finding.advice})")
    for finding in past:
        shell.say(f"health: {finding.name} was found earlier and is no more")
    if present:
        shell.say(f"what to try next: {command_line('doctor', path)}")
    chosen = []
    if run.best:
        chosen = ["--checkpoint", "best"]
        shell.say(f"best {run.best['metric']}: {run.best['value']:.4g} at step {run.best['step']}")
    if result.outcome == "interrupted":
        shell.say(f"go on with: {command_line('run', '--resume', path)}")
    else:
        from multigan.facts import asked_by
        from multigan.fields import first_samples

        flags = first_samples(asked_by(run.directory.facts()))
        shell.say(f"samples: {command_line('sample', path, *flags, *chosen)}")


def _ended(result) -> str:
    if result.outcome == "interrupted":
        return f"stopped by {result.reason} after step {result.step}"
    if result.reason:
        return f"stopped: {result.reason}; {result.step} steps"
    return f"done: {result.step} steps"
