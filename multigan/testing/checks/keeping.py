"""Whether a game can be kept: in checkpoints, by its seed, in files for other tools."""

import numpy as np

from multigan.backend import quiet_libraries
from multigan.testing.advice import BrokenPromiseError, place_in, told

__all__ = [
    "averages_are_sampled",
    "checkpoint_restores_everything",
    "export_gives_the_same_samples",
    "same_seed_same_run",
]


def averages_are_sampled(contract, folder):
    """Where a game keeps a moving average of its generator, samples are made by that.

    `keep_average` keeps one, and `sampler` returns the network that learns: return `self.averaged("generator")`, which
    is the network itself where no average is kept.
    """
    game, *_ = contract.played
    sampled = {id(variable) for variable in game.sampler.variables}
    kept = {name: [v for copy in each.networks for v in copy.variables] for name, each in game.averages.items()}
    used = [name for name, variables in kept.items() if any(id(variable) in sampled for variable in variables)]
    names = ", ".join(kept)
    contract.must(
        used or not kept, f"it keeps an average of {names}, and samples without it: use self.averaged()", "sampler"
    )


def checkpoint_restores_everything(contract, folder):
    """A game that is saved, and restored into another one, goes on to the same weights, to the bit.

    Something that the game goes by is in no variable: a number or list that is a plain attribute, what `prepare` found
    in the data (a run that is resumed does not call it), an optimizer of its own. Keep it in a `keras.Variable`, or in
    a layer with `add_weight`, that is made in `__init__`.
    """
    from multigan.training.checkpoints import load_checkpoint, restore, save_checkpoint

    game, *_ = contract.played
    # Another seed, no step and no look at the data: whatever the checkpoint leaves out differs.
    other = contract.build(seed=1, prepare=False)
    save_checkpoint(folder, 1, game, {})
    restore(other, load_checkpoint(folder, 1))
    contract.play(game)
    try:
        contract.play(other)
    except Exception as error:
        what, place = told(error, contract.package, contract.game_class)
        lost = f"a game that was restored cannot go on ({what}): keep what it needs in a variable made in __init__"
        raise BrokenPromiseError(lost, place) from error
    for mine, one, two in zip(game.state(), contract.state(game), contract.state(other), strict=True):
        same = np.array_equal(one, two)
        lost = "something that it goes by is not in a variable of the game"
        contract.must(same, f"{mine.path} differs after a restore; is it tracked? {lost}", "run_turns", "prepare")


def same_seed_same_run(contract, folder):
    """Two games of one seed become the same game.

    Something is drawn from elsewhere than the game's seed: NumPy's, Python's or the backend's own random numbers, the
    clock, or the order of a set. Weights come from Keras' global seed, which a run has set: give initializers none.
    """
    again, own = contract.twin
    *_, after = contract.played
    for variable, mine, theirs in zip(again.state(), own, after, strict=True):
        same = np.array_equal(mine, theirs)
        contract.must(same, f"{variable.path} differs between two runs of one seed", "run_turns", "__init__")


def export_gives_the_same_samples(contract, folder):
    """The sampler can be written to a file, and what is read back makes the same samples.

    Keras writes a layer as what its `get_config()` returns, and makes it anew of that. A layer of your own returns each
    argument of its `__init__` there, and is marked with `@keras.saving.register_keras_serializable(package="mygan")`. A
    `Lambda` cannot be read back safely: use a layer, or `keras.ops` in a functional model.
    """
    from multigan.data import describe_source
    from multigan.fields import asked_fields
    from multigan.trained.exporting import export_keras, verifier

    game, *_ = contract.played
    fields = asked_fields(game, describe_source(contract.source))
    classes = min((len(field.classes) for field in fields.values() if field.classes), default=2)
    verify = verifier(game, "float32", classes)
    own = next((type(layer) for layer in _layers(game.sampler) if _is_of(layer, contract.package)), None)
    try:
        with quiet_libraries():
            export_keras(game, folder / "sampler.keras", verify)
    except Exception as error:
        what, place = told(error, contract.package)
        place = place_in(own, "get_config", "__init__") if own else place or contract.broken("", "sampler").place
        mend = f"does get_config() of {own.__name__} return every argument of __init__? " if own else ""
        mend += "is every layer of your own registered, and none a Lambda?"
        raise BrokenPromiseError(f"the sampler cannot be exported as it is: {what}; {mend}", place) from error


def _layers(network):
    """A network's layers, those of its networks as well."""
    for layer in getattr(network, "layers", ()):
        yield layer
        yield from _layers(layer)


def _is_of(layer, package: str) -> bool:
    return type(layer).__module__.partition(".")[0] == package
