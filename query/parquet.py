"""Listings as Parquet: the columns follow from a view's fields, and rows are written a group at a time.

pyarrow is an extra (docs/decisions.md, 36), imported when a file is asked for.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import fields
from datetime import date, datetime
from importlib.util import find_spec
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Any, get_args, get_origin, get_type_hints

import orjson

if TYPE_CHECKING:
    import pyarrow as pa
    from _typeshed import DataclassInstance

MISSING = 'Parquet needs pyarrow: pip install "newsfold[parquet]"'
_ROWS_A_GROUP = 5_000  # bounds the memory: a group is written when it is full

Record = Mapping[str, object]


def is_installed() -> bool:
    """Tell whether Parquet can be written here."""
    try:
        return find_spec("pyarrow") is not None
    except ValueError:  # it is kept from being imported
        return False


def columns_of(view: "type[DataclassInstance]", names: Sequence[str] | None = None) -> dict[str, object]:
    """Give the fields of a view, or those named, each with the type of its values."""
    types = get_type_hints(view)
    return {field.name: types[field.name] for field in fields(view) if names is None or field.name in names}


def parquet(rows: Iterable[Record], columns: Mapping[str, object]) -> Iterator[bytes]:
    """Give a Parquet file piece by piece, as soon as a group of rows is full; `columns` name the types of values."""
    import pyarrow as pa
    from pyarrow.parquet import ParquetWriter

    schema = pa.schema([(name, _type(kind)) for name, kind in columns.items()])
    sink = _Sink()
    with ParquetWriter(sink, schema, compression="zstd") as writer:
        for group in _groups(rows):
            values = [[_value(row[name], schema.field(name).type) for row in group] for name in columns]
            arrays = [pa.array(column, schema.field(place).type) for place, column in enumerate(values)]
            writer.write_table(pa.Table.from_arrays(arrays, schema=schema))
            yield sink.taken()
    yield sink.taken()


class _Sink:
    """A file that nobody seeks in, whose bytes are taken as they come."""

    closed = False

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self._written = 0

    def write(self, piece: "pa.Buffer | bytes") -> int:
        self._pieces.append(bytes(piece))
        self._written += len(piece)
        return len(piece)

    def tell(self) -> int:
        return self._written

    def flush(self) -> None:
        """Do nothing: what is written is at hand."""

    def writable(self) -> bool:
        return True

    def readable(self) -> bool:
        return False

    def seekable(self) -> bool:
        return False

    def close(self) -> None:
        self.closed = True

    def taken(self) -> bytes:
        pieces, self._pieces = b"".join(self._pieces), []
        return pieces


def _groups(rows: Iterable[Record]) -> Iterator[list[Record]]:
    group: list[Record] = []
    for row in rows:
        group.append(row)
        if len(group) == _ROWS_A_GROUP:
            yield group
            group = []
    if group:
        yield group


def _type(kind: Any) -> "pa.DataType":  # Any: a type as an annotation has it
    """Give the column type of a field's values; what is neither plain nor a list of plain ones is JSON."""
    import pyarrow as pa

    plain = {
        int: pa.int64(),
        float: pa.float64(),
        bool: pa.bool_(),
        date: pa.date32(),
        datetime: pa.timestamp("us", tz="UTC"),
    }
    if get_origin(kind) is UnionType:
        [kind] = [each for each in get_args(kind) if each is not NoneType]
    if get_origin(kind) is list and get_args(kind)[0] in (int, str):
        return pa.list_(_type(get_args(kind)[0]))
    return plain.get(kind, pa.string())


def _value(value: object, kind: "pa.DataType") -> object:
    """Give a value as its column takes it."""
    if value is None or str(kind) != "string":
        return value
    return value if isinstance(value, str) else orjson.dumps(value, option=orjson.OPT_UTC_Z).decode()
