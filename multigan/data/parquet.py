"""A folder of Parquet files, of which one column holds encoded samples and another perhaps their classes."""

from __future__ import annotations

import json
import threading
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from multigan.data.collection import Collection, UnreadableError
from multigan.data.labels import check_labels
from multigan.data.naming import printable
from multigan.errors import DataError, UsageError

if TYPE_CHECKING:
    import pyarrow

__all__ = ["SUFFIX", "parquet_collection"]

SUFFIX = ".parquet"
# What a column of classes is called; the first of them that is there.
_LABELS = ("label", "labels", "class", "cls", "target", "fine_label", "coarse_label")
# Bytes of rows that were read and stay in memory.
CACHE_BYTES = 128 << 20
# Rows can only be read many at a time, by groups that whoever wrote the file has chosen. Larger ones are told.
LARGE_GROUP = 16 << 20
# How many columns an error names.
_NAMED = 8


def parquet_collection(
    place: Path, files: Sequence[str], columns: Sequence[str], what: str, max_bytes: int
) -> Collection:
    """Returns the rows of a folder's Parquet files, in the order of the files' names.

    Args:
        place: the folder.
        files: their names, in order.
        columns: what the column of samples may be called; the surest first.
        what: for messages, e.g. `"images"`.
        max_bytes: of one sample; a larger one cannot be read.

    Raises:
        DataError: a file is damaged, has no such column or other columns than the first, or there is no row.
        UsageError: pyarrow is not installed.
    """
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError:
        raise UsageError(f'{place}: Parquet files need pyarrow: pip install "multigan[shards]"') from None
    heads = []
    for name in files:
        try:
            heads.append(parquet.read_metadata(place / name))
        except (pyarrow.ArrowException, OSError) as error:
            raise DataError(f"{place / name}: cannot be read as a Parquet file ({_line(error)}); get it anew") from None
    title = str(place / files[0]) if len(files) == 1 else str(place)
    # A file without a row may have lost the types of its columns.
    held = [(name, head) for name, head in zip(files, heads, strict=True) if head.num_rows]
    if not held:
        raise DataError(f"{title}: no row in {'it' if len(files) == 1 else f'its {len(files):,} Parquet files'}")
    files, heads = [name for name, _ in held], [head for _, head in held]
    schemas = [head.schema.to_arrow_schema() for head in heads]
    column = _column(schemas[0], columns, str(place / files[0]), what)
    for name, schema in zip(files, schemas, strict=True):
        if column not in schema.names or schema.field(column).type != schemas[0].field(column).type:
            raise DataError(f"{place / name}: its column {column} is not that of {files[0]}; give files of one kind")
    rows = _Rows(place, files, heads, column)
    labels, classes, notes = _classes(place, files, schemas, rows)
    count = len(files)
    notes = [f"read from {count:,} Parquet file{'s' * (count != 1)}, column {printable(column)}", *notes, *rows.notes]

    def read(index: int) -> bytes:
        content = rows.read(index)
        if len(content) > max_bytes:
            raise UnreadableError(f"{len(content):,} bytes, more than {max_bytes:,}")
        return content

    return Collection(str(place), rows, read, labels, classes, tuple(notes))


class _Rows(Sequence):
    """The names `file.parquet[0]`, ..., and the samples behind them; a bounded number of bytes is in memory.

    Args:
        place, files: as of `parquet_collection`.
        heads: what each file says of itself.
        column: of the samples.
    """

    def __init__(self, place: Path, files: Sequence[str], heads: Sequence[Any], column: str):
        self._place, self._files, self._heads, self._column = place, files, heads, column
        groups = [(number, group) for number, head in enumerate(heads) for group in range(head.num_row_groups)]
        sizes = [heads[number].row_group(group).num_rows for number, group in groups]
        self._groups, self._ends = groups, np.cumsum(sizes, dtype=np.int64)
        self._begins = np.cumsum([0, *(head.num_rows for head in heads)], dtype=np.int64)
        self._kept: OrderedDict[int, pyarrow.Array] = OrderedDict()
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return int(self._begins[-1])

    def __getitem__(self, index):
        if isinstance(index, slice):
            return [self[number] for number in range(*index.indices(len(self)))]
        index = range(len(self))[index]
        file = int(np.searchsorted(self._begins, index, "right")) - 1
        return f"{printable(self._files[file])}[{index - int(self._begins[file])}]"

    def __iter__(self) -> Iterator[str]:
        return map(self.__getitem__, range(len(self)))

    @property
    def notes(self) -> list[str]:
        """What is told of large groups."""
        sizes = [self._heads[number].row_group(group).total_byte_size for number, group in self._groups]
        if not sizes or max(sizes) <= LARGE_GROUP or sum(sizes) <= CACHE_BYTES:
            return []
        rows = max(self._heads[number].row_group(group).num_rows for number, group in self._groups)
        told = f"row groups of up to {rows:,} rows and {max(sizes) >> 20:,} MiB, one of which is read for nearly every"
        return [f"{told} sample; files that are written with row_group_size=32, or tar archives, are read faster"]

    def read(self, index: int) -> bytes:
        """Returns a row's bytes; raises `UnreadableError`."""
        group = int(np.searchsorted(self._ends, index, "right"))
        begin = int(self._ends[group - 1]) if group else 0
        with self._lock:  # of several threads that want one group the first reads it
            found = self._kept.get(group)
            if found is None:
                found = self._keep(group)
            self._kept.move_to_end(group)
        value = found[index - begin].as_py()
        if isinstance(value, dict):
            if value.get("bytes") is None and value.get("path"):
                raise UnreadableError(f"only the name of a file, {printable(value['path'])}, is in this row")
            value = value.get("bytes")
        if value is None:
            raise UnreadableError("nothing in this row")
        return value

    def _keep(self, group: int) -> pyarrow.Array:
        import pyarrow
        from pyarrow import parquet

        number, own = self._groups[group]
        try:
            with parquet.ParquetFile(self._place / self._files[number], metadata=self._heads[number]) as file:
                table = file.read_row_group(own, columns=[self._column], use_threads=False)
        except (pyarrow.ArrowException, OSError) as error:
            if getattr(error, "errno", None):
                raise  # the disk's, not the content's
            raise UnreadableError(f"damaged in the Parquet file ({_line(error)})") from None
        self._kept[group] = found = table.column(0).combine_chunks()
        while len(self._kept) > 1 and sum(each.nbytes for each in self._kept.values()) > CACHE_BYTES:
            self._kept.popitem(last=False)
        return found


