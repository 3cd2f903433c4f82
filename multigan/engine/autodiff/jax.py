"""JAX: the ordinary stateful code runs inside a recorder that holds the state as tracers."""

import contextlib

import jax
import keras

from multigan.engine.autodiff.scope import Recorder

__all__ = ["Adam", "accelerators", "compiled", "input_grad", "normalized", "settle", "value_and_grad", "without_grad"]


# XLA fuses the single operations itself.
Adam = keras.optimizers.Adam


def value_and_grad(loss, variables):
    """See the package's docstring."""
    updated = []

    def pure(values):
        with Recorder(zip(variables, values, strict=True)) as scope:
            value, aux = loss()
        updated[:] = scope.updated
        # Side effects leave the differentiated function as its output: left in a variable, they would be leaked
        # tracers.
        return value, (aux, [scope.value_of(variable) for variable in updated])

    (value, (aux, values)), gradients = jax.value_and_grad(pure, has_aux=True)(
        [variable.value for variable in variables]
    )
    return (value, aux), gradients, list(zip(updated, values, strict=True))


def input_grad(function, inputs):
    """See the package's docstring."""
    updated = []

    def total(inputs):
        with Recorder() as scope:
            value = function(inputs).sum()
        updated[:] = scope.updated
        return value, [scope.value_of(variable) for variable in updated]

    gradient, values = jax.grad(total, has_aux=True)(inputs)
    for variable, value in zip(updated, values, strict=True):
        variable.assign(value)
    return gradient


def compiled(function, variables, jit, inputs=None):
    """See the package's docstring; `jit` False runs operation by operation.

    Raises:
        ValueError: `function` assigns a variable that is not among `variables`; on JAX its new value would be lost.
    """
    del inputs  # JAX compiles each size
    known = {id(variable) for variable in variables}

    def pure(state, arrays):
        with Recorder(zip(variables, state, strict=True)) as scope:
            outputs = function(*arrays)
        for variable in scope.updated:
            if id(variable) not in known:
                raise ValueError(f"{variable.path}: updated but not tracked; make it an attribute of the game")
        return outputs, [scope.value_of(variable) for variable in variables]

    # The old state is donated: its memory becomes the new state's.
    run = jax.jit(pure, donate_argnums=0) if jit else pure

    def call(*arrays):
        outputs, state = run([variable.value for variable in variables], arrays)
        for variable, value in zip(variables, state, strict=True):
            variable.assign(value)
        return outputs

    return call


def without_grad():
    """See the package's docstring: JAX differentiates only what it is asked to."""
    return contextlib.nullcontext()


def settle():
    """See the package's docstring."""
    jax.config.update("jax_enable_x64", False)


def accelerators():
    """See the package's docstring."""
    return [str(device) for device in jax.devices() if device.platform != "cpu"]


def normalized(inputs, gamma, beta, epsilon):
    """See the package's docstring."""
    # XLA fuses the single operations itself.
    mean, variance = inputs.mean((0, 1, 2)), inputs.var((0, 1, 2))
    scale = gamma * jax.lax.rsqrt(variance + epsilon)
    return inputs * scale + (beta - mean * scale), mean, variance
