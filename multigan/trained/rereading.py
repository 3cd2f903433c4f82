"""Reads a trained run's data again, where they are now, or other data in their place."""

from collections.abc import Mapping
from functools import cached_property, partial
from typing import Any

from multigan.data import data_options, open_source
from multigan.data.labels import with_classes_of
from multigan.data.places import absolute
from multigan.errors import DataError, UsageError
from multigan.modality import find_modality
from multigan.progress import Progress
from multigan.recipe import DataSource, Recipe, suggest
from multigan.runs import RunDirectory
from multigan.training.moved import refuse_missing

__all__ = ["Reader"]


class Reader:
    """Opens the data that a run is held against.

    Args:
        directory: of the run.
        recipe: its recipe.
        datasets: the registered data sets by name.
        data: what to compare with; None for the run's own data.
        options: of the data, as `-o` gives them, in place of those that the run was trained with.
        progress: is told how far reading is.

    Raises:
        UsageError: an option that is not of the data, a value that it refuses, or the run's own data are gone.
    """

    def __init__(
        self,
        directory: RunDirectory,
        recipe: Recipe,
        datasets: Mapping[str, DataSource],
        data: str | None = None,
        options: Mapping[str, str] | None = None,
        progress: Progress | None = None,
    ):
        facts = directory.facts()
        known = {key: option for key, option in data_options(recipe.modality).items() if key not in recipe.options}
        self._directory, self._room, self._datasets = directory, find_modality(recipe.modality), datasets
        self._progress = progress or Progress()
        self._info = directory.data_info()
        self._own = facts["settings"].get("data", {}).get("value", "")
        self._data = None if data is None or self._is_own(data) else data
        self._read_with = {key: entry["value"] for key, entry in facts["options"].items() if key in known}
        self._files = [key for key, option in known.items() if option.path]
        self._given = {key: _parsed(key, value, recipe, known) for key, value in (options or {}).items()}
        if self._data is None:
            self._refuse_missing(self._given)

    def reference(self):
        """Returns the `Source` to compare with: the run's own data, also when they have moved, or others.

        Raises:
            UsageError: data that cannot be read, or whose samples are none like the run's; or the run's own are gone.
        """
        return self._other if self._data is not None else self._training

    def training(self):
        """Returns the `Source` that the run was trained on.

        Raises:
            UsageError: it is gone, or no longer what it was.
        """
        if self._is_training(self.reference()):
            return self.reference()
        if not self._is_training(self._training):
            raise UsageError(f"{self._own}: is no longer the data that the run was trained on, which this metric needs")
        return self._training

    def hint(self) -> str:
        """Returns what is worth knowing of the reference, or "": the run's own data have changed, or other data were
        read without files such as those that the run's own were read with.
        """
        if self._data is None:
            changed = not self._given and not self._is_training(self._training)
            return f"{self._own}: is no longer what the run was trained on; it counts as other data" if changed else ""
        lacking = [key for key in self._files if self._read_with.get(key) and key not in self._given]
        lacking = [key for key in lacking if not self._options_of_others().get(key)]
        if not lacking or self._is_training(self._other):
            return ""
        told = " ".join(f"-o {key}=FILE" for key in lacking)
        return f"the run was given its {' and '.join(lacking)} by {told}; give those of {self._data} so, too"

    @cached_property
    def _training(self):
        given = self._given if self._data is None else {}
        self._refuse_missing(given)
        return self._open(self._own, self._read_with | given)

    def _refuse_missing(self, given):
        files = {key: self._read_with.get(key, "") for key in self._files if key not in given}
        refuse_missing(self._own, files)

    @cached_property
    def _other(self):
        """Data that were moved are the run's own, by their fingerprint, with the options that those were read with."""
        own, others = self._read_with | self._given, self._options_of_others()
        if own != others:
            try:
                source = self._open(self._data, own)
            except (DataError, UsageError):
                source = None  # such as labels that are another folder's
            if source is not None and self._is_training(source):
                return source
        return self._open(self._data, others)

    def _options_of_others(self) -> dict[str, Any]:
        # Files of labels and conditions belong to the run's own data.
        options = {key: value for key, value in self._read_with.items() if key not in self._files}
        others = self._room.load("others")(self._info, self._directory.path) if self._room.others else {}
        return options | others | self._given

    def _open(self, spec, options):
        self._progress.part("reading the data")
        part = partial(self._progress.part, "reading the data")
        source = open_source(spec, self._room.name, options, self._datasets, part)
        if tuple(source.shape) != self._info.shape:
            raise UsageError(f"{spec}: samples of shape {tuple(source.shape)}, but the run makes {self._info.shape}")
        if self._room.refit:
            source = self._room.load("refit")(source, self._info)
        return with_classes_of(source, self._info.classes)

    def _is_own(self, data) -> bool:
        return data == self._own or (data not in self._datasets and absolute(data) == self._own)

    def _is_training(self, source) -> bool:
        return source.fingerprint == self._info.fingerprint


def _parsed(key, value, recipe, known):
    if key in recipe.options:
        raise UsageError(f"-o {key}: an option of {recipe.name}, which a trained run keeps; give options of the data")
    if key not in known:
        raise UsageError(
            f"the run's data have no option {key}{suggest(key, known)} (known: {', '.join(sorted(known))})"
        )
    parsed = known[key].parse(key, value)
    return absolute(parsed) if known[key].path and parsed else parsed
