"""A sweep from beginning to end: what `multigan sweep` and `multigan.sweep` call."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from multigan.api.given import whole
from multigan.api.host import Host
from multigan.api.places import place, source
from multigan.api.train import plain
from multigan.command_line import command_line
from multigan.devices import cores, gpus
from multigan.disk import naming_the_disk
from multigan.errors import UsageError
from multigan.recipe import as_typed, suggest
from multigan.settings import SETTINGS
from multigan.sweeps.afar import Afar, Cluster, reached
from multigan.sweeps.asked import check_plan, make_plan
from multigan.sweeps.folder import Folder
from multigan.sweeps.places import Here, Places, command
from multigan.sweeps.plan import Job, Plan, grown, read_plan, told, write_plan
from multigan.sweeps.processes import Ended, Processes
from multigan.sweeps.results import Table, table_of
from multigan.sweeps.slots import default_jobs, slots

__all__ = ["Sweep", "planned", "run_sweep", "sweep"]


@dataclass(frozen=True)
class Sweep:
    """What a sweep has left.

    Attributes:
        path: its folder; each run lies in `path / "runs"`.
        plan: what it did.
        table: what it found; `table.rows` has the best choice first.
        interrupted: the signal that stopped it, or "".
        observer_failed: whether a plugin that watched a run failed.
    """

    path: Path
    plan: Plan
    table: Table
    interrupted: str = ""
    observer_failed: bool = False

    @property
    def page(self) -> Path:
        """The page that shows it all."""
        return Folder(self.path).page

    @property
    def failed(self) -> dict[str, str]:
        """Why runs failed, by their names."""
        return {row.runs[seed]: reason for row in self.table.rows for seed, reason in row.failed.items()}

    @property
    def resume(self) -> str:
        """The command that goes on with it."""
        return command_line("sweep", "--resume", self.path)


def sweep(
    recipe: str,
    over: Mapping[str, Sequence[Any]],
    data: str | os.PathLike[str] | None = None,
    steps: int | None = None,
    *,
    seeds: int = 3,
    metrics: str | Sequence[str] = (),
    count: int = 1000,
    draws: int = 3,
    checkpoint: str = "latest",
    against: str | os.PathLike[str] | None = None,
    to: str | os.PathLike[str] | None = None,
    options: Mapping[str, Any] | None = None,
    out: str | os.PathLike[str] | None = None,
    jobs: int | None = None,
    ray: str | None = None,
    ray_restarts: int | None = None,
    ray_timeout: float | None = None,
    quiet: bool = False,
    **settings: Any,
) -> Sweep:
    """Trains a recipe with each choice of some values and several seeds, and scores all runs, as `multigan sweep` does.

    Every run is a process of its own. Where `out` holds the sweep already, it goes on: what is done is not done again.

    Args:
        recipe: its name, or its plugin's; or the path of a file that is a plugin.
        over: option or setting -> the values that it takes: `{"learning_rate": [1e-4, 2e-4], "pack": [1, 2]}`.
        data, steps, to, options: of all runs, as of `multigan.train`.
        seeds: runs of each choice, with the seeds 0, 1, 2, ..., or from the setting `seed` on.
        metrics: their names; the recipe's own by default. Rows are ordered by the first.
        count: samples that each is computed on, real and generated; fewer where the data have fewer.
        draws: how often samples are drawn; the value of a run is the mean.
        checkpoint: "latest", or "best" with `keep_best`.
        against: data that samples are held against, such as data kept out; what the run was trained on by default.
        out: the sweep's folder; `sweeps/RECIPE-K` in the current one.
        jobs: runs at a time; one for each GPU, or else for each core, by default.
        ray: the address of a Ray cluster that the runs are placed on: "auto", or "HOST:PORT" of its head node.
        ray_restarts: how often a run that is lost with its node goes on from its checkpoint; 3 by default.
        ray_timeout: seconds that the cluster has to make room; 300 by default.
        quiet: say and show nothing.
        settings: further ones of all runs, such as `batch_size=32`, see `multigan.train`.

    Returns:
        What was found; `failed` names runs that failed, which do not stop the others.

    Raises:
        UsageError: a name, a value or a combination that cannot be, or another sweep in `out`; nothing was changed. Or
            no cluster, no room on it, or a node that does not fit.
        KeyboardInterrupt: it was interrupted; the runs have written checkpoints, and the same call goes on.
    """
    for key in settings:
        if key not in SETTINGS:
            raise UsageError(f"sweep() takes no {key}{suggest(key, SETTINGS)} (known: {', '.join(sorted(SETTINGS))})")
    jit = settings.get("jit")
    settings |= {"data": source(data), "steps": steps}
    settings |= {"jit": ("on" if jit else "off") if isinstance(jit, bool) else jit}
    host = Host(quiet=quiet)
    plan = make_plan(
        host,
        recipe,
        over={key: list(plain(dict(enumerate(_several(key, values)))).values()) for key, values in over.items()},
        seeds=whole(seeds, "seeds", 1),
        metrics=(metrics,) if isinstance(metrics, str) else tuple(metrics),
        count=whole(count, "count", 8),
        draws=whole(draws, "draws", 1),
        checkpoint=checkpoint,
        against=source(against),
        flags=plain(settings),
        options=plain(options or {}),
        to=source(to),
        origin="argument",
    )
    folder = None if out is None else place(out, "out")
    given = {"restarts": ("ray_restarts", ray_restarts), "timeout": ("ray_timeout", ray_timeout)}
    how = {key: SETTINGS[name].parse(name, value, name) for key, (name, value) in given.items() if value is not None}
    cluster = Cluster(ray, **how) if ray else None
    found = run_sweep(host, plan, folder, None if jobs is None else whole(jobs, "jobs", 1), cluster=cluster)
    if found.interrupted:
        raise KeyboardInterrupt(f"{found.interrupted}; the same call with out={str(found.path)!r} goes on")
    return found


def run_sweep(
    host: Host,
    plan: Plan | None,
    out: Path | None,
    jobs: int | None,
    seeds: int | None = None,
    cluster: Cluster | None = None,
) -> Sweep:
    """Does what is left of a sweep, and writes its page.

    Args:
        host: who is talked to, with the plugins.
        plan: checked; None for that of `out`, whose sweep goes on.
        out: the folder; None makes one.
        jobs: runs at a time; None: as many as suit the machine, or as the cluster has room for.
        seeds: of a sweep that goes on, how many by now; None: as many as it had.
        cluster: whose nodes do it; None: this machine.

    Raises:
        UsageError: the folder holds another sweep, or something else, or is in use, or its sweep cannot go on. Or as of
            `multigan.sweeps.afar`.
        RunFailedError: the cluster had room, and has none any more.
    """
    asked = plan or read_plan(out)  # before a folder is made for a lock
    with contextlib.ExitStack() as opened:
        nodes = opened.enter_context(reached(cluster, asked))
        folder = Folder(out) if out else Folder.new(plan.recipe)
        opened.enter_context(naming_the_disk(folder.path))
        opened.enter_context(folder.lock())
        plan, begun = planned(host, plan, folder.path, seeds), folder.begun
        left = [job for job in plan.jobs() if folder.result(job.name) is None]
        if nodes:
            plan = plan if begun else replace(plan, cpus=nodes.cpus())
            write_plan(folder.path, plan)
            places = opened.enter_context(Afar(nodes, host, folder, plan, jobs))
            jobs = jobs or nodes.count(plan.cpus)
        else:
            plan, jobs, places = _here(host, folder, plan, begun, len(left), jobs)
            write_plan(folder.path, plan)
        ended, interrupted = _work(host, folder, plan, left, jobs, places)
        failed = {each.job.name: each.reason for each in ended if each.reason and not each.stopped}
        table = table_of(folder, plan, failed)
        watched = any((folder.result(job.name) or {}).get("observer_failed") for job in plan.jobs())
        done = Sweep(folder.path, plan, table, interrupted, watched)
        from multigan.report.sweep import write_sweep

        write_sweep(folder.path, folder.page, done)
        return done


def planned(host: Host, plan: Plan | None, out: Path | None, seeds: int | None = None) -> Plan:
    """Returns the plan that counts: that of the sweep in a folder, and what is added to it now; nothing is written.

    Args:
        host, plan, out, seeds: as of `run_sweep`.

    Raises:
        UsageError: as `run_sweep`.
    """
    if plan is not None and (out is None or not Folder(out).begun):
        return plan
    old = read_plan(out)
    if plan is None:
        first = old.seeds[0]
        plan = replace(old, seeds=old.seeds if seeds is None else tuple(range(first, first + seeds)))
        check_plan(host, plan)
    return grown(out, old, plan)


def _here(host, folder, plan, begun, left, jobs) -> tuple[Plan, int, Here]:
    """The plan with its cores, how many runs go at a time, and their places on this machine."""
    found = gpus(str(plan.settings.get("device", "")))
    jobs = jobs or (_jobs_of(plan, left, found) if begun else default_jobs(len(plan.jobs()), found))
    if not begun:
        plan = replace(plan, cpus=max(1, len(cores()) // jobs) if cores() else 0)
    return plan, jobs, Here(folder, slots(jobs, plan.cpus, found), lambda job: command(folder, job, host.blocked))


def _jobs_of(plan: Plan, left: int, found: list[str]) -> int:
    """Side by side as many as at the beginning: of the same number of cores a run's sums are in the same order."""
    most = default_jobs(max(left, 1), found)
    return min(most, max(1, len(cores()) // plan.cpus)) if plan.cpus and not found else most


def _work(
    host: Host, folder: Folder, plan: Plan, left: list[Job], jobs: int, places: Places
) -> tuple[list[Ended], str]:
    """Runs what is left; returns how each run ended, and the signal that stopped them."""
    from multigan.terminal.progress import show_progress
    from multigan.training.interrupts import Interrupts

    runs, ended = len(plan.jobs()), []
    host.say(f"{folder.path}: {_counted(runs)}, {runs - len(left)} done; {min(jobs, max(len(left), 1))} at a time")

    def steps(job):
        return int(job.values.get("steps") or plan.settings.get("steps") or SETTINGS["steps"].default)

    processes = Processes(folder, places, steps, host.say)
    done = sum(steps(job) for job in plan.jobs() if job not in left)
    with Interrupts() as interrupts, show_progress(host.quiet) as progress:
        interrupts.begin()
        for each in processes.run(left, done, interrupts, progress):
            ended.append(each)
            host.say(_line(folder, each, runs - len(left) + len(ended), runs))
    return ended, interrupts.reason


def _line(folder: Folder, ended: Ended, number: int, runs: int) -> str:
    job = ended.job
    what = f"{number} of {runs}: {told({**job.values, 'seed': job.seed})}"
    if ended.stopped:
        return f"{what}: stopped"
    if ended.reason:
        return f"{what}: failed: {ended.reason} (see {folder.talk(job.name)})"
    records = (folder.result(job.name) or {}).get("records", ())
    values = ", ".join(f"{r['metric']} {r['value']:.4g}" for r in records[:1] if isinstance(r["value"], float))
    return f"{what}: done" + (f", {values}" if values else "")


def _counted(runs: int) -> str:
    return "1 run" if runs == 1 else f"{runs} runs"


def _several(key: str, values: Any) -> list[Any]:
    """The values of one key; a text is one, and no list of letters."""
    if isinstance(values, (str, bytes, os.PathLike, Mapping)) or not hasattr(values, "__iter__"):
        raise UsageError(f"over: {key}={as_typed(values)}: give a list of values")
    return list(values)
