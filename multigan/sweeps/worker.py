"""One run of a sweep, in a process of its own: `python -m multigan.sweeps.worker FOLDER RUN [BLOCKED PLUGIN...]`.

It trains the run, or goes on with it, scores it, and writes its result. It ends in good order when stdin does, which
is when whoever started it has ended, however that was.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
import traceback
from pathlib import Path

from multigan.api.configuring import configure
from multigan.api.host import Host
from multigan.disk import refusal
from multigan.errors import MultiganError, RunFailedError
from multigan.sweeps.folder import Folder
from multigan.sweeps.plan import Job, Plan, read_plan

__all__ = ["FAILED", "main"]

# What the last line of a run that failed begins with.
FAILED = "multigan: error: "


def main(words: list[str]) -> int:
    """Does it; returns the exit code of `multigan run`. The last line on stderr says why it failed."""
    folder, name, *blocked = words
    try:
        return _run(Folder(Path(folder)), read_plan(Path(folder)), name, Host(blocked=tuple(blocked)))
    except MultiganError as error:
        return _failed(str(error), error.exit_code)
    except KeyboardInterrupt as error:
        return _failed(f"stopped by {error or 'a signal'} before its first step", 130)
    except Exception as error:
        if told := refusal(error):
            return _failed(told, 1)
        traceback.print_exc()
        return _failed(f"{type(error).__name__}: {' '.join(str(error).split())}", 1)


def _run(folder: Folder, plan: Plan, name: str, host: Host) -> int:
    from multigan.api.saved import SavedRun

    job, place, begun = plan.job(name), folder.run(name), time.monotonic()
    run = SavedRun(place, checkpoint=plan.checkpoint, host=host)
    observer_failed = False
    if not (place / "run.toml").is_file() or run.outcome != "done":
        observer_failed = _train(plan, job, place, host)
    records, log = run.evaluate(plan.metrics, count=plan.count, seeds=plan.draws, data=plan.against or None), run.read
    folder.write_result(
        name,
        {
            "values": dict(job.values),
            "seed": job.seed,
            "step": log.step,
            "findings": _findings(log),
            "seconds": time.monotonic() - begun,
            "observer_failed": observer_failed or run.observer_failed,
            "records": records,
        },
    )
    return 0


def _train(plan: Plan, job: Job, place: Path, host: Host) -> bool:
    """Trains, or goes on; returns whether a plugin that watches failed."""
    from multigan.api.ending import ended_lines
    from multigan.api.train import train_configured

    if (place / "run.toml").is_file():
        config = configure(host, None, flags={}, options={}, resume=place)
    else:
        flags, options = plan.flags(job.values, job.seed), plan.chosen(job.values)
        config = configure(host, plan.recipe, flags=flags, options=options, run_dir=place)
    finished = train_configured(config, host)
    for line in ended_lines(finished):
        host.say(line)
    if finished.result.outcome == "interrupted":
        raise _StoppedError(f"stopped by {finished.result.reason} after step {finished.result.step}")
    return finished.observer_failed


class _StoppedError(RunFailedError):
    """The run was stopped in good order, and can go on."""

    exit_code = 130


def _findings(log) -> list[str]:
    """The names of what health still finds."""
    from multigan.report.health import finding_rows

    return [row["name"] for row in finding_rows(log) if row["now"]]


def _failed(reason: str, code: int) -> int:
    print(f"{FAILED}{' '.join(reason.split())}", file=sys.stderr, flush=True)
    return code


def _end_with_stdin() -> None:
    while sys.stdin.buffer.read(1):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    threading.Thread(target=_end_with_stdin, daemon=True).start()
    code = main(sys.argv[1:])
    sys.stdout.flush()
    # At once: the thread that reads stdin holds a lock that Python would wait for.
    os._exit(code)
