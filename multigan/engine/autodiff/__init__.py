"""Differentiation and compilation, the only code that differs between backends.

Each backend module has the same names:

- `value_and_grad(loss, variables)`: `loss()` returns `(scalar, aux)`; returns `(scalar, aux), gradients, updates`,
  where `updates` is a list of `(variable, value)` that the loss would have assigned. Nothing is assigned. A variable
  that the loss does not depend on has a gradient of zeros.
- `input_grad(function, inputs)`: the gradient of `sum(function(inputs))` with respect to the inputs, differentiable
  again.
- `compiled(function, variables, jit, inputs, shared)`: `function(*arrays)` compiled, where it reads and assigns only
  `variables`. `inputs` are the arrays' `(shape, dtype)`, with None for lengths that differ from call to call; or None.
  `shared`: processes that have joined run it together. Each gives its own rows of the arrays, on their first axis, and
  `function` sees all of them: a mean, a gradient or a draw is that of the whole batch. All get all outputs.
- `join(address, process, count)`: joins `count` processes, of which this is number `process`; `address` is where the
  first of them listens. Before anything else is computed.
- `leave()`: parts in good order; waits for the others.
- `agreed(arrays)`: the first process's arrays, on the host and to the bit, in each of those that have joined.
- `without_grad()`: a context in which nothing is recorded for differentiation.
- `normalized(inputs, gamma, beta, epsilon)`: images `(batch, height, width, channels)` normalised by their own batch
  statistics, by the backend's fused kernel; returns outputs, mean and (biased) variance, each statistic `(channels,)`.
- `Adam`: `keras.optimizers.Adam`, in arguments, variables and results (arXiv 1412.6980), by the backend's fused kernel.
- `settle()`: sets the widths of numbers that all of this stands on, where something else in the process may have set
  others.
- `accelerators()`: the names of the GPUs (or TPUs) that the backend sees.
"""

import importlib

import keras

from multigan.engine.autodiff.scope import Recorder

__all__ = [
    "Adam",
    "Recorder",
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

_backend = importlib.import_module(f"multigan.engine.autodiff.{keras.backend.backend()}")

Adam = _backend.Adam
value_and_grad = _backend.value_and_grad
input_grad = _backend.input_grad
compiled = _backend.compiled
join = _backend.join
leave = _backend.leave
agreed = _backend.agreed
without_grad = _backend.without_grad
normalized = _backend.normalized
accelerators = _backend.accelerators
settle = _backend.settle
