"""The discriminator of texts: convolutions of many widths, the largest value of each over time, one highway layer."""

import keras
from keras import initializers, ops

__all__ = ["KERNELS", "TextDiscriminator"]

# Width: filters, of the reference.
KERNELS = {
    1: 100, 2: 200, 3: 200, 4: 200, 5: 200, 6: 100, 7: 100, 8: 100, 9: 100, 10: 100, 15: 160, 20: 160,
}  # fmt: skip
# What a window that does not count has, below all that a convolution gives.
LOWEST = -1e4
# Of the highway's gate, so that at first most features pass as they are.
GATE = -2.0


class TextDiscriminator(keras.layers.Layer):
    """Scores texts: ids `(n, length)`, or weights over the vocabulary `(n, length, vocabulary)`, to logits `(n,)`.

    Only what counts is seen: a window takes part when it lies within the text; of a text that is shorter than the
    window, it is one that is filled up with zeros. So what stands behind the end changes nothing.

    Args:
        vocabulary, length: of the texts.
        embedding: size.
        filters: scales the reference's numbers of filters, 1,720 in all; widths over `length` are left out.
        dropout: share of the features that is dropped, where a seed is given.
        bias: whether scores have one; for losses of differences between scores it means nothing.

    Reference: Yu et al., 2017, arXiv 1609.05473; the convolutions: Kim, 2014, arXiv 1408.5882; the highway layer:
        Srivastava et al., 2015, arXiv 1505.00387.
    """

    def __init__(
        self,
        vocabulary: int,
        length: int,
        embedding: int = 64,
        filters: float = 1.0,
        dropout: float = 0.25,
        bias: bool = True,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.length, self.dropout = length, dropout
        kernels = {width: max(1, round(filters * count)) for width, count in KERNELS.items() if width <= length}
        features = sum(kernels.values())

        def weight(name, shape, initializer):
            return self.add_weight(shape=shape, initializer=initializer, name=name)

        self.table = weight("table", (vocabulary, embedding), initializers.RandomUniform(-1.0, 1.0))
        self.convolutions = [
            weight(f"convolution_{width}", (width, embedding, count), initializers.TruncatedNormal(stddev=0.1))
            for width, count in kernels.items()
        ]
        self.bias = weight("bias", (features,), initializers.Constant(0.1))
        self.highway = weight("highway", (features, 2 * features), "glorot_uniform")
        self.highway_bias = weight("highway_bias", (2 * features,), "zeros")
        self.output_kernel = weight("output_kernel", (features, 1), initializers.TruncatedNormal(stddev=0.1))
        self.output_bias = weight("output_bias", (1,), initializers.Constant(0.1)) if bias else None
        self.built = True

    def call(self, texts, counts=None, seed=None):
        """Scores texts; `counts`, bool `(n, length)`, says which do, None: all; with a seed it drops features."""
        seen = self.embed(texts, counts)
        return self.judge([self.pool(kernel, seen, counts) for kernel in self.convolutions], seed)

    def compute_output_shape(self, texts, *others):
        """One score a text."""
        return texts[:1]

    def embed(self, texts, counts):
        """Embeds texts, `(n, length, embedding)`, with zeros where nothing counts."""
        if "int" in keras.backend.standardize_dtype(texts.dtype):
            seen = ops.take(self.table, texts, axis=0)
        else:
            seen = ops.matmul(texts, self.table)
        return seen if counts is None else seen * ops.cast(counts, seen.dtype)[:, :, None]

    def pool(self, kernel, seen, counts):
        """The largest value of each filter of one width over the windows that count, `(n, filters)`."""
        return ops.max(self.windows(kernel, seen, counts), axis=1)

    def windows(self, kernel, seen, counts, first: int = 0):
        """The values of one width's filters in the windows from `first` on, `(n, windows, filters)`; `LOWEST` in those
        that do not count.
        """
        width, embedding, filters = kernel.shape
        seen = seen[:, first:]
        if seen.shape[1] == width:
            # One window: a product of matrices, which takes a third of the time of the convolution that it is.
            flat = ops.reshape(seen, (-1, width * embedding))
            values = ops.matmul(flat, ops.reshape(kernel, (-1, filters)))[:, None]
        else:
            values = ops.conv(seen, kernel, padding="valid")
        if counts is None:
            return values
        # Of a text that is shorter than the window, one counts.
        whole = ops.maximum(ops.sum(ops.cast(counts, "int32"), axis=1) - width + 1, 1)
        inside = ops.arange(first, first + values.shape[1], dtype="int32")[None] < whole[:, None]
        return ops.where(inside[:, :, None], values, ops.cast(LOWEST, values.dtype))

    def judge(self, pooled, seed=None):
        """Scores `(n,)` from what `pool` gave for each width."""
        # The bias and the nonlinearity are the same before the largest value is taken, and cost a window each there.
        features = ops.relu(ops.concatenate(pooled, axis=-1) + self.bias)
        new, gate = ops.split(ops.matmul(features, self.highway) + self.highway_bias, 2, axis=-1)
        gate = ops.sigmoid(gate + GATE)
        features = gate * ops.relu(new) + (1.0 - gate) * features
        if seed is not None and self.dropout:
            features = keras.random.dropout(features, self.dropout, seed=seed)
        scores = ops.matmul(features, self.output_kernel)
        if self.output_bias is not None:
            scores = scores + self.output_bias
        return ops.cast(scores[:, 0], "float32")

    def weight_decay(self):
        """Half the squared norm of the output layer, whose share in the loss keeps scores small."""
        weights = (self.output_kernel,) if self.output_bias is None else (self.output_kernel, self.output_bias)
        return 0.5 * sum(ops.sum(ops.square(part)) for part in weights)
