"""multigan: train a GAN on your own images, sounds, texts or animations.

Everything that a plugin needs is here. Names are imported when they are first used, so that `import multigan` costs
nothing and needs no framework.
"""

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # what programs call, for those who check their types
    from multigan.api.saved import SavedRun as SavedRun
    from multigan.api.saved import open as open  # noqa: A004
    from multigan.api.train import train as train
    from multigan.errors import DataError as DataError
    from multigan.errors import MultiganError as MultiganError
    from multigan.errors import RunFailedError as RunFailedError
    from multigan.errors import UsageError as UsageError
    from multigan.sweeps.call import Sweep as Sweep
    from multigan.sweeps.call import sweep as sweep

_HOMES = {
    "multigan.api.saved": ("SavedRun", "open"),
    "multigan.api.train": ("train",),
    "multigan.blocks.condition": ("Condition", "condition_of"),
    "multigan.blocks.networks": (
        "convolutional_critic",
        "convolutional_generator",
        "dense_critic",
        "dense_generator",
        "stage_sizes",
    ),
    "multigan.blocks.options": ("stabiliser_options",),
    "multigan.blocks.patches": ("feature_matching", "patch_critic", "patch_depth", "patch_size"),
    "multigan.blocks.two_player": ("AdversarialGame", "pack"),
    "multigan.cli.shell": ("current_shell",),
    "multigan.data.memory": ("MemorySource",),
    "multigan.data.places": ("find_place",),
    "multigan.errors": ("DataError", "MultiganError", "RunFailedError", "UsageError"),
    "multigan.field": ("Field", "Given", "Kind"),
    "multigan.fields.asked": ("asked_fields", "find_kind"),
    "multigan.fields.columns": ("pictures_of",),
    "multigan.health.gauge": ("Measurement",),
    "multigan.health.illness": ("Course", "Health", "Illness"),
    "multigan.health.lines": ("Seen",),
    "multigan.health.treatments": ("Treatment",),
    "multigan.hookspecs": ("hookimpl",),
    "multigan.modalities.files": ("Files", "check_values", "files_for", "write_array"),
    "multigan.modalities.images.extractors.installed": ("picture_features_installed", "require_picture_features"),
    "multigan.modalities.images.extractors.perceptual": ("perceptual_distance", "picture_features"),
    "multigan.modalities.text.game": ("TextGame",),
    "multigan.modality": ("Modality", "find_modality"),
    "multigan.recipe": ("Command", "DataInfo", "DataSource", "Exporter", "Metric", "Option", "Recipe"),
    "multigan.engine.augment": ("diff_augment",),
    "multigan.engine.autodiff": ("Adam", "accelerators", "input_grad"),
    "multigan.engine.facing": ("Facing",),
    "multigan.engine.game": ("Game",),
    "multigan.engine.layers": (
        "BatchNormalization",
        "InstanceNormalization",
        "LeakyReLU",
        "MinibatchStandardDeviation",
        "SpectralNormalization",
    ),
    "multigan.engine.losses": (
        "ADVERSARIAL_LOSSES",
        "AdversarialLoss",
        "hinge_critic",
        "hinge_generator",
        "least_squares_critic",
        "least_squares_generator",
        "minimax_critic",
        "minimax_generator",
        "non_saturating_critic",
        "non_saturating_generator",
        "relativistic_average_critic",
        "relativistic_average_generator",
        "relativistic_paired_critic",
        "relativistic_paired_generator",
        "wasserstein_critic",
        "wasserstein_generator",
    ),
    "multigan.engine.handed": ("Handed",),
    "multigan.engine.penalties": ("gradient_penalty", "r1", "r2"),
    "multigan.engine.pool": ("ReplayPool",),
    "multigan.engine.following": ("Following", "FollowingRate"),
    "multigan.report.curves": ("health_curves", "loss_curves"),
    "multigan.report.health": ("finding_rows",),
    "multigan.runlog": ("read_run",),
    "multigan.runs": ("RunDirectory",),
    "multigan.schedule": ("Schedule",),
    "multigan.engine.transforms": ("clip_weights",),
    "multigan.engine.turns": ("Phase", "Turn"),
    "multigan.sweeps.call": ("Sweep", "sweep"),
    "multigan.trained.asking": ("ask",),
    "multigan.trained.opening": ("Trained",),
    "multigan.trained.sampling": ("draw",),
}
_HOME_OF = {name: module for module, names in _HOMES.items() for name in names}

__all__ = sorted(_HOME_OF)
__version__ = "0.1.0"


def __getattr__(name):
    if name in _HOME_OF:
        return getattr(importlib.import_module(_HOME_OF[name]), name)
    raise AttributeError(f"module multigan has no attribute {name}")


def __dir__():
    return sorted([*globals(), *__all__])
