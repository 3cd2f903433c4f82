"""A GAN is a game in which players take turns; this is all that the core knows of it."""

import inspect
from abc import abstractmethod
from collections.abc import Mapping

import keras
import numpy as np
from keras import ops

from multigan.engine import autodiff
from multigan.engine.averages import MovingAverage
from multigan.engine.drawing import Drawing
from multigan.engine.interpolation import spherical
from multigan.engine.rates import ScaledSchedule, starting_rate
from multigan.engine.sampling import Latents
from multigan.engine.turns import Phase, Turn
from multigan.errors import UsageError

__all__ = ["Game", "undefined"]


class Game(Drawing, keras.Model):
    """Players, their turns and their losses.

    A subclass sets its networks as attributes in `__init__`, built; names its players in `turns`; and has, for each
    player, a method `<player>_loss(batch)` that returns a dict of named scalar terms. Their sum is minimised over the
    player's variables, and each is logged. It defines `optimizers()`, `sampler`, and `latents()`.

    Attributes:
        turns: what one step does, top to bottom. May be set in `__init__` when it depends on options.
        seed: the `keras.random.SeedGenerator` of all the game's draws.
        averages: moving averages by player, see `keep_average`.
        planned: how many steps the run takes, and the samples of its batches; None where nobody said, see `plan`.
        asks, fields, multiple, scale: what samples are asked for by, and what sizes of pictures the sampler takes; see
            `multigan.engine.drawing.Drawing`.
        directions: names of the ways that it translates, such as `("a2b", "b2a")`; the first is the usual one, which
            the game itself goes. Empty where it goes one way.

    Args:
        seed: starts the game's random draws.
    """

    turns: tuple[Turn, ...] = ()
    directions: tuple[str, ...] = ()

    def __init__(self, *, seed: int = 0, **kwargs):
        super().__init__(**kwargs)
        self.seed = keras.random.SeedGenerator(seed)
        self.averages = {}
        self.planned = None
        self._observed = {}

    # What a subclass defines. The marks are for `undefined` to read: Keras' classes are made without ABCMeta.

    @abstractmethod
    def optimizers(self) -> dict[str, keras.optimizers.Optimizer]:
        """Returns each player's optimizer. Clip gradients with the optimizer's `clipnorm` or `global_clipnorm`."""
        raise NotImplementedError(f"{type(self).__name__} must define optimizers()")

    @property
    @abstractmethod
    def sampler(self) -> keras.Model:
        """The network that maps latents, and what is asked for, to samples; what `sample` runs and `export` writes."""
        raise NotImplementedError(f"{type(self).__name__} must define sampler")

    @abstractmethod
    def latents(self, count: int, seed) -> Latents:
        """Returns latents `(count, ...)` drawn on the host, so that a seed means the same on every backend.

        Several arrays are a mapping, in the order of the sampler's inputs; `{}` says that nothing is drawn, as of a
        translator. `seed` is what `numpy.random.default_rng` takes. The first latents are the same for any count:
        several arrays are drawn from generators of their own, `numpy.random.default_rng(seed).spawn(2)`.
        """
        raise NotImplementedError(f"{type(self).__name__} must define latents()")

    def interpolate(self, keys: Latents, count: int) -> Latents:
        """Returns `count` latents on the path through `keys`, in their order.

        It goes along the sphere, as suits normal latents; a subclass with latents of another kind overrides it, see
        `multigan.engine.interpolation`.

        Raises:
            UsageError: the game draws no latents.
        """
        if isinstance(keys, Mapping):
            if not keys:
                raise UsageError(f"{self.name}: it has no latents, so there is no path between two of them")
            return {name: spherical(array, count) for name, array in keys.items()}
        return spherical(keys, count)

    def turned(self, direction: str):
        """Returns the game seen from the side of one of its `directions`, a `multigan.Facing`; not called for the
        first.
        """
        raise NotImplementedError(f"{type(self).__name__} has directions and must define turned()")

    def prepare(self, source) -> None:
        """Looks at the data before a run's first step, for what a recipe must know of them, such as their spectrum.

        What is found is kept in variables, which checkpoints hold: a run that goes on does not look again. Args:
        `source`, with `len()` and `batch(indices)`, a dict of arrays.
        """

    def phases(self) -> tuple[Phase, ...]:
        """Returns the game's phases in order; one phase of `turns` unless a subclass has more."""
        return (Phase("adversarial", tuple(self.turns)),)

    # What a subclass uses.

    def observe(self, **values):
        """Logs scalars that are not minimised, such as a critic's accuracy; call it inside a loss method."""
        self._observed.update(values)

    def keep_average(self, player: str, decay: float):
        """Keeps an exponential moving average of a player's networks, updated after each of the player's updates.

        `averaged(player)` then returns the averaged networks. Args: `decay`, of the average, in (0, 1).
        """
        self.averages[player] = MovingAverage(self.networks(player), decay)

    def averaged(self, player: str) -> keras.Model | list[keras.Model]:
        """Returns the averaged copy of a player's network (or list of them); the network itself where none is kept."""
        own = getattr(self, player)
        if player not in self.averages:
            return own
        copies = list(self.averages[player].networks)
        return copies if isinstance(own, (list, tuple)) else copies[0]

    def average_decay(self, player: str):
        """Returns the decay of a player's average for its next update; None for the one that it was made with."""
        return

    # What the training loop uses.

    def plan(self, steps: int, batch_size: int) -> None:
        """Tells the game how long the run is, before `compile`, for values that follow a share of it."""
        self.planned = (steps, batch_size)

    def networks(self, player: str) -> list[keras.layers.Layer]:
        """Returns a player's networks.

        Raises:
            ValueError: the game has no such attribute, or it holds something else than networks.
        """
        own = getattr(self, player, None)
        networks = list(own) if isinstance(own, (list, tuple)) else [own]
        if not networks or not all(isinstance(network, keras.layers.Layer) for network in networks):
            raise ValueError(
                f"{type(self).__name__}.{player}: a player is a network or a list of networks, got {own!r}"
            )
        return networks

    def players(self) -> list[str]:
        """Returns the names of all players, in the order of their first turn."""
        return list(dict.fromkeys(turn.player for phase in self.phases() for turn in phase.turns))

    def compile(self, jit: bool = False):
        """Builds the players' optimizers and gets ready to compile turns.

        Args:
            jit: compile with XLA (TensorFlow, JAX).

        Raises:
            ValueError: a player without a loss, an optimizer or variables, or a variable that two players own.
        """
        for turn in (turn for phase in self.phases() for turn in phase.turns):
            if not callable(getattr(self, turn.loss_name, None)):
                raise ValueError(f"{type(self).__name__} has no method {turn.loss_name}(), which its turns name")
        self._jit, self._compiled = jit, {}
        optimizers, owner = self.optimizers(), {}
        for player in self.players():
            if player not in optimizers:
                raise ValueError(f"{type(self).__name__}.optimizers() names no optimizer for the player {player}")
            if not self.player_variables(player):
                raise ValueError(
                    f"{type(self).__name__}.{player} has no trainable variables; build the network in __init__"
                )
            for variable in self.player_variables(player):
                if owner.setdefault(id(variable), player) != player:
                    two = f"{owner[id(variable)]} and {player}"
                    raise ValueError(
                        f"{variable.path} belongs to two players, {two}; make one player of the networks that share it"
                    )
        self.player_optimizers = {player: optimizers[player] for player in self.players()}
        self._rates = {player: starting_rate(optimizers[player]) for player in self.players()}
        # One object for all of them, so that saving and learning-rate changes see every variable. Its members are
        # applied, never the whole: a turn has gradients for one player only.
        self.optimizer = keras.optimizers.MultiOptimizer(lambda variable: optimizers[owner[id(variable)]])
        self.optimizer.build([v for player in self.players() for v in self.player_variables(player)])
        self._state = list({id(v): v for v in [*self.variables, *self.optimizer.variables]}.values())
        self._weights = {p: {id(v) for network in self.networks(p) for v in network.weights} for p in self.players()}

    def scale_rates(self, factor: float):
        """Sets every player's learning rate, or its schedule, to `factor` times what it was compiled with."""
        for player, optimizer in self.player_optimizers.items():
            rate = self._rates[player]
            if isinstance(rate, keras.optimizers.schedules.LearningRateSchedule):
                optimizer.learning_rate = ScaledSchedule(rate, factor)
            else:
                optimizer.learning_rate = rate * factor
        self._compiled = {}  # a schedule is part of what was compiled

    def player_variables(self, player: str) -> list[keras.Variable]:
        """Returns the trainable variables of a player's networks."""
        return [variable for network in self.networks(player) for variable in network.trainable_variables]

    def state(self) -> list[keras.Variable]:
        """Returns every variable that a checkpoint must hold, in a fixed order: networks, averages, pools, seeds,
        optimizers.
        """
        return self._state

    def run_turns(self, turns: tuple[Turn, ...], batch: Mapping[str, np.ndarray]) -> list[dict[str, dict]]:
        """Runs one update of each turn's player on one batch, in order, compiled as one.

        Returns:
            for each turn `{"losses": {"player/term": scalar}, "health": {"player/name": scalar}}`, tensors that may not
            be computed yet.
        """
        if turns not in self._compiled:
            # One function for all of them: TensorFlow starts on a turn's forward pass while the one before it ends.
            self._compiled[turns] = autodiff.compiled(
                lambda batch: [self.update(turn, batch) for turn in turns], self.state(), self._jit, shared=True
            )
        return self._compiled[turns](batch)

    def run_turn(self, turn: Turn, batch: Mapping[str, np.ndarray]) -> dict[str, dict]:
        """Runs one compiled update of a turn's player; see `run_turns`."""
        return self.run_turns((turn,), batch)[0]

    def update(self, turn: Turn, batch) -> dict[str, dict]:
        """One update of a turn's player, uncompiled: its gradient, its optimizer, its averages, its transforms."""
        player, variables = turn.player, self.player_variables(turn.player)

        def loss():
            self._observed = {}
            terms = _checked(getattr(self, turn.loss_name)(batch), f"{type(self).__name__}.{turn.loss_name}")
            return sum(terms.values()), (terms, dict(self._observed))

        (_, (terms, observed)), gradients, updates = autodiff.value_and_grad(loss, variables)
        with autodiff.without_grad():
            self._commit(player, updates)
            observed["gradient_norm"] = ops.sqrt(sum(ops.sum(ops.square(ops.cast(g, "float32"))) for g in gradients))
            self.player_optimizers[player].apply(gradients, variables)
            with autodiff.Recorder() as scope:
                for transform in turn.after:
                    transform(self)
                if player in self.averages:
                    self.averages[player].update(self.networks(player), self.average_decay(player))
            self._commit(None, [(variable, scope.value_of(variable)) for variable in scope.updated])
        return {
            "losses": {f"{player}/{name}": value for name, value in terms.items()},
            "health": {f"{player}/{name}": ops.cast(value, "float32") for name, value in observed.items()},
        }

    def _commit(self, player, updates):
        """Assigns what a loss (of `player`) or a transform (None) updated. Another player's batch statistics are its
        own, and stay as they are; its trainable weights are nobody's to assign in a loss.
        """
        known = {id(variable) for variable in self._state}
        for variable, value in updates:
            if id(variable) not in known:
                raise ValueError(f"{variable.path}: updated but not tracked; make it an attribute of the game")
            others = [owner for owner, weights in self._weights.items() if id(variable) in weights and owner != player]
            if player is None or not others:
                variable.assign(value)
            elif variable.trainable:
                raise ValueError(
                    f"{type(self).__name__}: the loss of {player} assigns {variable.path}, which belongs to "
                    f"{others[0]}; a turn changes its own player's weights only, so do it in a turn of {others[0]}, or "
                    "by Turn(after=...)"
                )


def undefined(kind: type[Game]) -> list[str]:
    """Returns the names of what a class of games must define and does not: methods, and losses of its own turns."""
    names = [name for name in dir(kind) if getattr(inspect.getattr_static(kind, name), "__isabstractmethod__", False)]
    turns = kind.turns if isinstance(kind.turns, (tuple, list)) else ()
    return names + [turn.loss_name for turn in turns if not hasattr(kind, turn.loss_name)]


def _checked(terms, place: str) -> dict:
    if not isinstance(terms, Mapping) or not terms:
        raise TypeError(f"{place}() must return a dict of named loss terms, got {type(terms).__name__}")
    for name, term in terms.items():
        if len(ops.shape(term)) != 0:
            raise ValueError(f"{place}(): the term {name} has shape {tuple(ops.shape(term))}; a loss term is a scalar")
    return {name: ops.cast(term, "float32") for name, term in terms.items()}
