"""What every run can be told, whatever its recipe: the settings, their defaults and bounds. Imports no framework."""

from multigan.backend import BACKENDS
from multigan.recipe import Option

__all__ = ["SETTINGS"]

SETTINGS = {
    "data": Option(
        default="", help="a folder, zip, npz, npy, csv, txt or IDX file, a data set's name, hf:NAME or tfds:NAME"
    ),
    "steps": Option(default=1000, minimum=1, help="train up to this step; with --resume the new total"),
    "batch_size": Option(default=64, minimum=1, help="samples in a batch"),
    "seed": Option(default=0, minimum=0, maximum=2**31 - 1, help="of weights, draws and data order"),
    "backend": Option(default="", choices=("", *BACKENDS), help="tensorflow, jax or torch; the first installed one"),
    "device": Option(default="", choices=("", "cpu", "gpu"), help="cpu or gpu; a gpu where there is one"),
    "precision": Option(default="float32", choices=("float32", "bf16"), help="float32, or bf16 with float32 weights"),
    "jit": Option(
        default="auto", choices=("auto", "on", "off"), help="XLA; auto: always on JAX, on TensorFlow on a gpu"
    ),
    "log_every": Option(default=50, minimum=1, help="steps between log lines"),
    "sample_every": Option(default=250, minimum=1, help="steps between sample grids"),
    "checkpoint_every": Option(default=250, minimum=1, help="steps between checkpoints"),
    "keep_checkpoints": Option(default=3, minimum=1, help="how many of the newest checkpoints are kept"),
    "keep_best": Option(default="", help="score every checkpoint by this metric and keep the best one"),
    "best_count": Option(default=1000, minimum=8, help="samples that such a score takes, real and generated"),
    "patience": Option(
        default=0, minimum=0, help="with --keep-best: stop after so many scores without a better one; 0: never"
    ),
    "recover": Option(
        default=0,
        minimum=0,
        help="how often a value that is not finite sends the run back to its last checkpoint, with half the learning "
        "rates",
    ),
    "workers": Option(
        default=1,
        minimum=1,
        help="processes that train the run together, on JAX: each computes its share of every batch",
    ),
    "worker_timeout": Option(
        default=60.0, minimum=1, help="seconds of silence after which a worker is given up, and the run with it"
    ),
    "ray": Option(
        default="",
        help="address of a Ray cluster that the workers are placed on: auto, or HOST:PORT of its head node",
    ),
    "ray_restarts": Option(
        default=3, minimum=0, help="how often a run on Ray is started again from its last checkpoint after a loss"
    ),
    "ray_timeout": Option(default=300.0, minimum=1, help="seconds that the cluster has to make room for the workers"),
    "max_minutes": Option(default=0.0, minimum=0, help="stop in good order after so many minutes; 0: never"),
}
