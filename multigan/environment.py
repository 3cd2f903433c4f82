"""The process's environment: the variables that multigan reads, and those of its libraries that would change a run."""

from collections.abc import Iterable, Mapping, MutableMapping

__all__ = ["OPTION_PREFIX", "VARIABLES", "ignore_switches", "near_variable", "noted_switches"]

OPTION_PREFIX = "MULTIGAN_OPTION_"

# Beside a variable for each setting of a run, such as MULTIGAN_STEPS. A run refuses any other that begins so: it would
# be a slip of the pen.
VARIABLES = {
    "MULTIGAN_PLUGIN": "the plugin, when `--plugin` is not given",
    "MULTIGAN_PLUGINS": "only these plugins are loaded: names with commas between; empty: none",
    "MULTIGAN_CACHE": "the folder in which decoded sounds (below `audio`) and lists of many files (`lists`) are kept",
    "MULTIGAN_INCEPTION_WEIGHTS": "the file of torch-fidelity's Inception weights, for the metrics that use them",
}

# What these would change has a setting of multigan's own, or is what a seed or "float32" means.
_IGNORED = (
    "KERAS_MAX_EPOCHS",
    "KERAS_MAX_STEPS_PER_EPOCH",
    "KERAS_TORCH_DEVICE",
    "JAX_DEFAULT_DTYPE_BITS",
    "JAX_DEFAULT_PRNG_IMPL",
    "JAX_ENABLE_CUSTOM_PRNG",
    "JAX_ENABLE_X64",
    "JAX_NUMPY_DTYPE_PROMOTION",
    "JAX_NUMPY_RANK_PROMOTION",
    "JAX_RANDOM_SEED_OFFSET",
    "JAX_THREEFRY_PARTITIONABLE",
    "TF2_BEHAVIOR",
    "TF_ENABLE_AUTO_MIXED_PRECISION",
    "TF_ENABLE_AUTO_MIXED_PRECISION_GRAPH_REWRITE",
)
# What these change is how a float32 is rounded: a user's choice, but the run must tell of it.
_NOTED = (
    "JAX_DEFAULT_MATMUL_PRECISION",
    "NVIDIA_TF32_OVERRIDE",
    "ONEDNN_DEFAULT_FPMATH_MODE",
    "TF_DETERMINISTIC_OPS",
    "TF_ENABLE_ONEDNN_OPTS",
    "TF_SET_ONEDNN_FPMATH_MODE",
    "TF_XLA_FLAGS",
    "TORCH_ALLOW_TF32_CUBLAS_OVERRIDE",
    "XLA_FLAGS",
)


def near_variable(name: str, known: Iterable[str]) -> str:
    """Returns the known variable that one of another name was meant to be, as far as that can be told; or "".

    What all of them begin with is no likeness.
    """
    import difflib  # only errors need it

    rests = {_rest(variable): variable for variable in known}
    close = difflib.get_close_matches(_rest(name), rests, n=1, cutoff=0.7)
    return rests[close[0]] if close else ""


def _rest(variable: str) -> str:
    return variable.removeprefix(OPTION_PREFIX).removeprefix("MULTIGAN_")


def ignore_switches(environ: MutableMapping[str, str]) -> None:
    """Takes out of the environment what would change a run behind the back of its settings; before Keras is imported.

    NNX makes other variables of Keras', on which no compiled turn is written; only its variable wins over keras.json.
    """
    for name in _IGNORED:
        environ.pop(name, None)
    environ["KERAS_NNX_ENABLED"] = "false"


def noted_switches(environ: Mapping[str, str]) -> str:
    """Returns the variables of the backends that are set and change how numbers are rounded, as one writes them; "none"
    where there is none.
    """
    return " ".join(f"{name}={environ[name]}" for name in _NOTED if environ.get(name)) or "none"
