"""What `multigan run` says when a run has ended in good order."""

from multigan.api.ending import ended_lines, findings_of
from multigan.cli.output import print_json
from multigan.command_line import command_line

__all__ = ["tell_end"]


def tell_end(finished, shell, as_json) -> None:
    """Tells the outcome, what health has found, and how to go on: talk on stderr, and on stdout JSON when asked."""
    run, result, path = finished.run, finished.result, finished.run.directory.path
    present, past = findings_of(run)
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
    for line in ended_lines(finished):
        shell.say(line)
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
