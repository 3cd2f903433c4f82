"""What steps cost in processor time, so that contenders get the same share of it."""

import contextlib
import json
import resource
from collections.abc import Callable, Iterator
from pathlib import Path

from recipe_runs import Contender, train

__all__ = ["processor_seconds", "seconds_a_step"]

# Of two short runs of equal start: what the longer one takes beyond the other. Starts differ by a second or two: fewer
# steps between them say little.
FEW, MORE = 50, 450


@contextlib.contextmanager
def processor_seconds(path: Path) -> Iterator[Callable[[], float]]:
    """Adds the processor time of processes that are started inside to what a file holds; yields what returns it all."""
    before = float(path.read_text()) if path.is_file() else 0.0
    started = _children()

    def spent() -> float:
        return before + _children() - started

    try:
        yield spent
    finally:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(str(spent()))


def seconds_a_step(contender: Contender, source: str, path: Path, env: dict, flags: tuple) -> float:
    """Returns the processor seconds of one step, measured once and kept under a path."""
    kept = path / "seconds.json"
    if not kept.is_file():
        spent = {}
        for steps in (FEW, MORE):
            with processor_seconds(path / f"{steps}.seconds") as so_far:
                # Without previews and checkpoints on the way, which are no steps.
                often = ("--sample-every", str(steps), "--checkpoint-every", str(steps))
                train(contender, source, 0, steps, path / str(steps), env, (*flags, *often))
            spent[steps] = so_far()
        kept.write_text(json.dumps({"seconds": (spent[MORE] - spent[FEW]) / (MORE - FEW), "spent": spent}))
    return json.loads(kept.read_text())["seconds"]


def _children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
