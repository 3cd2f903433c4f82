"""Starts or resumes a run: lock, backend, data, game, checkpoint, in the order that loses nothing when one of them
fails.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING

from multigan.backend import choose_backend, running_backend, start_backend
from multigan.command_line import command_line
from multigan.data import data_options, describe_source, open_source
from multigan.data.few import LEAST, place_of, refuse_few
from multigan.disk import naming_the_disk, write_atomically
from multigan.errors import DataError, UsageError
from multigan.field import Field
from multigan.fields import asked_fields
from multigan.health.reference import shown_of
from multigan.lost import lost_lines, refuse_lost_checkpoints
from multigan.metrics import QuickScore
from multigan.modality import find_modality
from multigan.plugins import Registry
from multigan.recipe import Recipe, as_typed
from multigan.training.best import Best, check_keep_best
from multigan.training.claim import Claim
from multigan.training.configuration import RunConfig
from multigan.training.crew import Alone, Follower, Leader
from multigan.training.display import Display
from multigan.training.exactness import changes, check_identity, identity
from multigan.training.follower import follow
from multigan.training.interrupts import Interrupts
from multigan.training.moved import refuse_unseen
from multigan.training.run import Result, Run, build_game, describe, now

if TYPE_CHECKING:
    from multigan.engine.turns import Phase

__all__ = ["Finished", "start"]

SKIPPED_SHOWN = 5


@dataclass(frozen=True)
class Finished:
    """A run that ended in good order: the run, its result, and whether an observer failed.

    A process that trains it together with others and is not the first of them has no run to tell of: None.
    """

    run: Run | None
    result: Result
    observer_failed: bool


def start(config: RunConfig, registry: Registry, display: Display, strict: bool = False) -> Finished:
    """Trains what the configuration describes.

    Args:
        config: resolved; with `resume`, its `directory` is the run to go on with.
        registry: the loaded plugins: data sets, and observers of the run.
        display: shows progress.
        strict: an observer's exception ends the run.

    Raises:
        UsageError: something in the configuration, the data or the checkpoint does not fit; nothing was changed on
            disk.
        RunFailedError: the run failed after it had started; its last good checkpoint is kept.
    """
    values = {key: setting.value for key, setting in config.settings.items()}
    metric = check_keep_best(values, config.recipe, registry.metrics)
    backend = choose_backend(config["backend"] or running_backend())

    def meet() -> None:
        if config.worker:
            told = f"worker {config.worker.process} of {config['workers']}"
            display.work.part(f"{told}: meeting the others at {config.worker.coordinator}")

    def join() -> None:
        meet()
        crew.join()

    def begin() -> str:
        display.work.part(f"starting {backend}")
        return start_backend(backend, config["device"] or None, config["precision"], join)

    meet()
    if config.worker and config.worker.process:
        with Interrupts() as interrupts, crew_of(config, interrupts) as crew:
            return Finished(None, follow(config, registry, display, crew, interrupts, begin), False)
    with (
        Interrupts() as interrupts,
        crew_of(config, interrupts) as crew,
        Claim(config) as claim,
        naming_the_disk(config.directory or "runs"),
    ):
        device = begin()
        if config.worker:
            refuse_unseen(config)
        display.work.part("reading the data")
        reading = partial(display.work.part, "reading the data")
        source = open_source(config["data"], config.recipe.modality, config.data_options(), registry.datasets, reading)
        display.work.part("building the game")
        data = describe_source(source)
        _tell(source, config, display)
        planned = config["steps"], config["batch_size"]
        game = build_game(config.recipe, config.recipe_options(), data, config["seed"], device, config["jit"], planned)
        refuse_precision(config.recipe, asked_fields(game, data), config["precision"])
        _refuse_few(source, config)
        crew.agree(identity(config.recipe, values, config.recipe_options(), data))
        point = _resume_point(claim.directory, data, source, config, display, game) if config.resume else None
        if point is None:
            display.work.part("preparing the game")
            game.prepare(source)
        score = QuickScore(metric, source, config["best_count"], progress=display.work) if metric else None
        if score:
            score(game)  # what it needs and is not there is told before anything is trained
        directory = claim.begin()
        asks = [field.as_table() for field in asked_fields(game, data).values()]
        facts = describe(config, data, len(source.report.skipped), backend, device, now()) | {"asks": asks}
        if config.plugin in registry.files:
            facts |= registry.files[config.plugin].facts()
        if _over(directory, point, config, display):
            _keep_places(directory, facts, config)
        else:
            _write_start(directory, facts, point, config, display)
        for name, content in _run_files(find_modality(config.recipe.modality), source).items():
            write_atomically(directory.path / name, content)
        run = Run(
            directory=directory,
            plugin=config.plugin,
            recipe=config.recipe,
            options={key: setting.value for key, setting in config.options.items()},
            settings=values,
            data=data,
            backend=backend,
            device=device,
            game=game,
            steps=config["steps"],
            step=point.step if point else 0,
            source=source,
        )
        tell_phases(game.phases(), config["steps"], display)
        spent = config.worker.spent if config.worker else 0.0
        return _train(run, source, registry, display, strict, point, metric, score, interrupts, crew, spent)


def crew_of(config: RunConfig, interrupts: Interrupts) -> Alone | Leader | Follower:
    """Returns this process's part in the crew that trains a run, not yet open."""
    worker = config.worker
    if worker is None:
        return Alone()
    kind = Follower if worker.process else Leader
    return kind(
        worker.coordinator, worker.process, config["workers"], config["worker_timeout"], interrupts, worker.words
    )


