"""A process that trains a run together with others and is not the first: it does what the leader says, and writes
nothing.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from multigan.data import describe_source, open_source
from multigan.plugins import Registry
from multigan.training.configuration import RunConfig
from multigan.training.crew import Follower, take_state
from multigan.training.display import Display
from multigan.training.exactness import identity
from multigan.training.interrupts import Interrupts
from multigan.training.moved import refuse_unseen
from multigan.training.run import Result, build_game

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["follow"]


def follow(
    config: RunConfig,
    registry: Registry,
    display: Display,
    crew: Follower,
    interrupts: Interrupts,
    begin: Callable[[], str],
) -> Result:
    """Takes a run's steps until the leader ends it.

    Args:
        config: of the run; with a `worker`.
        registry: the loaded plugins.
        display: shows what is being done.
        crew: open.
        interrupts: open; what asks this process to stop is passed on to the leader.
        begin: starts the backend, in one with the others', and returns the device.

    Returns:
        How the run ended, without a log line.

    Raises:
        UsageError, DataError: as of a run.
        RunFailedError: the leader has ended otherwise, or gone.
    """
    device = begin()
    refuse_unseen(config)
    display.work.part("reading the data")
    reading = partial(display.work.part, "reading the data")
    source = open_source(config["data"], config.recipe.modality, config.data_options(), registry.datasets, reading)
    display.work.part("building the game")
    data, values = describe_source(source), {key: setting.value for key, setting in config.settings.items()}
    planned = config["steps"], config["batch_size"]
    game = build_game(config.recipe, config.recipe_options(), data, config["seed"], device, config["jit"], planned)
    from multigan.training.playing import Playing

    crew.agree(identity(config.recipe, values, config.recipe_options(), data))
    playing = Playing(game, source, values, share=crew.share)
    interrupts.begin()
    ended = {}
    for message in crew.messages():
        if "state" in message:
            told = message["state"]
            take_state(game)
            game.scale_rates(told["rates"])
            playing.go_on_from(told["drawn"])
        elif "step" in message:
            playing.step(message["step"])
            crew.step = message["step"]
        else:
            ended = message["end"]
    crew.end()
    return Result(ended["outcome"], ended["reason"], ended["step"], {})
