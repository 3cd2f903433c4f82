"""The floating point operations of one DCGAN step, in closed form from the layers' shapes.

The rule: a multiplication and an addition are two operations; convolutions and dense layers count, and nothing else
(batch norm, activations, losses and Adam do not). A layer's forward pass, its gradient with respect to its weights
and its gradient with respect to its inputs cost the same. Gradients that no update needs are not counted: those of
the layers' inputs at a network's own input, and the discriminator's weights in the generator's turn.
"""

from typing import NamedTuple

from dcgan_step.setup import Setup

__all__ = ["Layer", "discriminator_layers", "generator_layers", "parameters", "step_flops"]

KERNEL = 4


class Layer(NamedTuple):
    """A dense layer, or a convolution of kernel 4 and stride 2, transposed or not.

    Args:
        side: of the smaller of the convolution's maps; 0 for a dense layer.
        inputs, outputs: channels or features.
        batch_norm: whether one follows.
    """

    side: int
    inputs: int
    outputs: int
    batch_norm: bool

    def flops(self, batch: int, padding: bool) -> int:
        """Of one pass. `padding`: whether taps that fall on the zeros around the larger map count, as is usual."""
        # Padding 1 on both sides: the first and the last position lose one tap of four each.
        taps = 1 if not self.side else (KERNEL * self.side - (0 if padding else 2)) ** 2
        return 2 * batch * taps * self.inputs * self.outputs

    @property
    def parameters(self) -> int:
        """Trainable parameters, batch norm's after it included."""
        channels = self.outputs if self.side else self.outputs // 16
        return (KERNEL**2 if self.side else 1) * self.inputs * self.outputs + 2 * channels * self.batch_norm


def generator_layers(setup: Setup) -> list[Layer]:
    """The generator's layers with weights, from z to the image."""
    layers = [Layer(0, setup.latent_dim, 16 * setup.hidden[0][1], True)]
    for (side, inputs), (_, outputs) in zip(setup.hidden, setup.hidden[1:], strict=False):
        layers.append(Layer(side, inputs, outputs, True))
    side, inputs = setup.hidden[-1]
    return [*layers, Layer(side, inputs, setup.channels, False)]


def discriminator_layers(setup: Setup) -> list[Layer]:
    """The discriminator's layers with weights, from the image to the logit."""
    layers, inputs = [], setup.channels
    for side, outputs in reversed(setup.hidden):
        layers.append(Layer(side, inputs, outputs, bool(layers)))
        inputs = outputs
    return [*layers, Layer(0, 16 * inputs, 1, False)]


def parameters(setup: Setup) -> dict[str, int]:
    """Trainable parameters by player."""
    return {
        "generator": sum(layer.parameters for layer in generator_layers(setup)),
        "discriminator": sum(layer.parameters for layer in discriminator_layers(setup)),
    }


def step_flops(setup: Setup, shared_fake: bool = False, padding: bool = True) -> int:
    """The operations of a discriminator's update and a generator's.

    Args:
        setup: the sizes.
        shared_fake: one generated batch serves both updates, so that the generator runs once, not twice.
        padding: count the taps that fall on padding.
    """
    generator = [layer.flops(setup.batch_size, padding) for layer in generator_layers(setup)]
    discriminator = [layer.flops(setup.batch_size, padding) for layer in discriminator_layers(setup)]
    g, d = sum(generator), sum(discriminator)
    # Real and generated images forward; gradients to weights everywhere, to inputs everywhere but at the images.
    discriminator_turn = 2 * (d + d + (d - discriminator[0]))
    # Forward through both; back through the discriminator's inputs; the generator's weights, and inputs except z.
    generator_turn = (g + d) + d + g + (g - generator[0])
    return discriminator_turn + generator_turn + (0 if shared_fake else g)
