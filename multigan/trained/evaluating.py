"""Scores checkpoints of a run with its recipe's metrics, and keeps each value with its protocol."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from multigan import metrics
from multigan.data.spelling import listed
from multigan.errors import UsageError
from multigan.fields import label_of
from multigan.metrics.controls import controls_of
from multigan.metrics.curves import AS_EVER, Draw
from multigan.metrics.extractors import Material, extractors_of, find_extractor, usual_extractor
from multigan.metrics.families import with_extractor
from multigan.metrics.knowledge import knowledge_of
from multigan.metrics.paired import answered
from multigan.metrics.scoring import Evaluation
from multigan.metrics.ways import directions_of, turned
from multigan.modality import find_modality, modalities
from multigan.onefile import recipe_of_run
from multigan.plugins import Registry
from multigan.progress import Progress
from multigan.recipe import Metric, Recipe, suggest
from multigan.runs import RunDirectory
from multigan.trained.opening import Trained
from multigan.trained.rereading import Reader
from multigan.trained.turning import turned_source
from multigan.training.observers import Observers
from multigan.version import version

__all__ = ["choose_metrics", "draws_of", "evaluate_run"]


def evaluate_run(
    path: str | Path,
    registry: Registry,
    *,
    checkpoint: str,
    names: Sequence[str],
    count: int,
    seeds: int,
    data: str | None,
    backend: str | None,
    device: str | None,
    talk: Callable[[str], None],
    extractor: str | None = None,
    curve: bool = False,
    options: Mapping[str, str] | None = None,
    progress: Progress | None = None,
    direction: str | None = None,
) -> tuple[list[dict[str, Any]], bool]:
    """Computes metrics, appends their records to scores.jsonl and returns them, and whether an observer failed.

    Args:
        path: of the run.
        registry: plugins: metrics, data sets, observers.
        checkpoint: "latest", "best", "all" or a step.
        names: of metrics, or of families with an `extractor`; empty means the recipe's own.
        count: samples of each kind; never more than the data has.
        seeds: number of draws, seeded 0, 1, 2, ...
        data: data source; None for the run's own.
        backend, device: as for sampling.
        talk: takes lines for the user.
        extractor: in place of each metric's own, where it has one to choose.
        curve: whether samples are drawn in each of the ways of `draws_of`, one after another; each record tells its
            own.
        options: of the data, in place of those that the run read its own with.
        progress: is told what is being done.
        direction: one of `Game.directions`; None for all of them.

    Raises:
        UsageError: no such run, checkpoint, direction, metric or extractor, a metric of another modality, data of
            another shape than the samples, a curve of samples that have none, or what a metric refuses.
    """
    directory, records, observers = RunDirectory.open(path), [], Observers(registry.manager, talk)
    _, recipe = recipe_of_run(registry, directory.facts(), backend=backend, device=device, warn=talk)
    labels = bool(directory.data_info().classes)
    chosen, sides = choose_metrics(registry, recipe, names, extractor, labels), []
    draws = draws_of(recipe.modality) if curve else (AS_EVER,)
    progress = progress or Progress()
    reader = Reader(directory, recipe, registry.datasets, data, options or {}, progress)
    progress.part("opening the run")
    for trained, checkpoints in _checkpoints(path, registry, checkpoint, backend, device, talk):
        if not sides:
            material = _material(trained, reader, talk)
            sides = list(_sides(chosen, material, trained, bool(names), talk, count, progress, direction))
            rounds = sum(side.evaluation.control_rounds for side in sides)
            progress.expect(checkpoints * len(draws) * seeds * len(sides) + rounds)
        facts = {
            "data": material.reference.name,
            "fingerprint": material.reference.fingerprint,
            "checkpoint": trained.step,
            "backend": trained.backend,
            "split": material.split,
            "device": trained.device,
            "multigan": version(),
        }
        scores, usual = [], []
        for side in sides:
            game, evaluation = turned(trained.game, side.direction), side.evaluation
            for draw in draws:
                with draw.of(trained.game):
                    found = metrics.evaluate(evaluation, game, range(seeds), step=trained.step)
                told = facts | draw.facts | side.facts
                found = [score | told | _controls(evaluation, game, score["metric"]) for score in found]
                scores += found
                usual += found if draw.usual and side is sides[0] else []
        first = [score for score in scores if score.get("direction", "") == sides[0].direction]
        _draw_pairs(directory, sides[0].evaluation, turned(trained.game, sides[0].direction), first)
        for score in scores:
            directory.append(score, directory.scores)
        records += scores
        _announce(trained, observers, usual)
    from multigan.report.page import write_report

    write_report(directory.path)
    return records, observers.failed


@dataclass(frozen=True)
class _Side:
    """One of the ways that a game translates, and what it is held against; a game that goes one way has one.

    Args:
        direction: its name; "" of the usual one.
        evaluation: whose real side is computed once, whatever the number of checkpoints and seeds.
        facts: what records say of it.
    """

    direction: str
    evaluation: Evaluation
    facts: Mapping[str, Any]


def _sides(chosen, material, trained, named, talk, count, progress, wanted=None) -> Iterator[_Side]:
    """The side that is wanted, or all: the usual one first. Of the others is measured what can be."""
    from multigan.engine.facing import facing

    facing(trained.game, wanted)  # refuses what is no direction of the game
    ways = directions_of(trained.game)
    known = {"": material} | {way: _turned(material, turned(trained.game, way)) for way in ways[1:]}
    for way, seen in known.items():
        if wanted and wanted != (way or ways[0]):
            continue
        if seen is None and wanted:
            raise UsageError(f"--direction {way}: the data do not hold what is made there; leave it out")
        if seen is None:
            talk(f"not measured: the direction {way} (the data do not hold what is made there)")
            continue
        game, measured = turned(trained.game, way), chosen
        say = (lambda line, way=way: talk(f"{way}: {line}")) if way else talk
        if way or not named:
            measured = _measurable(chosen, seen, game, say, "" if way else label_of(game, trained.data))
        if way and measured is chosen:  # which it returns where nothing is left
            continue
        beside = controls_of(seen, game, (lambda line: None) if way and not wanted else talk)
        evaluation = Evaluation(measured, seen, count=count, progress=progress, controls=beside)
        yield _Side(way, evaluation, {"direction": way} if way else {})


def _turned(material: Material, facing: Any) -> Material | None:
    """The data as another side of a game sees them; None where they do not hold what trades places there."""
    beside = {field.name for field in getattr(material.reference, "beside", ())}
    swaps = tuple(getattr(facing, "swaps", ()))
    if len(swaps) != 2 or not set(swaps) <= {material.field, *beside}:
        return None
    source = turned_source(material.reference, swaps)
    return replace(material, reference=source, training=lambda: turned_source(material.training(), swaps))


def draws_of(modality: str) -> tuple[Draw, ...]:
    """Returns the ways to draw samples that make a curve.

    Args:
        modality: of the samples.

    Raises:
        UsageError: they have no curve.
    """
    room = find_modality(modality)
    if not room.curve:
        nouns = ", ".join(other.noun for other in modalities().values() if other.curve)
        raise UsageError(f"--curve: for {nouns}, and the recipe makes {room.noun}; leave it out")
    return room.load("curve")


def _controls(evaluation, game, metric) -> dict[str, Any]:
    """What a record says of the controls: each one's value, and what else the metric tells of it."""
    found = {
        name: {key: value for key, value in scores[metric].items() if key not in ("pairs", "note")}
        for name, scores in evaluation.controls(game, 0).items()
        if metric in scores
    }
    return {"controls": found} if found else {}


