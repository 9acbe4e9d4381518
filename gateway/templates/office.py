"""Prints Word documents as PDF by LibreOffice, a few at a time, each in a workroom of its own.

A layout that was made in Word is kept by a word processor only. Its fonts are ours alone, so that a contract looks the
same on every machine; the PDF is PDF/A-2b, as rosters are.
"""

from __future__ import annotations

import asyncio
import io
import os
import shutil
import tempfile
from collections.abc import Hashable
from pathlib import Path

import structlog
from docx import Document

from adapters.workroom import FOLDER, FONTS, Workroom
from gateway.base import problems
from gateway.base.children import ChildFailed, answer_of
from gateway.base.lanes import Lanes
from gateway.base.problems import Refused
from gateway.seals.glyphs import FONT
from schemas.findings import Text

_log = structlog.get_logger()
_PROGRAM, _BEHIND = "soffice", "soffice.bin"
_SECONDS, _MEMORY = 60, 4 << 30
_AT_ONCE, _EACH_AT_ONCE, _MOST_WAITING = 2, 1, 20
_RESTART = 81
"""What the program ends with when it wants to be started once more, which a new profile does."""
_EXPORT = 'pdf:writer_pdf_Export:{"SelectPdfVersion":{"type":"long","value":"2"}}'
_FONTS = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
<dir>{fonts}</dir><cachedir>~/font-cache</cachedir>
<match target="pattern"><edit name="family" mode="assign" binding="strong"><string>Noto Serif SC</string></edit></match>
<match target="font"><test name="weight" compare="less_eq"><const>medium</const></test>
<test target="pattern" name="weight" compare="more_eq"><const>demibold</const></test>
<edit name="embolden" mode="assign"><bool>true</bool></edit>
<edit name="weight" mode="assign"><const>bold</const></edit></match>
</fontconfig>
"""
_MISSING = Text(
    "本机没有 LibreOffice，无法生成合同 PDF；请安装 `libreoffice-writer-nogui`",
    "There is no LibreOffice on this machine to print contracts: install `libreoffice-writer-nogui`",
)


def find_office() -> Path | None:
    """The word processor itself, behind the script of that name on the path; None when none is installed."""
    found = shutil.which(_PROGRAM)
    program = None if found is None else Path(found).resolve().parent / _BEHIND
    return program if program is not None and program.is_file() else None


class Office:
    """The word processor of the installation, if there is one."""

    def __init__(self, folder: Path) -> None:
        """`folder` is for what is worked on; what an earlier process left there goes."""
        self._folder = folder
        self._lanes = Lanes("contracts", _AT_ONCE, each=_EACH_AT_ONCE, waiting=_MOST_WAITING)
        self._program = find_office()
        own = [] if self._program is None else [self._program.parent.parent]
        self._room = Workroom(memory=_MEMORY, seconds=_SECONDS, readable=[FONT.parent, *own])
        self._pattern: Path | None = None
        self._preparing = asyncio.Lock()

    async def pdf(self, document: bytes, *, owner: Hashable) -> bytes:
        """A .docx as PDF/A. Raises Refused (LIMIT-002 when too much of `owner` waits, TEMPLATE-004)."""
        if self._program is None:
            raise Refused(problems.NOT_PRINTED, _MISSING)
        async with self._lanes.turn(owner):
            await self._prepare()
            return await self._printed(document)

    async def _prepare(self) -> None:
        """A folder with a profile and an index of fonts, of which every job gets a copy: the first start takes long.

        It is made with an empty document of ours: nobody's own may leave anything in the profile of the others.
        """
        async with self._preparing:
            if self._pattern is not None and self._pattern.is_dir():
                return
            folder = await asyncio.to_thread(self._own_folder)
            (folder / FONTS).write_text(_FONTS.format(fonts=FONT.parent), encoding="utf-8")
            (folder / "in.docx").write_bytes(await asyncio.to_thread(_empty_document))
            try:
                await self._run(folder)
            except BaseException:
                shutil.rmtree(folder, ignore_errors=True)
                raise
            for made in (folder / "in.docx", folder / "in.pdf"):
                made.unlink(missing_ok=True)
            self._pattern = folder

    def _own_folder(self) -> Path:
        """A place of this process; those of processes that are no more are removed, of one with our number as well."""
        own = self._folder / str(os.getpid())
        for left in self._folder.glob("*"):
            if left == own or not (left.name.isdecimal() and _is_alive(int(left.name))):
                shutil.rmtree(left, ignore_errors=True)
        own.mkdir(parents=True, exist_ok=True)
        return Path(tempfile.mkdtemp(prefix="pattern-", dir=own))

    async def _printed(self, document: bytes) -> bytes:
        assert self._pattern is not None  # noqa: S101 - it was prepared
        folder = Path(await asyncio.to_thread(tempfile.mkdtemp, dir=self._pattern.parent))
        try:
            await asyncio.to_thread(shutil.copytree, self._pattern, folder, dirs_exist_ok=True)
            (folder / "in.docx").write_bytes(document)
            await self._run(folder)
            made = folder / "in.pdf"
            if not made.is_file():
                raise Refused(problems.NOT_PRINTED)
            return made.read_bytes()
        finally:
            await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)

    async def _run(self, folder: Path) -> None:
        command = self._room.command(
            folder,
            str(self._program),
            f"-env:UserInstallation=file://{FOLDER}/profile",
            "--headless",
            "--norestore",
            "--nologo",
            "--nolockcheck",
            "--convert-to",
            _EXPORT,
            "--outdir",
            ".",
            "in.docx",
        )
        try:
            try:
                await answer_of(command, b"", _SECONDS)
            except ChildFailed as failed:
                if failed.exit_status != _RESTART:
                    raise
                await answer_of(command, b"", _SECONDS)
        except TimeoutError:
            raise Refused(problems.NOT_PRINTED) from None
        except ChildFailed as failed:  # what it says may name travellers
            _log.error("a contract could not be printed", exit_status=failed.exit_status)
            raise Refused(problems.NOT_PRINTED) from None

    def close(self) -> None:
        """Remove what is kept between jobs."""
        if self._pattern is not None:
            shutil.rmtree(self._pattern.parent, ignore_errors=True)
            self._pattern = None


def _empty_document() -> bytes:
    document = io.BytesIO()
    Document().save(document)
    return document.getvalue()


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True
