"""Whether a game trains: its turns, its losses, and what they move."""

import itertools

import numpy as np

from multigan.errors import UsageError
from multigan.testing.advice import BrokenPromiseError, told

__all__ = [
    "any_batch_size_trains",
    "builds",
    "every_player_has_a_turn",
    "every_variable_learns",
    "losses_are_finite",
    "turns_are_separate",
]


def builds(contract, folder):
    """The game is built with the options of the test, and the first steps of every phase run.

    The message is what the game's code raised, and the line is the last one of yours that it came through. A loss
    method returns a dict of named scalars, such as `{"adversarial": ops.mean(scores)}`; a network is built in
    `__init__`, and is an attribute that is named like its player; each player has an optimizer in `optimizers()` and a
    method `<player>_loss(batch)`. All further checks of the game are skipped.
    """
    assert contract.played


def every_player_has_a_turn(contract, folder):
    """Whatever can be trained belongs to a player, and every player takes a turn and has an optimizer of its own.

    `optimizers()` names a player that no turn names, or the game holds a network with trainable weights that is no
    player's: neither ever learns. Add a `Turn`, make the network part of a player (`self.generators = [a, b]`), or say
    that it is not to learn: `network.trainable = False`.
    """
    game, *_ = contract.played
    players = game.players()
    made = game.player_optimizers
    for name, other in itertools.combinations(made, 2):
        shared = f"one optimizer for {name} and {other} counts the steps of both: make each its own in optimizers()"
        contract.must(made[name] is not made[other], shared, "optimizers")
    for name in game.optimizers():
        have = f"turns are of {', '.join(players)}"
        never = f"optimizers() has {name}, who takes no turn ({have}) and so never learns; add Turn({name!r})"
        contract.must(name in players, never, "phases")
    owned = {id(variable) for player in players for variable in game.player_variables(player)}
    left = [variable.path for variable in game.trainable_variables if id(variable) not in owned]
    mend = "make its network a player's, or set its trainable to False"
    contract.must(not left, f"no player trains {_some(left)}: {mend}", "__init__")


def losses_are_finite(contract, folder):
    """Every loss term and observation of a few steps is a finite scalar.

    A loss that is not finite before anything is learned has a logarithm or a root of zero, or a division by it, in the
    method that is named. Use logits and `keras.ops.softplus`, or the losses that multigan has.
    """
    from keras import ops

    game, _, records, _ = contract.played
    losses = {turn.player: turn.loss_name for turn in contract.turns(game)}
    for record in records:
        for name, value in (record["losses"] | record["health"]).items():
            found = ops.convert_to_numpy(value)
            at = losses[name.partition("/")[0]]
            contract.must(np.size(found) == 1, f"{name} is an array of shape {np.shape(found)}, and no scalar", at)
            contract.must(np.isfinite(found).all(), f"{name} is {found} in the first steps", at)


def turns_are_separate(contract, folder):
    """Each turn changes its player's weights and nobody else's, byte for byte.

    A turn that changes none of its player's weights has a loss without a gradient for them: something on the way is
    detached, by `ops.stop_gradient`, NumPy, or rounding. A turn that changes another player's weights is not the turn
    that its name says: look for an optimizer of its own, an `assign` in the loss, or `Turn(after=...)`.
    """
    game, *_ = contract.played
    for turn in list(contract.turns(game)):
        before = {player: _values(game, player) for player in game.players()}
        game.run_turn(turn, contract.batches[0])
        for player, values in before.items():
            same = all(np.array_equal(a, b) for a, b in zip(values, _values(game, player), strict=True))
            if player == turn.player:
                mend = f"does {turn.loss_name} depend on them, without stop_gradient or NumPy on the way?"
                contract.must(not same, f"the turn of {player} changed none of its weights: {mend}", turn.loss_name)
            else:
                contract.must(same, f"the turn of {turn.player} changed weights of {player}", turn.loss_name)


def every_variable_learns(contract, folder):
    """No trainable variable is forgotten: each has moved after a few steps.

    A variable that never moves is one that the loss does not depend on: a layer whose output nobody takes, a bias that
    the loss cancels, or one behind `ops.stop_gradient`. Use it, take it out, or make it not trainable.
    """
    game, before, _, after = contract.played
    states = [(id(v), v.path, np.array_equal(a, b)) for v, a, b in zip(game.state(), before, after, strict=True)]
    for player in game.players():
        learned = {id(variable) for variable in game.player_variables(player)}
        idle = [path for number, path, same in states if same and number in learned]
        losses = [turn.loss_name for turn in contract.turns(game) if turn.player == player]
        told = f"all weights of {player}" if len(idle) == len(learned) else ", ".join(idle)
        contract.must(not idle, f"never updated: {told}; does its loss depend on it?", *losses)


def any_batch_size_trains(contract, folder):
    """A game trains on batches of any size.

    Users set `--batch-size`. A game that cannot take a size says why, by a `UsageError`. A number of samples that is
    written into a loss or a network fails with another one, or trains on something else in silence: take it of the
    batch, `ops.shape(batch["image"])[0]`.
    """
    size = 2 * contract.batch_size
    if len(contract.source) < size:
        return
    (batch,) = contract.more_batches(size)
    try:
        game = contract.build(batch_size=size)
        contract.play_once(game, batch)
    except UsageError:
        return  # it says why it does not
    except Exception as error:
        what, place = told(error, contract.package, contract.game_class)
        only = f"it trains on batches of {contract.batch_size}, and not on those of {size}"
        raise BrokenPromiseError(f"{only}: {what}; take the number of the batch itself", place) from error


def _values(game, player):
    from keras import ops

    return [ops.convert_to_numpy(w.value).copy() for network in game.networks(player) for w in network.weights]


def _some(paths):
    return ", ".join(paths[:3]) + (f" and {len(paths) - 3} more" if len(paths) > 3 else "")