def _checkpoints(path, registry, checkpoint, backend, device, talk) -> Iterator[tuple[Trained, int]]:
    """The run at each checkpoint that is asked for ("all": that is whole), and their number; the first one chooses the
    backend, before Keras is imported.
    """
    every = checkpoint == "all"
    wanted, warn = ("latest", lambda line: None) if every else (checkpoint, talk)
    how = {"backend": backend, "device": device}
    first = Trained(path, registry, checkpoint=wanted, warn=warn, **how)
    if not every:
        yield first, 1
        return
    from multigan.training.checkpoints import steps_saved, steps_whole

    steps = steps_whole(first.directory.checkpoints, lambda line: talk(f"skipped a checkpoint: {line}"))
    for step in steps:
        try:
            trained = Trained(path, registry, checkpoint=str(step), warn=talk, **how)
        except UsageError:
            if step in steps_saved(first.directory.checkpoints):
                raise
            talk(f"skipped the checkpoint of step {step}: the run has deleted it meanwhile")
            continue
        yield trained, len(steps)


def choose_metrics(
    registry: Registry, recipe: Recipe, names: Sequence[str], extractor: str | None = None, labels: bool = False
) -> list[Metric]:
    """Returns the metrics that score a recipe's runs.

    Args:
        registry: with the metrics.
        recipe: whose samples they measure.
        names: of metrics, or of families with an `extractor`; empty means the recipe's own.
        extractor: in place of each metric's own, where it has one to choose.
        labels: whether the data have some, on which a recipe's usual extractor depends.

    Raises:
        UsageError: there is no such metric or extractor, it is of another modality, or the recipe has none of its own.
    """
    chosen = tuple(names) or recipe.metrics
    if not chosen:
        raise UsageError(f"recipe {recipe.name} has no metric of its own; {_mend(registry, recipe.modality)}")
    if extractor:
        find_extractor(extractor, recipe.modality, f"recipe {recipe.name} makes")
        chosen = tuple(dict.fromkeys(with_extractor(name, extractor) for name in chosen))
    elif not names:
        usual = usual_extractor(recipe.modality, labels)
        chosen = tuple(name if name in registry.metrics else with_extractor(name, usual) for name in chosen)
    for name in chosen:
        if name not in registry.metrics:
            own = [known for known in registry.metrics if known.partition("(")[0] == name]
            mend = f": {', '.join(own)}" if own else suggest(name, registry.metrics)
            raise UsageError(f"no metric {name}{mend} (multigan evaluate --list shows all)")
        if registry.metrics[name].modality != recipe.modality:
            raise UsageError(
                f"metric {name} is of {registry.metrics[name].modality}, and recipe {recipe.name} makes "
                f"{recipe.modality} (multigan evaluate --list shows which are of what)"
            )
    return [registry.metrics[name] for name in chosen]


