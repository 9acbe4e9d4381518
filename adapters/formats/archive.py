"""A look at a spreadsheet from outside, before anything opens it: what it is, and how far it would unfold."""

from __future__ import annotations

import zipfile
from typing import BinaryIO

from adapters.formats.problems import ARCHIVE_BOMB, ARCHIVE_BROKEN, EMPTY, FORM_UNREAD, SHEET_PASSWORD, unreadable
from schemas.findings import Text

MAX_MEMBERS = 2000
MAX_TOTAL = 4 << 30
MAX_RATIO = 120
RATIO_FROM = 16 << 20  # a small part may be as repetitive as it likes

_ZIP = b"PK\x03\x04"
_MANIFEST, _MANIFEST_HEAD = "META-INF/manifest.xml", 1 << 20
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED = b"E\0n\0c\0r\0y\0p\0t\0e\0d\0P\0a\0c\0k\0a\0g\0e\0"


def inspect(file: BinaryIO) -> None:
    """Refuse what is no spreadsheet, is encrypted or is a zip bomb. Raises Unreadable; leaves the file at its start."""
    magic = file.read(8)
    file.seek(0)
    if not magic:
        raise unreadable(EMPTY)
    if magic.startswith(_ZIP):
        _inspect_zip(file)
    elif magic == _OLE:
        if _ENCRYPTED in file.read(1 << 20):
            raise unreadable(SHEET_PASSWORD)
    else:
        raise unreadable(ARCHIVE_BROKEN)
    file.seek(0)


def _inspect_zip(file: BinaryIO) -> None:
    try:
        archive = zipfile.ZipFile(file)
        members = archive.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError, EOFError):
        raise unreadable(ARCHIVE_BROKEN) from None
    if len(members) > MAX_MEMBERS:
        raise unreadable(
            ARCHIVE_BOMB,
            detail=Text(
                f"含 {len(members)} 个文件，上限 {MAX_MEMBERS} 个", f"{len(members)} files, at most {MAX_MEMBERS}"
            ),
        )
    total = sum(member.file_size for member in members)
    if total > MAX_TOTAL:
        raise unreadable(
            ARCHIVE_BOMB,
            detail=Text(
                f"{total >> 20} MiB，上限 {MAX_TOTAL >> 20} MiB", f"{total >> 20} MiB, at most {MAX_TOTAL >> 20} MiB"
            ),
        )
    names = {member.filename for member in members}
    if "xl/workbook.bin" in names:
        raise unreadable(FORM_UNREAD, what="XLSB")
    if _MANIFEST in names and b":encryption-data" in archive.open(_MANIFEST).read(_MANIFEST_HEAD):
        raise unreadable(SHEET_PASSWORD)
    for member in members:
        if member.flag_bits & 1:
            raise unreadable(SHEET_PASSWORD)
        if member.file_size > RATIO_FROM and member.file_size > MAX_RATIO * max(member.compress_size, 1):
            raise unreadable(ARCHIVE_BOMB, detail=f"1:{member.file_size // max(member.compress_size, 1)}")
