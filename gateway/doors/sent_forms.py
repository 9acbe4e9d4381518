"""Forms with files as browsers send them: multipart/form-data (RFC 7578), small, and held in memory only."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from gateway.base import problems
from gateway.base.problems import Refused
from schemas.findings import Text

FORM_AROUND = 16_384
"""What stands beside the file in a form with one, at most."""
_MOST_PARTS = 50
_LONGEST_HEAD = 4096
_LONGEST_NAME = 255
_BOUNDARY = re.compile(r'multipart/form-data; *boundary="?([0-9A-Za-z\'()+_,./:=?-]{1,70})"?')
_NAME = re.compile(rb'; *name="([^"]*)"')
_FILENAME = re.compile(rb'; *filename="([^"]*)"')


@dataclass(frozen=True, slots=True, kw_only=True)
class SentFile:
    """A file by the name that it has where it came from."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class SentForm:
    """Fields by name, of those that are sent several times the last; and the files that were chosen, in their order."""

    fields: Mapping[str, str]
    chosen: Sequence[tuple[str, SentFile]] = ()

    @property
    def files(self) -> Mapping[str, SentFile]:
        """Files by the name of their field, of several the last."""
        return dict(self.chosen)

    def every_file(self, name: str) -> list[SentFile]:
        """All files of a field that takes several."""
        return [file for field, file in self.chosen if field == name]


def sent_form(content_type: str, body: bytes) -> SentForm:
    """The form in a body. Raises Refused (REQUEST-001) for what no browser sends."""
    boundary = _BOUNDARY.fullmatch(content_type)
    pieces = (b"\r\n" + body).split(b"\r\n--" + boundary[1].encode()) if boundary else []
    if not 2 <= len(pieces) <= _MOST_PARTS or pieces[-1].rstrip() != b"--":
        raise _malformed()
    fields: dict[str, str] = {}
    files: list[tuple[str, SentFile]] = []
    for piece in pieces[1:-1]:
        head, separator, content = piece.removeprefix(b"\r\n").partition(b"\r\n\r\n")
        if not separator or len(head) > _LONGEST_HEAD:
            raise _malformed()
        name, filename = _names(head)
        if filename is None:
            fields[name] = content.decode("utf-8", "replace").replace("\0", "")
        elif filename or content:
            files.append((name, SentFile(name=filename, content=content)))
    return SentForm(fields=fields, chosen=files)


def _names(head: bytes) -> tuple[str, str | None]:
    """The name of a field, and the file's; None for what is no file. Browsers send both as UTF-8, quotes as `%22`."""
    name, filename = _NAME.search(head), _FILENAME.search(head)
    if name is None:
        raise _malformed()
    return _text(name[1]), None if filename is None else _printable(_text(filename[1]))


def _text(given: bytes) -> str:
    return given.decode("utf-8", "replace").replace("%22", '"')


def _printable(filename: str) -> str:
    """Without a folder, and with nothing that cannot be shown."""
    last = filename.replace("\\", "/").rpartition("/")[2]
    return "".join(letter for letter in last if letter.isprintable())[-_LONGEST_NAME:]


def _malformed() -> Refused:
    return Refused(problems.BAD_REQUEST, Text("表单不完整，请重新提交", "The form is not whole: send it again"))