def _mend(registry, modality):
    known = ", ".join(name for name, metric in registry.metrics.items() if metric.modality == modality)
    if known:
        return f"choose one with --metric: {known}"
    return f"and no metric of {modality} is installed; a plugin can register one (docs/hooks.md)"


def _measurable(chosen, material, game, talk, label=""):
    """A recipe's own metrics, but for those that need what data or game do not have; all, where none is left."""
    source, known, extractors = material.reference, knowledge_of(material), extractors_of(material.modality)

    def reason(metric) -> str:
        extractor = extractors.get(metric.extractor)
        if not source.classes and ("labels" in metric.needs or (extractor and extractor.labels)):
            return f"{source.name} has no labels"
        if "asked" in metric.needs and not label:
            return "the game is not asked for a class"
        if "answers" in metric.needs and not answered(source, game):
            return "no right answers are known to what the game is asked for"
        return next(filter(None, (known.lacks(need, game) for need in metric.needs)), "")

    kept, left = [], {}
    for metric in chosen:
        if why := reason(metric):
            left.setdefault(why, []).append(metric.name)
        else:
            kept.append(metric)
    for why, names in left.items() if kept else ():
        talk(f"not measured: {', '.join(names)} ({why})")
    return kept or chosen


def _material(trained, reader, talk) -> Material:
    """The data to compare with; the run's own are opened when they are needed."""
    reference = reader.reference()
    hint = reader.hint()
    if "label" in trained.game.asks and tuple(reference.classes) != tuple(trained.data.classes):
        theirs, asked = (listed(source.classes) or "none" for source in (reference, trained.data))
        raise UsageError(
            f"{reference.name}: its classes ({theirs}) are not those that the run is asked for ({asked})"
            f"{hint and '; '}{hint}"
        )
    if hint:
        talk(f"note: {hint}")
    held_out = reference.fingerprint != trained.data.fingerprint
    folder, modality = trained.directory.path / "metrics", trained.recipe.modality
    material = Material.of(reference, reader.training, folder, held_out, modality=modality)
    if material.reference is reference and not held_out and getattr(reference, "held_out", None) is not None:
        talk("note: one held-out sample alone is nothing to measure with: the training data are")
    return material


def _draw_pairs(directory, evaluation, game, scores) -> None:
    """Draws the samples that are nearest to training samples, where a metric looked for them and the modality can."""
    material = evaluation.material
    room = find_modality(material.modality)
    if not room.pairs or not evaluation.pairs:
        return
    name, (seed, positions, nearest) = next(iter(evaluation.pairs.items()))
    flat = material.training().batch(nearest.ravel())[room.field]
    samples = evaluation.samples(game, seed, positions)
    stem = directory.path / "metrics" / "neighbours"
    path = room.load("pairs")(stem, samples, flat.reshape(*nearest.shape, *flat.shape[1:]))
    for score in scores:
        if score["metric"] == name:
            score["picture"] = path.relative_to(directory.path).as_posix()


def _announce(trained, observers, scores) -> None:
    from multigan.training.run import Run

    run = Run(
        directory=trained.directory,
        plugin=trained.facts.get("plugin", ""),
        recipe=trained.recipe,
        options={key: entry["value"] for key, entry in trained.facts["options"].items()},
        settings={key: entry["value"] for key, entry in trained.facts["settings"].items()},
        data=trained.data,
        backend=trained.backend,
        device=trained.device,
        game=trained.game,
        steps=trained.step,
        step=trained.step,
    )
    observers.notify(
        "evaluation_finished", run=run, step=trained.step, scores={score["metric"]: score for score in scores}
    )
