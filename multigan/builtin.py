"""What the core itself brings, registered through the hooks that plugins use. Everything is named by import string."""

from collections.abc import Iterable

from multigan.hookspecs import hookimpl
from multigan.recipe import Command, DataSource, Exporter, Metric

__all__ = ["COMMANDS"]

# `multigan --help` prints these summaries without importing the modules; each repeats its command's own first line.
COMMANDS = (
    Command(name="run", summary="Train a recipe, or go on with a run.", command="multigan.cli.run:run"),
    Command(name="sample", summary="Draw samples from a trained run.", command="multigan.cli.sample:sample"),
    Command(name="evaluate", summary="Score a run with its metrics.", command="multigan.cli.evaluate:evaluate"),
    Command(name="export", summary="Write a trained generator for other tools.", command="multigan.cli.export:export"),
    Command(name="data", summary="Look at data before training on them.", command="multigan.cli.data:data"),
    Command(name="recipes", summary="List the recipes, or tell all about one.", command="multigan.cli.recipes:recipes"),
    Command(name="plugins", summary="List the plugins and how they are.", command="multigan.cli.plugins:plugins"),
)

EXPORTERS = (
    Exporter(
        name="keras",
        summary="a .keras file that plain Keras loads, on any backend",
        export="multigan.training.exporters:export_keras",
        suffix=".keras",
    ),
    Exporter(
        name="savedmodel",
        summary="a TensorFlow SavedModel folder; needs the tensorflow backend",
        export="multigan.training.exporters:export_savedmodel",
        extra="multigan[tensorflow]",
    ),
    Exporter(
        name="onnx",
        summary="an ONNX file for ONNX Runtime and others",
        export="multigan.training.exporters:export_onnx",
        suffix=".onnx",
        extra="multigan[onnx]",
    ),
)


@hookimpl
def register_datasets() -> Iterable[DataSource]:
    """The set that every installation has."""
    yield DataSource(
        name="digits",
        summary="1,797 handwritten digits, 8 x 8 enlarged to 32 x 32, grey, 10 classes; ships with scikit-learn",
        modality="images",
        load="multigan.data.digits:load",
        licence="CC BY 4.0 (UCI, Optical Recognition of Handwritten Digits)",
    )


@hookimpl
def register_metrics() -> Iterable[Metric]:
    """The metrics of multigan.metrics."""
    from multigan.metrics import METRICS

    return METRICS


@hookimpl
def register_exporters() -> Iterable[Exporter]:
    """Formats that the engine can write."""
    return EXPORTERS


@hookimpl
def register_commands() -> Iterable[Command]:
    """The command line's own commands, so that no plugin can take their names."""
    return COMMANDS