def _column(schema: pyarrow.Schema, columns: Sequence[str], title: str, what: str) -> str:
    """The name of the column of samples: bytes, or a struct that has them, as the Hugging Face hub writes them."""
    fitting = [field.name for field in schema if _holds_bytes(field.type)]
    for name in (*columns, *(fitting if len(fitting) == 1 else ())):
        if name in fitting:
            return name
    found = ", ".join(f"{printable(field.name)} ({field.type})" for field in list(schema)[:_NAMED])
    raise DataError(
        f"{title}: no column of {what} in it (columns: {found}); it is one of bytes, or of a struct with bytes, called "
        f"{' or '.join(columns[:2])}"
    )


def _holds_bytes(kind: pyarrow.DataType) -> bool:
    from pyarrow import types

    if types.is_struct(kind):
        return any(field.name == "bytes" and _holds_bytes(field.type) for field in kind)
    return types.is_binary(kind) or types.is_large_binary(kind)


def _classes(
    place: Path, files: Sequence[str], schemas: Sequence[pyarrow.Schema], rows: Sequence[str]
) -> tuple[np.ndarray | None, tuple[str, ...], list[str]]:
    from pyarrow import parquet, types

    def fits(kind: pyarrow.DataType) -> bool:
        if types.is_dictionary(kind):
            kind = kind.value_type
        told = (types.is_integer, types.is_floating, types.is_string, types.is_large_string)
        return any(tells(kind) for tells in told)

    columns = [name for name in _LABELS if any(name in schema.names for schema in schemas)]
    column = next((n for n in columns if any(n in s.names and fits(s.field(n).type) for s in schemas)), None)
    if column is None:
        kinds = [f"{name} ({s.field(name).type})" for name in columns for s in schemas[:1] if name in s.names]
        return None, (), [f"no classes are read from the column {', '.join(kinds)}"] if kinds else []
    first = next(number for number, schema in enumerate(schemas) if column in schema.names)
    schema = schemas[first]
    for name, other in zip(files, schemas, strict=True):
        if column not in other.names or not fits(other.field(column).type):
            what = "is another" if column in other.names else "is not there"
            raise DataError(
                f"{place / name}: the column {column}, which tells the classes in {files[first]}, {what}; give files "
                "of one kind"
            )
    parts = [parquet.read_table(place / name, columns=[column]).column(0) for name in files]
    missing = sum(part.null_count for part in parts)
    if missing:
        row = next(row for row, value in enumerate(each for part in parts for each in part) if not value.is_valid)
        raise DataError(
            f"{place}: {missing:,} of {len(rows):,} rows have no {column}, first {rows[row]}; give each one, or leave "
            "them out"
        )
    labels, names = np.concatenate([part.to_numpy() for part in parts]), _names(schema, column)
    if labels.dtype.kind == "O":
        labels = labels.astype(str)
    elif names and (labels == -1).all():
        return None, (), [f"no labels: column {column} hides them"]
    labels, classes = check_labels(labels, len(rows), names, f"{place}: {column}", places=rows)
    return labels, classes, [f"classes are from the column {column}"]


def _names(schema: pyarrow.Schema, column: str) -> tuple[str, ...]:
    """The classes' names, where the file has them as the Hugging Face hub writes them."""
    try:
        feature = json.loads((schema.metadata or {})[b"huggingface"])["info"]["features"][column]
        return tuple(map(str, feature["names"])) if feature["_type"] == "ClassLabel" else ()
    except (KeyError, TypeError, ValueError):
        return ()


def _line(error: Exception) -> str:
    return printable(" ".join(str(error).split())[:200]).rstrip(".")
