"""Scores checkpoints of a run with its recipe's metrics, and keeps each value with its protocol."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from multigan import metrics
from multigan.errors import UsageError
from multigan.metrics.catalogue import with_extractor
from multigan.metrics.controls import CONTROLS
from multigan.metrics.extractors import EXTRACTORS, Material
from multigan.metrics.scoring import Evaluation
from multigan.modalities.text.curve import at_temperature
from multigan.modality import find_modality
from multigan.plugins import Registry
from multigan.progress import Progress
from multigan.recipe import suggest
from multigan.runs import RunDirectory
from multigan.trained.opening import Trained
from multigan.trained.rereading import Reader
from multigan.training.observers import Observers
from multigan.version import version

__all__ = ["evaluate_run"]


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
    temperatures: Sequence[float] = (),
    options: Mapping[str, str] | None = None,
    progress: Progress | None = None,
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
        temperatures: that texts are drawn at, one after another; each record tells its own. None: as by default.
        options: of the data, in place of those that the run read its own with.
        progress: is told what is being done.

    Raises:
        UsageError: no such run, checkpoint, metric or extractor, a metric of another modality, data of another shape
            than the samples, temperatures of samples that take none, or what a metric refuses.
    """
    directory, records, observers = RunDirectory.open(path), [], Observers(registry.manager, talk)
    _, recipe = registry.recipe(directory.facts()["recipe"])
    chosen, material, evaluation = _metrics(registry, recipe, names, extractor), None, None
    progress = progress or Progress()
    reader = Reader(directory, recipe, registry.datasets, data, options or {}, progress)
    progress.part("opening the run")
    for trained, checkpoints in _checkpoints(path, registry, checkpoint, backend, device, talk):
        if evaluation is None:
            material = _material(trained, reader, talk)
            chosen = chosen if names else _measurable(chosen, material.reference, trained.game, talk)
            # The data's side is computed once, whatever the number of checkpoints and seeds.
            beside = CONTROLS.get(recipe.modality, ())
            evaluation = Evaluation(chosen, material, count=count, progress=progress, controls=beside)
            rounds = checkpoints * max(len(temperatures), 1) * seeds
            progress.expect(rounds + evaluation.control_rounds)
        facts = {
            "data": material.reference.name,
            "fingerprint": material.reference.fingerprint,
            "checkpoint": trained.step,
            "backend": trained.backend,
            "split": material.split,
            "device": trained.device,
            "multigan": version(),
        }
        scores = [
            score | facts | drawn | _controls(evaluation, trained.game, score["metric"])
            for drawn, found in _scores(evaluation, trained, range(seeds), temperatures)
            for score in found
        ]
        _draw_pairs(directory, evaluation, trained, material, scores)
        for score in scores:
            directory.append(score, directory.scores)
        records += scores
        _announce(trained, observers, [s for s in scores if s.get("temperature", 1.0) == 1.0])
    from multigan.report.page import write_report

    write_report(directory.path)
    return records, observers.failed


def _scores(evaluation, trained, seeds, temperatures) -> Iterator[tuple[dict[str, float], list[dict[str, Any]]]]:
    """The records of each temperature, and what they tell of it."""
    if not temperatures:
        yield {}, metrics.evaluate(evaluation, trained.game, seeds, step=trained.step)
    for temperature in temperatures:
        with at_temperature(trained.game, temperature):
            found = metrics.evaluate(evaluation, trained.game, seeds, step=trained.step)
        yield {"temperature": temperature}, found


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
    first = Trained(path, registry, checkpoint=wanted, backend=backend, device=device, warn=warn)
    if not every:
        yield first, 1
        return
    from multigan.training.checkpoints import steps_whole

    steps = steps_whole(first.directory.checkpoints, lambda line: talk(f"skipped a checkpoint: {line}"))
    for step in steps:
        yield Trained(path, registry, checkpoint=str(step), backend=backend, device=device, warn=talk), len(steps)


def _metrics(registry, recipe, names, extractor):
    chosen = tuple(names) or recipe.metrics
    if not chosen:
        known = ", ".join(name for name, metric in registry.metrics.items() if metric.modality == recipe.modality)
        raise UsageError(f"recipe {recipe.name} has no metric of its own; choose one with --metric: {known}")
    if extractor:
        if extractor not in EXTRACTORS:
            known = ", ".join(EXTRACTORS)
            raise UsageError(f"no feature extractor {extractor}{suggest(extractor, EXTRACTORS)} (known: {known})")
        chosen = tuple(dict.fromkeys(with_extractor(name, extractor) for name in chosen))
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


def _measurable(chosen, source, game, talk):
    """A recipe's own metrics, but for those that need what data or game do not have; all, where none is left."""
    lacking = {}
    if not source.classes:
        lacking |= dict.fromkeys(("labels", "modes", "local", "local-mel"), f"{source.name} has no labels")
    if game.conditional != "label":
        lacking["asked"] = "the game is not asked for a class"
    if not getattr(source, "oracle", ""):
        lacking["oracle"] = f"no known network wrote {source.name}"
    if any("game" in m.needs for m in chosen) and game.log_likelihood(next(iter(source[0].values()))[None]) is None:
        lacking["game"] = "the recipe tells no likelihood of a text"
    kept, left = [], {}
    for metric in chosen:
        why = [reason for need, reason in lacking.items() if need in (*metric.needs, metric.extractor)]
        if why:
            left.setdefault(why[0], []).append(metric.name)
        else:
            kept.append(metric)
    for reason, names in left.items() if kept else ():
        talk(f"not measured: {', '.join(names)} ({reason})")
    return kept or chosen


def _material(trained, reader, talk) -> Material:
    """The data to compare with; the run's own are opened when they are needed."""
    reference = reader.reference()
    hint = reader.hint()
    if trained.game.conditional == "label" and tuple(reference.classes) != tuple(trained.data.classes):
        raise UsageError(
            f"{reference.name}: its classes ({', '.join(reference.classes) or 'none'}) are not those that the run is "
            f"asked for ({', '.join(trained.data.classes)}){hint and '; '}{hint}"
        )
    if hint:
        talk(f"note: {hint}")
    held_out = reference.fingerprint != trained.data.fingerprint
    return Material.of(reference, reader.training, trained.directory.path / "metrics", held_out)


def _draw_pairs(directory, evaluation, trained, material, scores) -> None:
    """Draws the samples that are nearest to training samples, where a metric looked for them and the modality can."""
    room = find_modality(trained.recipe.modality)
    if not room.pairs or not evaluation.pairs:
        return
    name, (seed, positions, nearest) = next(iter(evaluation.pairs.items()))
    flat = material.training().batch(nearest.ravel())[room.field]
    samples = evaluation.samples(trained.game, seed, positions)
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
