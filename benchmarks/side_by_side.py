"""Times contenders side by side: one warm process for each, short timed blocks in turn, ratios within a round.

Frameworks keep thread pools that get in each other's way inside one process, and a machine's speed drifts from minute
to minute. So each contender lives in a process of its own, all but one wait on a pipe, and what is compared ran within
the same seconds.
"""

import importlib
import multiprocessing
import os
import statistics
import time
import traceback
from pathlib import Path

__all__ = ["Worker", "alternate", "spread"]

# Idle threads of the contender before spin for some milliseconds before they sleep.
PAUSE = 0.1


class Worker:
    """A process that holds one contender.

    Args:
        name: for messages.
        factory: `"module:Class"`, imported in the process; the module may import any framework.
        arguments: of the class.

    Raises:
        RuntimeError: the contender raised; its traceback is the message.
    """

    def __init__(self, name: str, factory: str, **arguments):
        self.name = name
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs, factory, arguments), daemon=True)
        self._process.start()
        theirs.close()
        self._answer()

    def call(self, method: str, *arguments):
        """Returns what the contender's method returns."""
        return self.timed(method, *arguments)[0]

    def timed(self, method: str, *arguments):
        """Returns what the method returns, its wall-clock seconds, and the processor seconds of all its threads."""
        self._pipe.send((method, arguments))
        return self._answer()

    def close(self):
        """Ends the process."""
        self._pipe.close()
        self._process.join()

    def _answer(self):
        try:
            good, answer = self._pipe.recv()
        except EOFError:
            self._process.join()
            raise RuntimeError(f"{self.name}: its process ended with exit code {self._process.exitcode}") from None
        if not good:
            raise RuntimeError(f"{self.name}: {answer}")
        return answer


def _serve(pipe, factory, arguments):
    try:
        module, _, name = factory.partition(":")
        contender = getattr(importlib.import_module(module), name)(**arguments)
        pipe.send((True, None))
        while True:
            method, values = pipe.recv()
            wall, cpu = time.perf_counter(), time.process_time()
            result = getattr(contender, method)(*values)
            pipe.send((True, (result, time.perf_counter() - wall, time.process_time() - cpu)))
    except (EOFError, BrokenPipeError, KeyboardInterrupt):
        pass  # the parent is gone, or going
    except BaseException:
        pipe.send((False, traceback.format_exc()))


def alternate(blocks: dict[str, tuple[Worker, str, int]], rounds: int, progress=lambda: None) -> dict[str, dict]:
    """Runs every block once a round, A B C A B C, each after a pause and one untimed unit of its work.

    Args:
        blocks: by name: the worker, the method `method(count)`, and the count of units in a timed block.
        rounds: how many times.
        progress: called after each block.

    Returns:
        By name, a list each with one entry a round: `seconds` and `cpu_seconds` of one unit, and `others`: how many
        processors the machine's other processes kept busy meanwhile (Linux; elsewhere None).
    """
    times = {name: {"seconds": [], "cpu_seconds": [], "others": []} for name in blocks}
    names = list(blocks)
    for turn in range(rounds):
        # Each round starts one place further on, so that no contender always follows the same one from a fresh start.
        start = turn % len(names)
        for name in names[start:] + names[:start]:
            worker, method, count = blocks[name]
            time.sleep(PAUSE)
            worker.call(method, 1)
            before = _busy()
            _, wall, cpu = worker.timed(method, count)
            after = _busy()
            times[name]["seconds"].append(wall / count)
            times[name]["cpu_seconds"].append(cpu / count)
            times[name]["others"].append(None if before is None else round(max(0.0, (after - before - cpu) / wall), 3))
            progress()
    return times


def _busy() -> float | None:
    """The processor seconds that the whole machine has worked so far, what a hypervisor took away included."""
    try:
        user, nice, system, _idle, _waiting, *others = Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]
    except OSError:
        return None
    return sum(map(int, (user, nice, system, *others))) / os.sysconf("SC_CLK_TCK")


def spread(values) -> dict[str, float]:
    """Returns the median, the extremes and the quartiles."""
    values = list(values)
    lower, median, upper = statistics.quantiles(values, n=4, method="inclusive") if len(values) > 1 else values * 3
    return {"median": median, "min": min(values), "lower": lower, "upper": upper, "max": max(values)}
