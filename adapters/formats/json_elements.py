"""Cutting a JSON document of any size into its elements, without building the whole.

Only brackets are visited: one regular expression skips everything up to the next bracket outside a string, in C.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO

from adapters.formats.problems import ELEMENT, JSON_SYNTAX, LINE, TOO_LARGE, unreadable
from schemas.findings import Text

CHUNK = 1 << 20
MAX_ELEMENT = 10 << 20

# Possessive quantifiers: the scan never backtracks, whatever the bytes are.
_NEXT_BRACKET = re.compile(rb'[^"{}\[\]]*+(?:"(?:[^"\\]++|\\.)*+"[^"{}\[\]]*+)*+([{}\[\]])', re.DOTALL)
_NEXT_COMMA = re.compile(rb'[^",{}\[\]]*+(?:"(?:[^"\\]++|\\.)*+"[^",{}\[\]]*+)*+([,{\[\]])', re.DOTALL)
_SPACE = b" \t\r\n"


def lines(file: BinaryIO) -> Iterator[tuple[int, bytes]]:
    """(line number from 1, line) of every line that is not blank. Raises Unreadable when a line is too long."""
    number = 0
    while line := file.readline(MAX_ELEMENT + 1):
        number += 1
        if len(line) > MAX_ELEMENT:
            raise unreadable(TOO_LARGE, locator=f"line {number}", what=LINE, limit=f"{MAX_ELEMENT >> 20} MiB")
        if line := line.strip():
            yield number, line


def array(file: BinaryIO) -> Iterator[bytes]:
    """The raw elements of a document that is one array. Raises Unreadable where the array itself is broken."""
    buffer = _Buffer(file)
    if buffer.take_token() != b"[":
        raise unreadable(JSON_SYNTAX, detail=Text("应为数组", "an array was expected"), locator="line 1")
    if buffer.peek_token() == b"]":
        buffer.take_token()
    else:
        while True:
            yield buffer.take_element()
            token = buffer.take_token()
            if token == b"]":
                break
            if token != b",":
                raise buffer.broken(Text("元素之后应为逗号或右方括号", "expected , or ] after an element"))
    if buffer.peek_token():
        raise buffer.broken(Text("数组结束后还有内容", "content after the end of the array"))


class _Buffer:
    """A window that slides over the file; `position` is where the next token starts."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._data = file.read(CHUNK).removeprefix(b"\xef\xbb\xbf")
        self._passed = 0
        self.position = 0

    def broken(self, detail: Text) -> Exception:
        return unreadable(JSON_SYNTAX, detail=detail, locator=f"byte {self._passed + self.position}")

    def peek_token(self) -> bytes:
        """The next byte that is no white space, or nothing at the end."""
        while True:
            while self.position < len(self._data):
                byte = self._data[self.position : self.position + 1]
                if byte not in _SPACE:
                    return byte
                self.position += 1
            if not self._more():
                return b""

    def take_token(self) -> bytes:
        byte = self.peek_token()
        self.position += len(byte)
        return byte

    def take_element(self) -> bytes:
        """The bytes of the value that starts here, up to the comma or bracket that ends it."""
        first = self.peek_token()
        end = self._end_of_container() if first in (b"{", b"[") else self._end_of_scalar()
        element = self._data[self.position : end]
        self.position = end
        return element

    def _end_of_container(self) -> int:
        depth, at = 0, self.position
        while True:
            match = _NEXT_BRACKET.match(self._data, at)
            if match is None:
                self._grow()
                at -= self._shift
                continue
            at = match.end()
            depth += 1 if match[1] in b"{[" else -1
            if depth == 0:
                return at

    def _end_of_scalar(self) -> int:
        while True:
            match = _NEXT_COMMA.match(self._data, self.position)
            if match is not None:
                return match.end() - 1
            self._grow()

    def _grow(self) -> None:
        if len(self._data) - self.position > MAX_ELEMENT:
            raise unreadable(TOO_LARGE, what=ELEMENT, limit=f"{MAX_ELEMENT >> 20} MiB", locator=f"byte {self._passed}")
        if not self._more():
            raise self.broken(Text("内容不完整", "the document breaks off"))

    def _more(self) -> bool:
        """Forget what lies before `position` and read on; False at the end of the file."""
        self._shift = self.position
        chunk = self._file.read(CHUNK)
        self._passed += self.position
        self._data = self._data[self.position :] + chunk
        self.position = 0
        return bool(chunk)

    _shift = 0
