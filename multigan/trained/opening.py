"""A trained run, opened for sampling, evaluation and export; it needs the run directory and the plugin, not the
data.
"""

from collections.abc import Callable
from copy import copy
from pathlib import Path

from multigan.backend import start_backend
from multigan.command_line import command_line
from multigan.errors import UsageError
from multigan.lost import refuse_lost_checkpoints
from multigan.metrics.ranking import MADE_BY, best_of
from multigan.onefile import own_backend, recipe_of_run
from multigan.plugins import Registry
from multigan.recipe import Metric, Recipe
from multigan.runs import RunDirectory
from multigan.training.exactness import check_identity, identity

__all__ = ["Trained", "best_step"]


class Trained:
    """A run's game with the weights of one checkpoint.

    Args:
        path: of the run.
        registry: where the run's recipe is looked up.
        checkpoint: "latest", "best" (by the metric that the run kept its best by, else by the recipe's first one, among
            the evaluated ones) or a step.
        backend, device: as for a run; None for the backend that this process runs already, or else the run's own when
            it is installed.
        warn: takes a line about each damaged checkpoint that was passed over.
        direction: one of `Game.directions`, from whose side the game is seen; None for the usual one.

    Attributes:
        directory, facts, recipe, data: what run.toml says.
        game, step: the game, or what it is seen as from one of its sides, and the checkpoint's step.
        direction: the name of that side; "" for the usual one.
        backend, device: what it runs on.
        steered: whether samples are drawn at another temperature, or with a prefix, since the last time.

    Raises:
        UsageError: no run there, no such checkpoint or direction, or its recipe is not installed.
    """

    def __init__(
        self,
        path: str | Path,
        registry: Registry,
        *,
        checkpoint: str = "latest",
        backend: str | None = None,
        device: str | None = None,
        warn: Callable[[str], None] = print,
        direction: str | None = None,
    ):
        self.steered = False
        self.directory = RunDirectory.open(path)
        self.facts = self.directory.facts()
        self.data = self.directory.data_info()
        _, self.recipe = recipe_of_run(registry, self.facts, backend=backend, device=device, warn=warn)
        settings = {key: entry["value"] for key, entry in self.facts["settings"].items()}
        self.backend = own_backend(self.facts["machine"].get("backend"), backend)
        self.device = start_backend(self.backend, device, settings["precision"])
        from multigan.engine.facing import facing
        from multigan.training.checkpoints import restore
        from multigan.training.run import build_game

        point = self._choose(checkpoint, registry, warn)
        options = {key: entry["value"] for key, entry in self.facts["options"].items() if key in self.recipe.options}
        now = identity(self.recipe, settings, options, self.data)
        check_identity(self.directory.path, point.host.get("run", {}), now)
        # Sampling needs no schedule, but the game is built whole.
        planned = settings.get("steps", 1), settings.get("batch_size", 1)
        self.game = build_game(
            self.recipe, options, self.data, settings["seed"], self.device, settings.get("jit", "auto"), planned
        )
        restore(self.game, point)
        self.step = point.step
        whole, self.game = self.game, facing(self.game, direction)
        self.direction = "" if self.game is whole else direction

    def facing(self, direction: str | None) -> "Trained":
        """Returns the same run seen from the side of another of its directions; None for the usual one.

        Raises:
            UsageError: there is no such direction.
        """
        from multigan.engine.facing import Facing, facing

        other, whole = copy(self), self.game.game if isinstance(self.game, Facing) else self.game
        other.game = facing(whole, direction)
        other.direction = "" if other.game is whole else direction
        return other

    def _choose(self, checkpoint, registry, warn):
        from multigan.training.checkpoints import latest_checkpoint, load_checkpoint, steps_saved, steps_whole

        folder = self.directory.checkpoints
        if checkpoint == "latest":
            point = latest_checkpoint(folder, warn)
            if point is None:
                refuse_lost_checkpoints(self.directory)
                mend = command_line("run", "--resume", self.directory.path)
                raise UsageError(f"{self.directory.path}: no checkpoint yet; train on with: {mend}")
            return point
        step = best_step(self.directory, self.recipe, registry.metrics) if checkpoint == "best" else _number(checkpoint)
        try:
            if step not in steps_saved(folder):
                raise UsageError(f"{self.directory.path}: no checkpoint of step {step}")
            return load_checkpoint(folder, step)
        except UsageError as error:
            raise UsageError(
                f"{error}; whole checkpoints: {', '.join(map(str, steps_whole(folder))) or 'none'}"
            ) from None


def best_step(directory: RunDirectory, recipe: Recipe, metrics: dict[str, Metric]) -> int:
    """Returns the step of the best evaluated checkpoint that still exists.

    Best is by the metric that the run was told to keep its best by, among its own scores; else by the recipe's first
    metric.

    Raises:
        UsageError: there is no such metric, or no checkpoint has been evaluated with it.
    """
    from multigan.training.checkpoints import steps_saved

    kept = directory.facts()["settings"].get("keep_best", {}).get("value", "")
    if not kept and not recipe.metrics:
        raise UsageError(f"recipe {recipe.name} names no metric that could tell which checkpoint is best")
    name, saved = kept or recipe.metrics[0], steps_saved(directory.checkpoints)
    lines = [
        line
        for line in directory.lines(directory.scores)
        # Not of the game seen from another side.
        if line["step"] in saved and not line.get("abandoned") and not line.get("direction")
    ]
    if name not in metrics:
        # Without its extractor: the one that it was measured with last.
        name = next((line["metric"] for line in reversed(lines) if line["metric"].partition("(")[0] == name), name)
    better = metrics[name].better if name in metrics else "higher"
    records = [{"better": better} | line for line in lines if line.get("metric") == name]
    # The run's own scores are all of one way of measuring.
    own = [record for record in records if record.get("by") == MADE_BY]
    best = best_of({record["step"]: record for record in own or records}.values())
    if best is None:
        mend = command_line("evaluate", directory.path, "--checkpoint", "all")
        raise UsageError(f"{directory.path}: no checkpoint has a {name} yet; run: {mend}")
    return best["step"]


def _number(checkpoint):
    if not str(checkpoint).isdigit():
        raise UsageError(f"--checkpoint {checkpoint}: expected latest, best or a step")
    return int(checkpoint)