def tell_phases(phases: tuple[Phase, ...], steps: int, display) -> None:
    """Says which phases of a game a run is too short for."""
    begin = 0
    for before, phase in pairwise(phases):
        begin += before.steps
        if begin >= steps:
            display.say(
                f"note: the phase {phase.name} would begin after step {begin:,}, and the run has {steps:,}: it ends "
                f"in the phase {before.name}"
            )
            return


def refuse_precision(recipe: Recipe, asked: Mapping[str, Field], precision: str) -> None:
    """Refuses a precision in which a recipe was not shown to learn without pairs.

    Args:
        recipe: see `Recipe.precisions`.
        asked: the fields that samples are asked for by.
        precision: of the run.

    Raises:
        UsageError: one of the fields is unpaired, and the recipe does not name the precision.
    """
    if precision in recipe.precisions or all(field.aligned for field in asked.values()):
        return
    raise UsageError(
        f"--precision {precision}: {recipe.name} was not shown to learn in it from unpaired data, where nothing tells "
        f"that it does not; use --precision {recipe.precisions[0] if recipe.precisions else 'float32'}"
    )


def _refuse_few(source, config) -> None:
    """Raises `DataError` where there is less than a batch, or nothing to measure samples by."""
    if len(source) < LEAST:
        noun = find_modality(config.recipe.modality).noun
        raise DataError(
            f"{place_of(source)}: only one of its {noun} is there to train on, and nothing is learned or measured by "
            f"one alone; give {LEAST} at least, and better some dozens"
        )
    refuse_few(source, config["batch_size"])


def _tell(source, config, display) -> None:
    """Says what the data check noted and left out."""
    for note in source.report.notes:
        display.say(f"data: {note}")
    held_out = getattr(source, "held_out", None)
    if held_out is not None and shown_of(source) is source and getattr(source, "beside", ()):
        display.say("data: one held-out sample alone is nothing to measure with: previews and health take the others")
    skipped = source.report.skipped
    for name, reason in skipped[:SKIPPED_SHOWN]:
        display.say(f"data: skipped {name}: {reason}")
    if len(skipped) > SKIPPED_SHOWN:
        modality = ("--modality", config.recipe.modality)
        check = command_line("data", "check", config["data"], *modality, *_pairs(config))
        display.say(f"data: {len(skipped) - SKIPPED_SHOWN} more skipped; all: {check}")


def _pairs(config) -> list[str]:
    """The chosen options of the data, as flags."""
    known = data_options(config.recipe.modality)
    chosen = {key: value for key, value in config.data_options().items() if value != known[key].default}
    return [word for key, value in chosen.items() for word in ("-o", f"{key}={as_typed(value)}")]


