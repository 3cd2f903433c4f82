"""A GAN is a game in which players take turns; this is all that the core knows of it."""

import inspect
from abc import abstractmethod
from collections.abc import Mapping, Sequence

import keras
import numpy as np
from keras import ops

from multigan.engine import autodiff
from multigan.engine.averages import MovingAverage
from multigan.engine.interpolation import spherical
from multigan.engine.rates import ScaledSchedule, starting_rate
from multigan.engine.turns import Phase, Turn
from multigan.errors import UsageError

__all__ = ["Game", "undefined"]

# Samples are generated in chunks of one size, padded, so that the first samples of a seed do not depend on how many
# were asked for.
SAMPLE_CHUNK = 64


class Game(keras.Model):
    """Players, their turns and their losses.

    A subclass sets its networks as attributes in `__init__`, built; names its players in `turns`; and has, for each
    player, a method `<player>_loss(batch)` that returns a dict of named scalar terms. Their sum is minimised over the
    player's variables, and each is logged. It defines `optimizers()`, `sampler`, and `latents()`.

    Attributes:
        turns: what one step does, top to bottom. May be set in `__init__` when it depends on options.
        seed: the `keras.random.SeedGenerator` of all the game's draws.
        averages: moving averages by player, see `keep_average`.
        conditional: what a sample is asked for by: "" for nothing, "label" for a class, "condition" for a vector; then
            the sampler takes a list, latents and conditions.

    Args:
        seed: starts the game's random draws.
    """

    turns: tuple[Turn, ...] = ()
    conditional: str = ""

    def __init__(self, *, seed: int = 0, **kwargs):
        super().__init__(**kwargs)
        self.seed = keras.random.SeedGenerator(seed)
        self.averages = {}
        self._observed = {}

    # What a subclass defines. The marks are for `undefined` to read: Keras' classes are made without ABCMeta.

    @abstractmethod
    def optimizers(self) -> dict[str, keras.optimizers.Optimizer]:
        """Returns each player's optimizer. Clip gradients with the optimizer's `clipnorm` or `global_clipnorm`."""
        raise NotImplementedError(f"{type(self).__name__} must define optimizers()")

    @property
    @abstractmethod
    def sampler(self) -> keras.Model:
        """The network that maps latents to samples in inference mode; what `sample` runs and `export` writes."""
        raise NotImplementedError(f"{type(self).__name__} must define sampler")

    @abstractmethod
    def latents(self, count: int, seed) -> np.ndarray:
        """Returns latents `(count, ...)` drawn on the host, so that a seed means the same on every backend.

        `seed` is what `numpy.random.default_rng` takes.
        """
        raise NotImplementedError(f"{type(self).__name__} must define latents()")

    def interpolate(self, keys: np.ndarray, count: int) -> np.ndarray:
        """Returns `count` latents on the path through `keys`, in their order.

        It goes along the sphere, as suits normal latents; a subclass with latents of another kind overrides it, see
        `multigan.engine.interpolation`.
        """
        return spherical(keys, count)

    def score(self, samples: np.ndarray) -> np.ndarray | None:
        """Returns what an opponent makes of samples `(count, *shape)`: `(count,)`, higher is more real; None if nobody
        judges single samples. Drawn behind points.
        """
        return None

    def steer(self, temperature: float = 1.0, prefix: Sequence[int] = ()) -> None:
        """Sets how later samples of texts are drawn; without arguments, as they were at first.

        Args:
            temperature: divides the logits of each token; 0 takes the likeliest one.
            prefix: ids of the tokens that every sample begins with.

        Raises:
            UsageError: the recipe's samples are not drawn token by token, or it refuses the values.
        """
        if temperature != 1.0 or len(prefix):
            raise UsageError(f"{self.name}: this recipe's samples take no temperature and no prefix")

    def log_probability(self, samples):
        """Returns the log-likelihood `(count,)` of samples `(count, *shape)`, tensors; None where there is none."""
        return

    def prepare(self, source) -> None:
        """Looks at the data before a run's first step, for what a recipe must know of them, such as their spectrum.

        What is found is kept in variables, which checkpoints hold: a run that goes on does not look again. Args:
        `source`, with `len()` and `batch(indices)`, a dict of arrays.
        """

    def render(self, generated: np.ndarray) -> np.ndarray:
        """Returns the samples that a chunk of the sampler's outputs stands for, on the host: the outputs themselves,
        unless a subclass makes something of them, such as sound of a spectrogram.
        """
        return generated

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

    # What the training loop uses.

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
                    raise ValueError(f"{variable.path} belongs to two players, {owner[id(variable)]} and {player}")
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
                lambda batch: [self.update(turn, batch) for turn in turns], self.state(), self._jit
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
                    self.averages[player].update(self.networks(player))
            self._commit(None, [(variable, scope.value_of(variable)) for variable in scope.updated])
        return {
            "losses": {f"{player}/{name}": value for name, value in terms.items()},
            "health": {f"{player}/{name}": ops.cast(value, "float32") for name, value in observed.items()},
        }

    def _commit(self, player, updates):
        """Assigns what a loss or transform updated, but never another player's weights: its batch statistics are its
        own.
        """
        known = {id(variable) for variable in self._state}
        protected = set().union(*(weights for owner, weights in self._weights.items() if player not in (None, owner)))
        for variable, value in updates:
            if id(variable) not in known:
                raise ValueError(f"{variable.path}: updated but not tracked; make it an attribute of the game")
            if id(variable) not in protected:
                variable.assign(value)

    def sample(self, count: int, seed, condition: np.ndarray | None = None) -> np.ndarray:
        """Returns `count` samples `(count, *shape)` in the recipe's units, in inference mode: float32, or int32 tokens.

        The moving average's weights are used when one is kept. A seed gives the same samples on every backend, up to
        float tolerance.

        Args:
            count: how many.
            seed: of the latents: a whole number, or a sequence of them.
            condition: of a conditional game, one for each sample: labels `(count,)` or vectors `(count, length)`.

        Raises:
            UsageError: a condition for a game that takes none, none for a game that needs one, or another number.
        """
        self._check_condition(count, condition)
        return self.sample_at(self.latents(count, seed), condition)

    def sample_at(self, latents: np.ndarray, condition: np.ndarray | None = None) -> np.ndarray:
        """Returns the samples of given latents `(count, ...)`; otherwise as `sample`.

        Latents in parts, each but the last a multiple of 64, give the same samples as all of them at once.

        Raises:
            UsageError: as `sample`.
        """
        self._check_condition(len(latents), condition)
        inputs = latents if condition is None else [latents, np.asarray(condition)]
        chunks = [
            self.render(self.generate(keras.tree.map_structure(lambda x: x[start : start + SAMPLE_CHUNK], inputs)))  # noqa: B023
            for start in range(0, len(latents), SAMPLE_CHUNK)
        ]
        return np.concatenate(chunks)

    def _check_condition(self, count, condition):
        if (condition is None) == bool(self.conditional):
            needs = f"needs a {self.conditional} for each sample" if self.conditional else "takes no condition"
            raise UsageError(f"{self.name}: it {needs}")
        if condition is not None and len(condition) != count:
            raise UsageError(f"{self.name}: {len(condition)} conditions for {count} samples")

    def generate(self, inputs) -> np.ndarray:
        """Returns the samples of at most one chunk of latents, or of a list `[latents, conditions]`."""
        if getattr(self, "_generate", None) is None:
            sampler = self.sampler
            self._generate = autodiff.compiled(
                lambda *parts: sampler(parts[0] if len(parts) == 1 else list(parts), training=False),
                sampler.variables,
                self._jit,
            )
        parts = inputs if isinstance(inputs, list) else [inputs]
        count = len(parts[0])
        padded = [np.concatenate([part, np.repeat(part[-1:], SAMPLE_CHUNK - count, axis=0)]) for part in parts]
        samples = self._generate(*padded)
        kind = "int32" if "int" in keras.backend.standardize_dtype(samples.dtype) else "float32"
        return ops.convert_to_numpy(ops.cast(samples, kind))[:count]

    def log_likelihood(self, samples: np.ndarray) -> np.ndarray | None:
        """Returns the log-likelihood in nats, float32 `(count,)`, of samples `(count, *shape)`, in inference mode.

        Of a text it is the sum over its tokens. None where the recipe has no likelihood.
        """
        if type(self).log_probability is Game.log_probability:
            return None
        if getattr(self, "_log_likelihood", None) is None:
            self._log_likelihood = autodiff.compiled(self.log_probability, self.variables, self._jit)
        chunks = []
        for start in range(0, len(samples), SAMPLE_CHUNK):
            part = samples[start : start + SAMPLE_CHUNK]
            padded = np.concatenate([part, np.repeat(part[-1:], SAMPLE_CHUNK - len(part), axis=0)])
            chunks.append(ops.convert_to_numpy(ops.cast(self._log_likelihood(padded), "float32"))[: len(part)])
        return np.concatenate(chunks) if chunks else np.zeros(0, "float32")


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
