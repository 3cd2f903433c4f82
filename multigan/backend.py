"""Chooses the backend and the device before Keras is imported; imports no framework until it is told to."""

import contextlib
import importlib.util
import os
import sys
import tempfile
import warnings
from collections.abc import Callable

from multigan.environment import ignore_switches
from multigan.errors import UsageError
from multigan.recipe import suggest

__all__ = ["BACKENDS", "choose_backend", "quiet_libraries", "running_backend", "start_any_backend", "start_backend"]

BACKENDS = ("tensorflow", "jax", "torch")


def choose_backend(wanted: str | None = None) -> str:
    """Returns the backend to use: the wanted one, or the first of TensorFlow, JAX and PyTorch that is installed.

    Raises:
        UsageError: an unknown name, or a backend that is not installed; says what to install.
    """
    if wanted and wanted not in BACKENDS:
        raise UsageError(f"backend {wanted}: not one of {', '.join(BACKENDS)}{suggest(wanted, BACKENDS)}")
    for name in [wanted] if wanted else BACKENDS:
        if importlib.util.find_spec(name) is not None:
            return name
    asked = f"the backend {wanted} is" if wanted else "no backend is"
    raise UsageError(f'{asked} not installed; install one with: pip install "multigan[{wanted or "tensorflow"}]"')


def running_backend() -> str | None:
    """Returns the backend that Keras runs on in this process, for as long as that lives; None while there is none."""
    return sys.modules["keras"].backend.backend() if "keras" in sys.modules else None


def start_backend(
    backend: str,
    device: str | None = None,
    precision: str = "float32",
    join: Callable[[], None] | None = None,
    look: bool = True,
) -> str:
    """Imports Keras on a backend and returns the device that it will use, "cpu" or "gpu".

    Number formats, the order of an image's axes and the other things that Keras and its backends take from files and
    variables of their own are what multigan stands on afterwards, whatever these say.

    Args:
        backend: one of `BACKENDS`.
        device: "cpu", "gpu", or None for a GPU where there is one.
        precision: "float32", or "bf16" for bfloat16 arithmetic with float32 weights.
        join: makes the backend one with other processes', which must be done before anybody looks at devices.
        look: False leaves the devices alone, for a process that will join later, or that trains nothing itself; what is
            returned tells nothing then.

    Raises:
        UsageError: a GPU is asked for and the backend sees none, Keras already runs on another backend, or its
            keras.json cannot be used.
    """
    running = running_backend()
    if running and running != backend:
        raise UsageError(f"Keras already runs on {running}; start a new process for {backend}")
    os.environ["KERAS_BACKEND"] = backend
    if device == "cpu":
        # Every backend honours one of these two; hiding the GPUs also keeps their start-up time and memory away.
        os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
        os.environ["JAX_PLATFORMS"] = "cpu"
    ignore_switches(os.environ)
    with quiet_libraries():
        keras = _import_keras()
        _stand_on(keras, precision)

        from multigan.engine import autodiff

        autodiff.settle()
        if join:
            join()
        if not look:
            return "cpu"
        found = autodiff.accelerators()
    if device == "gpu" and not found:
        extra = f"{backend}-cuda" if backend != "torch" else "torch"
        raise UsageError(
            f'--device gpu: {backend} sees no GPU here; check nvidia-smi and: pip install "multigan[{extra}]"'
        )
    return "gpu" if found else "cpu"


def start_any_backend() -> str:
    """Like `start_backend`, on the backend that runs already, or that KERAS_BACKEND names, or the first installed."""
    return start_backend(running_backend() or choose_backend(os.environ.get("KERAS_BACKEND")))


def _import_keras():
    try:
        import keras
    except Exception as error:
        frame = error.__traceback__
        while frame.tb_next is not None:
            frame = frame.tb_next
        # Keras reads its file while it is imported; an error there says what is wrong, but not in which file.
        path = frame.tb_frame.f_globals.get("_config_path")
        if path is None:
            raise
        raise UsageError(
            f"{path}: Keras cannot use it ({type(error).__name__}: {error}); mend or delete it, or set KERAS_HOME to "
            "another folder"
        ) from error
    return keras


def _stand_on(keras, precision: str) -> None:
    """Sets what keras.json or a plugin may have set otherwise."""
    keras.config.set_floatx("float32")
    keras.config.set_epsilon(1e-7)
    keras.config.set_image_data_format("channels_last")
    keras.config.set_max_epochs(None)
    keras.config.set_max_steps_per_epoch(None)
    keras.config.set_dtype_policy("mixed_bfloat16" if precision == "bf16" else "float32")


@contextlib.contextmanager
def quiet_libraries():
    """Holds back what libraries print on stderr and warn about while it is open; shows it when an error leaves it."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    sys.stderr.flush()
    kept = os.dup(2)
    with tempfile.TemporaryFile() as aside, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        os.dup2(aside.fileno(), 2)
        try:
            yield
        except BaseException:
            os.dup2(kept, 2)
            aside.seek(0)
            sys.stderr.write(aside.read().decode(errors="replace"))
            raise
        finally:
            os.dup2(kept, 2)
            os.close(kept)