def _resume_point(directory, data, source, config, display, game):
    """The checkpoint to go on from, restored; None where a kill came before the first one."""
    from multigan.training import checkpoints

    before = directory.data_info()
    if before.fingerprint != data.fingerprint:
        same = (before.name, before.count) == (data.name, data.count)
        mend = "; if the files are the same, this version reads them otherwise: start a new run" if same else ""
        raise UsageError(
            f"{directory.path}: cannot be resumed on other data: it was trained on {before.name} "
            f"({before.count} samples, {before.fingerprint[:12]}), this is {data.name} "
            f"({data.count} samples, {data.fingerprint[:12]}){mend}"
        )
    _refuse_other_files(directory, find_modality(config.recipe.modality), source)
    checkpoints.clean(directory.checkpoints)
    point = checkpoints.latest_checkpoint(directory.checkpoints, lambda line: display.say(f"warning: {line}"))
    if point is None:
        refuse_lost_checkpoints(directory)
        display.say(f"{directory.path}: no checkpoint yet; starting again from the first step")
        return None
    if point.step > config["steps"]:
        raise UsageError(
            f"{directory.path}: already at step {point.step}; give a larger total, e.g. --steps {2 * point.step}"
        )
    values = {key: setting.value for key, setting in config.settings.items()}
    now = identity(config.recipe, values, config.recipe_options(), before)
    check_identity(directory.path, point.host.get("run", {}), now)
    checkpoints.restore(game, point)
    for line in lost_lines(directory, point.step):
        display.say(f"warning: {line}")
    for path in checkpoints.set_aside_after(directory.checkpoints, point.step):
        display.say(f"warning: damaged, and kept as {path} until its step is written again")
    return point


def _over(directory, point, config, display) -> bool:
    """Whether the run has ended at its last step, so that there is nothing to write but its report."""
    if point is None or point.step < config["steps"] or not directory.ended(point.step, "done"):
        return False
    more = command_line("run", "--resume", directory.path, "--steps", 2 * point.step)
    display.say(f"{directory.path}: already at step {point.step}, its last one; to go on: {more}")
    return True


def _keep_places(directory, facts, config) -> None:
    """Writes down where the data of a run that has ended, and its plugin's file, are by now; all else stays as the run
    was trained.
    """
    known = {**data_options(config.recipe.modality), **config.recipe.options}
    kept, moved = directory.facts(), False
    if kept.get("plugin_file") != facts.get("plugin_file"):
        kept["plugin_file"] = facts["plugin_file"]
        directory.write_facts(kept)
    for table, key in (("settings", "data"), *(("options", key) for key in facts["options"] if known[key].path)):
        if kept[table].get(key, {}).get("value") != facts[table][key]["value"]:
            kept[table][key], moved = facts[table][key], True
    if moved:
        kept["data"]["name"] = facts["data"]["name"]
        directory.write_facts(kept)


def _write_start(directory, facts, point, config, display) -> None:
    """Writes run.toml, and of a resume what it goes back to and whether it can be exact."""
    if config.resume:
        before = directory.facts()
        facts["started"] = before["started"]
        step = point.step if point else 0
        line = {"kind": "resume", "step": step, "time": now()}
        if changed := changes(before, facts) if point else []:
            line["changed"] = changed
            display.say(
                f"warning: from step {step} on not bit for bit what it would have been: "
                f"it was trained on {'; '.join(changed)}"
            )
        directory.abandon_after(step)
        directory.append(line)
        for recovery in directory.missing(point.host.get("recovered", ()) if point else ()):
            directory.append(recovery)
    directory.write_facts(facts)


def _run_files(room, source) -> Mapping[str, bytes]:
    """What the run directory holds of the data, by name."""
    return room.load("run_files")(source) if room.run_files else {}


def _refuse_other_files(directory, room, source):
    """The same data give the same files, unless another version of a library has other ideas."""
    for name, content in _run_files(room, source).items():
        path = directory.path / name
        if path.is_file() and path.read_bytes() != content:
            makers = " or ".join(room.packages) or "a library"
            raise UsageError(
                f"{directory.path}: cannot be resumed: its {room.noun} now give another {name} than the one that it "
                f"keeps, as another version of {makers} makes it; install the one that its run.toml names"
            )


def _train(run, source, registry, display, strict, point, metric, score, interrupts, crew, spent) -> Finished:
    from multigan.training.loop import Loop
    from multigan.training.observers import Observers

    observers = Observers(registry.manager, display.say, strict)
    best = None
    if metric:
        best = Best(run, metric, lambda step: score.record(run.game, step), run.settings["patience"])
    display.started(run)
    loop = Loop(run, source, observers, display, point.host if point else None, best, crew)
    crew.farewell = loop.farewell
    limit = run.settings["max_minutes"]
    result = loop.train(interrupts, max(limit - spent, 1e-3) if limit else None)
    crew.end(outcome=result.outcome, reason=result.reason, step=result.step)
    return Finished(run, result, observers.failed)
