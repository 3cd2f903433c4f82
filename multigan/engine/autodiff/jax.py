"""JAX: the ordinary stateful code runs inside a recorder that holds the state as tracers."""

import contextlib
import os

import jax
import keras
import numpy as np
from jax.experimental import multihost_utils
from jax.sharding import Mesh, NamedSharding, PartitionSpec

from multigan.engine.autodiff.scope import Recorder
from multigan.errors import RunFailedError

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


# XLA fuses the single operations itself.
Adam = keras.optimizers.Adam
# Seconds after which JAX gives up a process that is not heard of, and waits for others at the end.
HEARTBEAT = 600
PARTING = 20
# What Keras draws by.
DRAWS = ("normal", "truncated_normal", "uniform", "bernoulli", "randint", "categorical", "gamma", "beta")


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


def join(address, process, count):
    """See the package's docstring.

    Raises:
        RuntimeError: JAX has computed something already, or the others do not come within five minutes.
        RunFailedError: JAX did not make one of them, and each would train a model of its own.
    """
    if hasattr(os, "SCHED_BATCH"):
        # Gloo's thread asks again and again for a lock that a computing thread holds while it sends. Woken up, it would
        # take that thread's core, and ask for as long as it may keep it. No thread of this kind takes a core.
        with contextlib.suppress(OSError):  # where that is forbidden it is only slower
            os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))
    # On a CPU; between GPUs NCCL does it. What begins with 127. is nobody else's.
    jax.config.update("jax_cpu_collectives_implementation", "gloo")
    # It would take SIGTERM for itself, and tell nobody who does not ask it.
    jax.config.update("jax_enable_preemption_service", False)
    host, _, port = address.rpartition(":")
    jax.distributed.initialize(
        address,
        count,
        process,
        cluster_detection_method="deactivate",
        coordinator_bind_address=f"{host if host.startswith('127.') else '0.0.0.0'}:{port}",
        # Who watches the processes says what happened and how to go on; JAX, which only aborts, is to come later.
        heartbeat_timeout_seconds=HEARTBEAT,
        shutdown_timeout_seconds=PARTING,
    )
    if (found := jax.process_count()) != count:
        raise RunFailedError(
            f"worker {process}: JAX counts {found} processes, and not {count}: each would train a model of its own; "
            "see that all of them have the same jax, and that nothing starts it before multigan does"
        )


def leave():
    """See the package's docstring."""
    jax.distributed.shutdown()


def agreed(arrays):
    """See the package's docstring."""
    arrays = [np.asarray(array) for array in arrays]
    if jax.process_count() == 1:
        return arrays
    # As bytes: a sum of floats, which is how they travel, would turn -0 into 0.
    sent = np.frombuffer(b"".join(array.tobytes() for array in arrays), np.uint8)
    got, found, begin = np.asarray(multihost_utils.broadcast_one_to_all(sent)).tobytes(), [], 0
    for array in arrays:
        found.append(np.frombuffer(got, array.dtype, array.size, begin).reshape(array.shape))
        begin += array.nbytes
    return found


def compiled(function, variables, jit, inputs=None, shared=False):
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
    if shared and jax.process_count() > 1:
        run = _together(pure)

    def call(*arrays):
        outputs, state = run([variable.value for variable in variables], arrays)
        for variable, value in zip(variables, state, strict=True):
            variable.assign(value)
        return outputs

    return call


def _together(pure, devices=None):
    """Returns `pure` as one program of all processes, the first device of each; or of these devices.

    Its state is the same in all of them, and what goes in and comes out is a process's own: outside of this nothing
    knows of the others.
    """
    first = {device.process_index: device for device in reversed(jax.devices())}
    mesh = Mesh(np.array(devices or [first[process] for process in sorted(first)]), ("batch",))
    same, rows = NamedSharding(mesh, PartitionSpec()), NamedSharding(mesh, PartitionSpec("batch"))

    def dealt(state, arrays):
        with _dealt_draws(rows, {array.shape[0] for array in jax.tree.leaves(arrays)}):
            return pure(state, arrays)

    program = jax.jit(dealt, donate_argnums=0, in_shardings=(same, rows), out_shardings=same)

    def everywhere(value):
        return jax.make_array_from_single_device_arrays(value.shape, same, [value])

    def run(state, arrays):
        arrays = jax.tree.map(lambda array: jax.make_array_from_process_local_data(rows, np.asarray(array)), arrays)
        return jax.tree.map(lambda value: value.addressable_data(0), program(list(map(everywhere, state)), arrays))

    return run


@contextlib.contextmanager
def _dealt_draws(rows, counts):
    """While a program is traced, draws of as many rows as a batch has are dealt out as its rows are.

    Nothing else would divide them: each process would draw the whole batch's latents, and compute whatever follows from
    them for all of it. The values are those of one process (`jax_threefry_partitionable`).
    """

    def dealt(draw):
        def call(*arguments, **keywords):
            drawn = draw(*arguments, **keywords)
            whole = drawn.ndim and drawn.shape[0] in counts
            return jax.lax.with_sharding_constraint(drawn, rows) if whole else drawn

        return call

    kept = {name: getattr(jax.random, name) for name in DRAWS}
    for name, draw in kept.items():
        setattr(jax.random, name, dealt(draw))
    try:
        yield
    finally:
        for name, draw in kept.items():
            setattr(jax.random, name, draw)


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
