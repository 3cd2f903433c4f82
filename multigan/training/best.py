"""Which checkpoint is best by a metric: computed as the run goes, and when it has had patience enough."""

from collections.abc import Mapping
from typing import Any

from multigan.errors import UsageError
from multigan.metrics.ranking import MADE_BY, best_of
from multigan.recipe import Metric, Recipe, suggest
from multigan.runlog import number

__all__ = ["Best", "check_keep_best"]


def check_keep_best(settings: Mapping[str, Any], recipe: Recipe, metrics: Mapping[str, Metric]) -> Metric | None:
    """Returns the metric that `keep_best` names, or None.

    Raises:
        UsageError: there is no such metric, it is for other samples, or `patience` is given without it.
    """
    name = settings["keep_best"]
    if not name:
        if settings["patience"]:
            raise UsageError("--patience: needs to know what is better; give --keep-best METRIC")
        return None
    usable = [other for other, metric in metrics.items() if metric.modality == recipe.modality]
    if name not in metrics:
        raise UsageError(f"--keep-best {name}: no such metric{suggest(name, usable)} (known: {', '.join(usable)})")
    if metrics[name].modality != recipe.modality:
        raise UsageError(
            f"--keep-best {name}: measures {metrics[name].modality}, and {recipe.name} makes {recipe.modality} "
            f"(known: {', '.join(usable)})"
        )
    return metrics[name]


class Best:
    """Scores a run's checkpoints and remembers the best one.

    Args:
        run: its scores.jsonl is read and appended to.
        metric: what ranks.
        scorer: returns a metric's record of the run's game as it is: `scorer(step)`.
        patience: evaluations without improvement that end the run; 0: none do.
    """

    def __init__(self, run, metric: Metric, scorer, patience: int = 0):
        self.run, self.metric, self._scorer, self._patience = run, metric, scorer, patience
        self.go_on()

    def go_on(self) -> None:
        """Takes up what the run's scores say up to its step."""
        lines = self.run.directory.lines(self.run.directory.scores)
        self._records = {
            line["step"]: line | {"value": number(line["value"])}
            for line in lines
            if line.get("by") == MADE_BY
            and line.get("metric") == self.metric.name
            and "value" in line
            and not line.get("abandoned")
            and line["step"] <= self.run.step
        }
        self._tell()

    def _tell(self) -> None:
        best = best_of(self._records.values())
        self.run.best = best and {"metric": best["metric"], "step": best["step"], "value": best["value"]}

    @property
    def step(self) -> int | None:
        """The best checkpoint's step."""
        return self.run.best["step"] if self.run.best else None

    def scored(self, step: int) -> bool:
        """Whether a step has a score."""
        return step in self._records

    def score(self, step: int) -> dict[str, Any]:
        """Scores the game as it is, appends the record and returns it."""
        record = self._scorer(step) | {"by": MADE_BY}
        self.run.directory.append(record, self.run.directory.scores)
        self._records[step] = record
        self._tell()
        return record

    @property
    def spent(self) -> str:
        """Why the run should end: so many evaluations since the best one; "" while it should not."""
        since = sum(step > self.step for step in self._records) if self._records else 0
        if not self._patience or since < self._patience:
            return ""
        evaluations = "1 evaluation" if since == 1 else f"{since} evaluations"
        return f"no improvement of {self.metric.name} in {evaluations}; best at step {self.step}"
