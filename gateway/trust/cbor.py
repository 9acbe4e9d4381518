"""A reader of the little CBOR that a QR statement is made of (RFC 8949, deterministic encoding of section 4.2.1), and a
look at what a library is to decode.

The bytes come from anybody who can photograph, or invent, a QR. So nothing is decoded that might be there: the caller
asks for what must come next. Tags are numbers that are compared, lengths stand in their one shortest form and are
bounded by the bytes there are, and nothing nests but what the caller asks for; the work is linear in those bytes.
"""

from __future__ import annotations

from enum import IntEnum

_NULL = 0xF6
_SHORT = 24
"""Arguments below stand in the first byte itself."""


class NotTheShape(ValueError):
    """Something else comes next, or it is not in its one shortest spelling."""


class _Major(IntEnum):
    UNSIGNED = 0
    NEGATIVE = 1
    BYTES = 2
    TEXT = 3
    ARRAY = 4
    MAP = 5
    TAG = 6


class Reader:
    """Takes one item after another from `data`. Every method raises NotTheShape."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def must_be_tag(self, number: int) -> None:
        """Pass the tag `number`, which stands before an item."""
        self._must(self._argument_of(_Major.TAG) == number)

    def must_be_array(self, length: int) -> None:
        """Pass the head of an array of `length` items; they come next."""
        self._must(self._argument_of(_Major.ARRAY) == length)

    def must_be_map(self, length: int) -> None:
        """Pass the head of a map of `length` pairs; they come next, each key before its value."""
        self._must(self._argument_of(_Major.MAP) == length)

    def must_be_integer(self, number: int) -> None:
        """Pass the integer `number`, such as a key of a map."""
        self._must(self.integer() == number)

    def must_be_plain(self, depth: int) -> None:
        """Pass one item of numbers, strings, arrays and maps, nested `depth` times at most.

        Nothing of it costs a decoder more than it is long, as a tag does that stands for a huge number.
        """
        major, argument = self._head()
        self._must(major != _Major.TAG and depth >= 0)
        if major in (_Major.BYTES, _Major.TEXT):
            self._taken(argument)
        elif major in (_Major.ARRAY, _Major.MAP):
            for _ in range(argument * (2 if major == _Major.MAP else 1)):
                self.must_be_plain(depth - 1)

    def must_end(self) -> None:
        """Be at the end."""
        self._must(self._at == len(self._data))

    def integer(self) -> int:
        """An integer of at most 64 bits and its sign."""
        major, argument = self._head()
        self._must(major in (_Major.UNSIGNED, _Major.NEGATIVE))
        return argument if major == _Major.UNSIGNED else -1 - argument

    def integer_or_null(self) -> int | None:
        if self._data[self._at : self._at + 1] == bytes([_NULL]):
            self._at += 1
            return None
        return self.integer()

    def byte_string(self) -> bytes:
        return self._taken(self._argument_of(_Major.BYTES))

    def text(self) -> str:
        try:
            return self._taken(self._argument_of(_Major.TEXT)).decode()
        except UnicodeDecodeError:
            raise NotTheShape from None

    def _argument_of(self, wanted: _Major) -> int:
        major, argument = self._head()
        self._must(major == wanted)
        return argument

    def _head(self) -> tuple[int, int]:
        """Major type and argument of the next item."""
        first = self._taken(1)[0]
        major, information = first >> 5, first & 0x1F
        if information < _SHORT:
            return major, information
        width = 1 << (information - _SHORT)
        self._must(width <= 8)  # 28 and above are reserved, or begin what has no length
        argument = int.from_bytes(self._taken(width), "big")
        self._must(argument >= (_SHORT if width == 1 else 1 << (4 * width)))
        return major, argument

    def _taken(self, length: int) -> bytes:
        end = self._at + length
        self._must(end <= len(self._data))
        taken, self._at = self._data[self._at : end], end
        return taken

    @staticmethod
    def _must(holds: bool) -> None:
        if not holds:
            raise NotTheShape
