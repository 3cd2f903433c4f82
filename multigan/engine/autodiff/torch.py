"""PyTorch: `torch.autograd.grad`, eager."""

import keras
import torch
from keras import ops

from multigan.engine.autodiff.apart import agreed, join, leave
from multigan.engine.autodiff.scope import Recorder

__all__ = [
    "Adam",
    "accelerators",
    "agreed",
    "compiled",
    "input_grad",
    "join",
    "leave",
    "normalized",
    "settle",
    "value_and_grad",
    "without_grad",
]


# Keras has a form of its own for PyTorch, for all variables at once, which a subclass would lose.
Adam = keras.optimizers.Adam


def value_and_grad(loss, variables):
    """See the package's docstring."""
    sources = [variable.value for variable in variables]
    with torch.enable_grad(), Recorder() as scope:
        value, aux = loss()
    if value.requires_grad:
        gradients = torch.autograd.grad(value, sources, allow_unused=True)
    else:
        gradients = [None] * len(sources)
    gradients = [torch.zeros_like(s) if g is None else g for s, g in zip(sources, gradients, strict=True)]
    return (value, aux), gradients, [(variable, scope.value_of(variable).detach()) for variable in scope.updated]


def input_grad(function, inputs):
    """See the package's docstring."""
    with torch.enable_grad():
        # Inputs that come from a network stay connected to it; plain data becomes a leaf of its own.
        if not inputs.requires_grad:
            inputs = inputs.detach().requires_grad_()
        outputs = function(inputs)
        if not outputs.requires_grad:
            return torch.zeros_like(inputs)
        (gradient,) = torch.autograd.grad(outputs.sum(), [inputs], create_graph=True, allow_unused=True)
        return torch.zeros_like(inputs) if gradient is None else gradient


def compiled(function, variables, jit, inputs=None, shared=False):
    """See the package's docstring; PyTorch runs eagerly, so `jit` changes nothing here."""
    del variables, jit, inputs, shared

    def call(*arrays):
        with torch.no_grad():
            return function(*[_on_device(array) for array in arrays])

    return call


def without_grad():
    """See the package's docstring."""
    return torch.no_grad()


def _on_device(array):
    if isinstance(array, dict):
        return {key: ops.convert_to_tensor(value) for key, value in array.items()}
    return ops.convert_to_tensor(array)


def settle():
    """See the package's docstring."""
    torch.set_default_dtype(torch.float32)


def accelerators():
    """See the package's docstring."""
    return [torch.cuda.get_device_name(index) for index in range(torch.cuda.device_count())]


def normalized(inputs, gamma, beta, epsilon):
    """See the package's docstring."""
    mean, variance = torch.zeros_like(gamma), torch.zeros_like(gamma)
    channels_first = inputs.permute(0, 3, 1, 2)
    # With momentum 1 the running statistics become the batch's, with Bessel's correction.
    outputs = torch.nn.functional.batch_norm(channels_first, mean, variance, gamma, beta, True, 1.0, epsilon)
    count = inputs.numel() / inputs.shape[3]
    return outputs.permute(0, 2, 3, 1), mean, variance * (count - 1.0) / count
