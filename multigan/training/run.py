"""A run: what observers see, and how one is built from its configuration."""

import importlib.metadata
import inspect
import platform
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from multigan import blame
from multigan.backend import quiet_libraries
from multigan.errors import MultiganError, PluginError, UsageError
from multigan.modality import find_modality
from multigan.recipe import DataInfo, Recipe, load_object
from multigan.runs import RunDirectory
from multigan.training.configuration import RunConfig
from multigan.training.exactness import machine
from multigan.training.moved import digests

__all__ = ["Result", "Run", "build_game", "describe", "now"]


@dataclass(frozen=True)
class Result:
    """How a run ended: "done" or "interrupted", with the reason, at a step, with the last log line."""

    outcome: str
    reason: str
    step: int
    last: dict


@dataclass
class Run:
    """A run in progress, as plugins see it. Attributes are only ever added.

    Attributes:
        directory: where it writes.
        plugin, recipe: what it trains.
        options: the recipe's and the data's resolved options.
        settings: steps, batch_size, seed, log_every and the others, resolved.
        data: what it trains on.
        backend, device: "tensorflow", "jax" or "torch"; "cpu" or "gpu".
        game: the game, built and compiled.
        steps: the step that it trains up to.
        step: steps finished so far.
        findings: what health has found so far.
        present: the names of those findings that the newest log lines still show.
        recoveries: how often the run went back to a checkpoint because of a value that was not finite.
        best: the best checkpoint so far, `{"metric", "step", "value"}`, where one by a metric is kept.
        preview: the files of the newest preview: first what can be looked at, then what stands beside it, such as
            sounds; empty before the first one.
        outcome: "done", "interrupted" or "failed" when `run_finished` is called; empty until then.
        source: the data, a `multigan.data.source.Source`; None where only a trained run is looked at.
        tokenizer: the source's, of a run on texts, with `encode(text)` and `decode(ids)`; None for other modalities.
    """

    directory: RunDirectory
    plugin: str
    recipe: Recipe
    options: dict[str, Any]
    settings: dict[str, Any]
    data: DataInfo
    backend: str
    device: str
    game: Any
    steps: int
    step: int = 0
    findings: list = field(default_factory=list)
    present: tuple[str, ...] = ()
    recoveries: int = 0
    best: dict[str, Any] | None = None
    source: Any = None
    preview: tuple[Path, ...] = ()
    outcome: str = ""

    @property
    def tokenizer(self) -> Any:
        """See above."""
        return getattr(self.source, "tokenizer", None)


def build_game(
    recipe: Recipe,
    options: dict[str, Any],
    data: DataInfo,
    seed: int,
    device: str,
    jit: str = "auto",
    planned: tuple[int, int] | None = None,
):
    """Builds and compiles a recipe's game on the running backend; `planned` is what `Game.plan` takes.

    Raises:
        UsageError: the game's module cannot be imported, or the game refuses its options or data.
        PluginError: what the recipe names is no game, not a whole one, or fails while it is built.
    """
    import keras

    where, package = f"recipe {recipe.name}: {recipe.game}", recipe.game.partition(":")[0].partition(".")[0]
    try:
        game_class = load_object(recipe.game)
    except (ImportError, AttributeError) as error:
        raise UsageError(f"{where} cannot be imported: {blame.told(error, package)}") from error
    # Weights come from Keras' global seed, so that a layer's initializer needs no seed of its own. Keras seeds every
    # library that is installed, and imports some of them for it.
    with quiet_libraries():
        keras.utils.set_random_seed(seed)
    backend = keras.backend.backend()
    # On a CPU, XLA's convolutions are two to three times slower than TensorFlow's own kernels; JAX has nothing but XLA.
    jit = {"auto": backend == "jax" or device == "gpu", "on": True, "off": False}[jit]
    try:
        _check_game(game_class, where)
        game = game_class(data, seed=seed, **options)
        if planned:
            game.plan(*planned)
        game.compile(jit=jit)
    except MultiganError:
        raise
    except Exception as error:
        told = blame.told(error, package)
        raise PluginError(f"{where} cannot be built: {told}; add --traceback to see more") from error
    return game


def _check_game(game_class: Any, where: str) -> None:
    from multigan.engine.game import Game, undefined

    if not inspect.isclass(game_class):
        return  # a function that makes a game
    if not issubclass(game_class, Game):
        raise PluginError(f"{where} is no subclass of multigan.Game")
    if names := undefined(game_class):
        raise PluginError(f"{where} does not define {', '.join(names)}, as every game of its kind must")


def describe(
    config: RunConfig, data: DataInfo, skipped: int, backend: str, device: str, started: str
) -> dict[str, Any]:
    """Returns the facts for run.toml."""
    import keras

    packages = ["multigan", backend, "numpy", "grain"]
    packages.append(config.recipe.game.partition(":")[0].partition(".")[0].replace("_", "-"))
    packages += find_modality(config.recipe.modality).packages
    options = {key: {"value": s.value, "origin": s.origin} for key, s in config.options.items()}
    for key, found in digests(config.recipe.options, config.recipe_options()).items():
        options[key]["sha256"] = found
    return {
        "multigan": _version("multigan"),
        "plugin": config.plugin,
        "recipe": config.recipe.name,
        "modality": config.recipe.modality,
        "references": list(config.recipe.references),
        "started": started,
        "settings": {key: {"value": s.value, "origin": s.origin} for key, s in config.settings.items()},
        "options": options,
        "data": {
            "name": data.name,
            "count": data.count,
            "shape": list(data.shape),
            "classes": list(data.classes),
            "fingerprint": data.fingerprint,
            "condition": data.condition,
            **data.facts,
            "skipped": skipped,
            **({"beside": [field.as_table() for field in data.beside]} if data.beside else {}),
        },
        "versions": {
            "python": platform.python_version(),
            **{name: _version(name) for name in packages},
            "keras": keras.__version__,
        },
        "machine": {"workers": config["workers"]} | machine(backend, device),
    }


def now() -> str:
    """The time in UTC, to the second."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _version(package: str) -> str:
    candidates = [package, f"{package}-cpu"] if package == "tensorflow" else [package]
    for name in candidates:
        try:
            return importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return "unknown"
