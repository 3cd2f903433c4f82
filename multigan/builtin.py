"""What the core itself brings, registered through the hooks that plugins use. Everything is named by import string."""

from collections.abc import Iterable

from multigan.commands import COMMANDS
from multigan.hookspecs import hookimpl
from multigan.recipe import Command, DataSource, Exporter, Metric

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
    for name, (command, summary) in COMMANDS.items():
        yield Command(name=name, summary=summary, command=command)
