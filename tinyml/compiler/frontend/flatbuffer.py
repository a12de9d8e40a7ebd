"""Reading flatbuffer tables from untrusted bytes: every offset and every length is checked against the file."""

import struct
from dataclasses import dataclass
from typing import Any

import numpy as np

from tinyml.errors import ModelError

SCALARS = {
    "bool": ("<?", 1), "int8": ("<b", 1), "uint8": ("<B", 1), "uint16": ("<H", 2), "int32": ("<i", 4), "uint32": ("<I", 4),
    "int64": ("<q", 8), "uint64": ("<Q", 8), "float32": ("<f", 4),
}  # fmt: skip


def damaged(what: str) -> ModelError:
    """Return the error for a file whose structure contradicts itself."""
    return ModelError(f"the .tflite file is damaged: {what}", cure="export or download it again")


@dataclass(frozen=True)
class Table:
    """A flatbuffer table at `position` of `data`; fields are addressed by their slot number in the schema."""

    data: memoryview
    position: int

    @classmethod
    def root(cls, data: memoryview, identifier: bytes) -> "Table":
        """Return the root table; raises ModelError where `identifier` is not at bytes 4 to 8."""
        if len(data) < 8 or bytes(data[4:8]) != identifier:
            raise ModelError(
                f"not a .tflite file: the identifier {identifier.decode()} is missing at byte 4",
                cure="give a TensorFlow Lite model, such as model_int8.tflite",
            )
        return cls(data, _read(data, 0, "uint32"))

    def _field(self, slot: int) -> int | None:
        """Return the position of a field, or None where the table leaves it out."""
        vtable = self.position - _read(self.data, self.position, "int32")
        size = _read_u16(self.data, vtable)
        entry = 4 + 2 * slot
        if entry + 2 > size:
            return None
        offset = _read_u16(self.data, vtable + entry)
        return self.position + offset if offset else None

    def _target(self, slot: int) -> int | None:
        position = self._field(slot)
        return None if position is None else position + _read(self.data, position, "uint32")

    def scalar(self, slot: int, kind: str, default: Any = 0) -> Any:
        """Return a number of type `kind` (a key of SCALARS)."""
        position = self._field(slot)
        return default if position is None else _read(self.data, position, kind)

    def table(self, slot: int) -> "Table | None":
        """Return a table that this one refers to."""
        position = self._target(slot)
        return None if position is None else Table(self.data, position)

    def tables(self, slot: int) -> list["Table"]:
        """Return a vector of tables; empty where it is left out."""
        start, length = self._vector(slot, 4)
        positions = range(start, start + 4 * length, 4)
        return [Table(self.data, at + _read(self.data, at, "uint32")) for at in positions]

    def array(self, slot: int, kind: str) -> np.ndarray:
        """Return a vector of numbers (a view of the file, read-only); empty where it is left out."""
        start, length = self._vector(slot, SCALARS[kind][1])
        return np.frombuffer(self.data, dtype=np.dtype(kind).newbyteorder("<"), count=length, offset=start)

    def text(self, slot: int) -> str:
        """Return a string; bytes that are not UTF-8 are replaced."""
        start, length = self._vector(slot, 1)
        return bytes(self.data[start : start + length]).decode("utf-8", errors="replace")

    def has(self, slot: int) -> bool:
        """Tell whether the table gives this field."""
        return self._field(slot) is not None

    def _vector(self, slot: int, item_bytes: int) -> tuple[int, int]:
        position = self._target(slot)
        if position is None:
            return 0, 0
        length = _read(self.data, position, "uint32")
        if position + 4 + length * item_bytes > len(self.data):
            raise damaged(
                f"a vector of {length} items at byte {position} does not fit its {len(self.data)} bytes"
            )
        return position + 4, length


def _read(data: memoryview, position: int, kind: str) -> Any:
    layout, size = SCALARS[kind]
    if not 0 <= position <= len(data) - size:
        raise damaged(f"it points to byte {position} of {len(data)}")
    return struct.unpack_from(layout, data, position)[0]


def _read_u16(data: memoryview, position: int) -> int:
    if not 0 <= position <= len(data) - 2:
        raise damaged(f"it points to byte {position} of {len(data)}")
    return int(struct.unpack_from("<H", data, position)[0])
