"""Data for training: from what the user names (`--data`) to batches, validated before the first step."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from multigan.data.whose import instead, modality_of
from multigan.errors import DataError
from multigan.modality import data_options, find_modality
from multigan.recipe import DataInfo, DataSource

if TYPE_CHECKING:
    import numpy

    from multigan.data.source import Source

__all__ = ["batches", "data_options", "describe_source", "modality_of", "open_source"]


def open_source(
    spec: str,
    modality: str,
    options: Mapping[str, Any],
    datasets: Mapping[str, DataSource],
    progress: Callable[[int, int], None] | None = None,
) -> Source:
    """Opens and validates the data that `spec` names.

    Args:
        spec: a registered data set's name, a path, `hf:NAME` or `tfds:NAME`.
        modality: what the recipe trains on, e.g. `"images"`.
        options: values of `data_options(modality)`; what is missing has its default.
        datasets: the registered data sets by name.
        progress: called with (done, total) while every file is decoded once.

    Returns:
        A random-access source of records `{field: sample, "label": int32 (), "condition": float32 (k,)}`, label and
        condition where the data has them. The field, `source.field`, is the modality's: `"image"`, float32 `(h, w, c)`
        in [-1, 1]; `"point"`, float32 `(d,)`; `"audio"`, float32 `(length, channels)` in [-1, 1]; `"text"`, int32
        `(length,)`; or what a plugin's modality has.

    Raises:
        DataError: nothing there, nothing in it, or more unreadable samples than the option `skip_bad` allows.
        UsageError: an option or a modality that is not known.
    """
    try:
        return find_modality(modality).load("open")(spec, options, datasets, progress)
    except DataError as error:
        error.args = (f"{error}{instead(spec, modality, options, datasets, str(error))}",)
        raise


def describe_source(source: Source) -> DataInfo:
    """Returns what a game is told of a source, and run.toml keeps."""
    path = Path(source.name)
    return DataInfo(
        # A path's last part: run.toml's settings hold the whole, and a report that is sent on needs no more.
        name=path.name if path.is_absolute() else source.name,
        shape=tuple(source.shape),
        count=len(source),
        classes=tuple(source.classes),
        fingerprint=source.fingerprint,
        condition=getattr(source, "condition", 0),
        field=source.field,
        facts=dict(getattr(source, "facts", {})),
        beside=tuple(getattr(source, "beside", ())),
    )


def batches(
    source: Source,
    batch_size: int,
    seed: int,
    start: int = 0,
    threads: int | None = None,
    share: tuple[int, int] = (0, 1),
) -> Iterator[dict[str, numpy.ndarray]]:
    """Returns an endless iterator of batches, shuffled anew in every epoch.

    Batch number n depends on the source, `batch_size` and `seed` only: with `start=k` the iterator begins at
    batch k, exactly as one that has already given k batches would go on, and reads none of them.

    Args:
        source: what `open_source` returned.
        batch_size: samples in a batch; an epoch's remainder goes into a batch with the next epoch's first samples.
        seed: of the shuffling and of random crops and flips; a whole number from 0.
        start: how many batches to leave out.
        threads: that prepare batches ahead of time; by default few, so that training keeps the CPU.
        share: which of how many parts of each batch: `(1, 4)` is the second quarter of its rows. All parts together
            are the batch.

    Raises:
        DataError: the source holds fewer samples than a batch.
    """
    from multigan.backend import quiet_libraries

    with quiet_libraries():  # Grain complains of JAX where there is none, and needs none
        from multigan.data.pipeline import grain_batches

    return grain_batches(source, batch_size, seed, start, threads, share)
