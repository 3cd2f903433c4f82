"""What draws samples: a game, or a game that is seen from another side."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

import keras
import numpy as np
from keras import ops

from multigan.engine import autodiff
from multigan.engine.sampling import SAMPLE_CHUNK, Latents, asked_of, chunks, count_of, padded, parts_of
from multigan.errors import UsageError
from multigan.field import Field

__all__ = ["Drawing"]


class Drawing:
    """Makes samples of latents and of what is asked for, by a sampler.

    Whoever is one has `name`, `sampler` and `latents(count, seed)`.

    Attributes:
        asks: the fields of the data that a sample is asked for by, such as `("label",)`: inputs of the sampler, after
            the latents, in this order. Empty where nothing is asked for.
        fields: those of them that no data have, such as the codes of an InfoGAN, a `multigan.Field` each.
        multiple: what the sides of pictures must divide by, where the sampler's inputs are `(None, None, channels)` and
            so take any size.
        scale: how many times larger such a sampler's pictures are than what they are made of.
        length: how many frames its samples have, where `sampler` and `latents` make as many as it says; 0: samples have
            one length.
    """

    asks: tuple[str, ...] = ()
    fields: tuple[Field, ...] = ()
    multiple: int = 1
    scale: int = 1
    length: int = 0
    _jit = False

    @property
    def conditional(self) -> str:
        """The one field that a sample is asked for by; "" where there is none, or where there are several."""
        return self.asks[0] if len(self.asks) == 1 else ""

    @contextmanager
    def lasting(self, length: int) -> Iterator[None]:
        """Makes samples of another length for as long as it is open.

        Raises:
            UsageError: its samples have one length.
        """
        if not self.length:
            raise UsageError(f"{self.name}: its samples have one length")
        usual, compiled = self.length, self._compiled_samplers()
        self.length, self._generate, self._generate_one = length, None, None
        try:
            yield
        finally:
            self.length, (self._generate, self._generate_one) = usual, compiled

    def render(self, generated: np.ndarray) -> np.ndarray:
        """Returns the samples that a chunk of the sampler's outputs stands for, on the host: the outputs themselves,
        unless a subclass makes something of them, such as sound of a spectrogram.
        """
        return generated

    def score(self, samples: np.ndarray) -> np.ndarray | None:
        """Returns what an opponent makes of samples `(count, *shape)`: `(count,)`, higher is more real; None if nobody
        judges single samples. Drawn behind points.
        """
        return None

    def show(self, asked: Mapping[str, np.ndarray], samples: np.ndarray) -> dict[str, np.ndarray]:
        """Returns what a preview shows of samples, by title; what they were asked for stands before it.

        Args:
            asked: what they were asked for, by field.
            samples: `(count, *shape)`, as `sample` returned them.

        Returns:
            Arrays of `count` samples each. By default the samples alone; a game that translates both ways adds the way
            back.
        """
        return {"output": samples}

    def sample(self, count: int, seed, asked: Mapping[str, np.ndarray] | np.ndarray | None = None) -> np.ndarray:
        """Returns `count` samples `(count, *shape)` in the recipe's units, in inference mode: float32, or int32 tokens.

        The moving average's weights are used when one is kept. A seed gives the same samples on every backend, up to
        float tolerance.

        Args:
            count: how many.
            seed: of the latents: a whole number, or a sequence of them.
            asked: what is asked for, by field, one for each sample: labels `(count,)`, vectors `(count, length)`,
                pictures `(count, height, width, channels)`. A game with one field also takes its array alone.

        Raises:
            UsageError: what the game is not asked by, or not what it needs, or another number.
        """
        asked, latents = asked_of(self, asked), self.latents(count, seed)
        if count_of(self, latents, asked) != count:
            raise UsageError(f"{self.name}: inputs of {count_of(self, latents, asked)} for {count} samples")
        return self.sample_at(latents, asked)

    def sample_at(self, latents: Latents, asked: Mapping[str, np.ndarray] | np.ndarray | None = None) -> np.ndarray:
        """Returns the samples of given latents `(count, ...)`; otherwise as `sample`.

        Latents in parts, each but the last a multiple of 64, give the same samples as all of them at once.

        Raises:
            UsageError: as `sample`.
        """
        asked = asked_of(self, asked)
        count_of(self, latents, asked)
        made = []
        for chunk in chunks(parts_of(latents, asked), SAMPLE_CHUNK):
            made.append(self.render(self.generate(chunk if len(chunk) > 1 else chunk[0])))
        return np.concatenate(made)

    def generate(self, inputs) -> np.ndarray:
        """Returns the sampler's outputs for at most one chunk of its inputs: an array, or a list of several."""
        if getattr(self, "_generate", None) is None:
            self._generate = self._compiled_sampler()
        parts = inputs if isinstance(inputs, list) else [inputs]
        return _on_host(self._generate(*padded(parts, SAMPLE_CHUNK)))[: len(parts[0])]

    def generate_one(self, inputs: Sequence[np.ndarray]) -> np.ndarray:
        """Returns the sampler's output for one sample, of any size that the sampler takes.

        It does not depend on what else is made, to the bit, and on TensorFlow and PyTorch another size takes no
        compiling.

        Args:
            inputs: of the sampler in their order, `(1, ...)` each.

        Returns:
            `(1, ...)`, not rendered.
        """
        if getattr(self, "_generate_one", None) is None:
            self._generate_one = self._compiled_sampler([(given.shape, given.dtype) for given in self.sampler.inputs])
        kinds = [keras.backend.standardize_dtype(given.dtype) for given in self.sampler.inputs]
        return _on_host(self._generate_one(*(np.asarray(part, kind) for part, kind in zip(inputs, kinds, strict=True))))

    def _compiled_samplers(self):
        return getattr(self, "_generate", None), getattr(self, "_generate_one", None)

    def _compiled_sampler(self, inputs=None):
        sampler = self.sampler
        return autodiff.compiled(
            lambda *parts: sampler(parts[0] if len(parts) == 1 else list(parts), training=False),
            sampler.variables,
            self._jit,
            inputs,
        )


def _on_host(samples) -> np.ndarray:
    kind = "int32" if "int" in keras.backend.standardize_dtype(samples.dtype) else "float32"
    return ops.convert_to_numpy(ops.cast(samples, kind))
