"""What the core itself brings, registered through the hooks that plugins use. Everything is named by import string."""

from collections.abc import Iterable

from multigan.commands import COMMANDS
from multigan.hookspecs import hookimpl
from multigan.modality import Modality
from multigan.recipe import Command, DataSource, Exporter, load_object

EXPORTERS = (
    Exporter(
        name="keras",
        summary="a .keras file that plain Keras loads, on any backend",
        export="multigan.trained.exporting:export_keras",
        suffix=".keras",
    ),
    Exporter(
        name="savedmodel",
        summary="a TensorFlow SavedModel folder; needs the tensorflow backend",
        export="multigan.trained.exporting:export_savedmodel",
        extra="multigan[tensorflow]",
    ),
    Exporter(
        name="onnx",
        summary="an ONNX file for ONNX Runtime and others",
        export="multigan.trained.exporting:export_onnx",
        suffix=".onnx",
        extra="multigan[onnx]",
    ),
)


DATASETS = (
    DataSource(
        name="digits",
        summary="1,797 handwritten digits, 8 x 8 enlarged to 32 x 32, grey, 10 classes; ships with scikit-learn",
        modality="images",
        load="multigan.modalities.images.digits:load",
        licence="CC BY 4.0 (UCI, Optical Recognition of Handwritten Digits)",
    ),
    DataSource(
        name="photo-patches",
        summary="1,196 patches of 64 x 64 of two photographs, 72 held out; ship with scikit-learn",
        modality="images",
        load="multigan.modalities.images.photo_patches:load",
        licence="CC BY 2.0 (danielbuechele, vultilion; scikit-learn's sample images)",
    ),
    DataSource(
        name="drums",
        summary="2,000 synthesised drum hits of 16,384 samples at 16 kHz, mono: kick, snare, hat, tom, clap",
        modality="audio",
        load="multigan.modalities.audio.drums:load",
    ),
    DataSource(
        name="drums-held-out",
        summary="2,000 other hits of the synthesiser that made the drums, to compare with",
        modality="audio",
        load="multigan.modalities.audio.drums:load_held_out",
    ),
    DataSource(
        name="pydoc",
        summary="about 1,500 English sentences of the documentation that Python brings along",
        modality="text",
        load="multigan.modalities.text.pydoc:load",
        licence="PSF-2.0 (the Python documentation)",
    ),
    DataSource(
        name="oracle",
        summary="10,000 sequences of 20 tokens out of 5,000, by a random LSTM (32 units) that tells their likelihood",
        modality="text",
        load="multigan.modalities.text.oracle:load",
    ),
    DataSource(
        name="oracle-small",
        summary="10,000 sequences of 12 tokens out of 100, by a random LSTM (16 units) that tells their likelihood",
        modality="text",
        load="multigan.modalities.text.oracle:load_small",
    ),
    DataSource(
        name="ring",
        summary="100,000 points of 8 Gaussians on a circle of radius 1, sigma 0.01; the class is the mode",
        modality="points",
        load="multigan.modalities.points.synthetic:ring",
    ),
    DataSource(
        name="grid",
        summary="100,000 points of 25 Gaussians, -4 to 4 in steps of 2, sigma 0.05; the class is the mode",
        modality="points",
        load="multigan.modalities.points.synthetic:grid",
    ),
    DataSource(
        name="swiss-roll",
        summary="100,000 points of a noisy spiral, scaled by 1/7.5 as in arXiv 1704.00028; no classes",
        modality="points",
        load="multigan.modalities.points.synthetic:swiss_roll",
    ),
    DataSource(
        name="moving-digits",
        summary="1,600 clips of digits that move in 8 directions, the classes: 16 frames of 32 x 32, grey, 10 a second",
        modality="clips",
        load="multigan.modalities.clips.moving_digits:load",
        licence="CC BY 4.0 (UCI, Optical Recognition of Handwritten Digits)",
    ),
    DataSource(
        name="moving-digits-held-out",
        summary="1,600 other clips of such digits, to evaluate on",
        modality="clips",
        load="multigan.modalities.clips.moving_digits:load_held_out",
        licence="CC BY 4.0 (UCI, Optical Recognition of Handwritten Digits)",
    ),
)


MODALITIES = (
    "multigan.modalities.images:MODALITY",
    "multigan.modalities.points:MODALITY",
    "multigan.modalities.audio:MODALITY",
    "multigan.modalities.text:MODALITY",
    "multigan.modalities.clips:MODALITY",
)


@hookimpl
def register_modalities() -> Iterable[Modality]:
    """The kinds of samples that every installation knows."""
    return tuple(map(load_object, MODALITIES))


@hookimpl
def register_datasets() -> Iterable[DataSource]:
    """The sets that every installation has."""
    return DATASETS


@hookimpl
def register_exporters() -> Iterable[Exporter]:
    """Formats that the engine can write."""
    return EXPORTERS


@hookimpl
def register_commands() -> Iterable[Command]:
    """The command line's own commands, so that no plugin can take their names."""
    for name, (command, summary) in COMMANDS.items():
        yield Command(name=name, summary=summary, command=command)
