"""The connectors that are in service, as this process knows them: a mapping that follows without a restart.

Folders of the installation and versions in the database are looked at every few seconds, one connector at a time. One
that cannot be used is set aside, and the last of it that could goes on.
"""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import structlog

from adapters.connector import Connector, SetAside, load_connector, load_folders, said_in
from adapters.errors import Fatal
from gateway.onboarding import statements as sql
from gateway.onboarding.packing import unpack
from gateway.onboarding.rows import ContentRow, CurrentRow
from gateway.onboarding.unpacked import tidy
from gateway.store.database import Database
from gateway.store.typed import fetch, fetch_one
from schemas.findings import Text

SERVED = "served.json"
"""In the folder of unpacked versions: which connectors are versions of the database, and where their folders lie."""
_log = structlog.get_logger()
Signature = tuple[tuple[str, int, int], ...]
Tell = Callable[[Sequence[SetAside]], Awaitable[None]]


async def _nobody(aside: Sequence[SetAside]) -> None:
    """Who hears of folders that were set aside when nobody wants to."""


@dataclass(frozen=True, slots=True)
class _Version:
    """A version of the database as it was loaded; `connector` is None where it could not be."""

    digest: bytes
    connector: Connector | None


class LiveConnectors(Mapping[str, Connector]):
    """By id. `installed` is the folder of the installation, `kept` where versions are unpacked.

    `tell` hears which folders are set aside, whenever that has changed.
    """

    def __init__(self, database: Database, installed: Path, kept: Path, tell: Tell = _nobody) -> None:
        self._database = database
        self._folder = installed
        self._kept = kept
        self._tell = tell
        self._serving: dict[str, Connector] = {}
        self._installed: dict[str, Connector] = {}
        self._loaded: dict[Path, Connector] = {}
        self._signatures: dict[Path, Signature] = {}
        self._versions: dict[str, _Version] = {}
        self._aside: dict[str, SetAside] = {}
        self._told: frozenset[SetAside] | None = None
        self._written: Mapping[str, str | None] = {}

    def __getitem__(self, name: str) -> Connector:
        return self._serving[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._serving)

    def __len__(self) -> int:
        return len(self._serving)

    @property
    def portals(self) -> list[str]:
        """The connectors whose partners keep records themselves, those that are set aside among them."""
        known = {name for name, connector in self._serving.items() if connector.is_portal}
        return sorted(known | {each.connector for each in self._aside.values() if each.is_portal})

    async def refresh(self) -> None:
        """Take over what has changed since the last time."""
        await asyncio.to_thread(self._look_at_folders)
        async with self._database.writing() as connection:
            current = await fetch(connection, sql.CURRENT, {}, CurrentRow)
        for row in current:
            if row.digest is not None and row.number is not None:
                await self._follow(row.connector, row.number, bytes(row.digest))
        ruled = {row.connector: row.digest is not None for row in current}
        serving = {name: connector for name, connector in self._installed.items() if name not in ruled}
        for name, is_live in ruled.items():
            self._aside.pop(f"installed {name}", None)
            if not is_live:
                self._versions.pop(name, None)
                self._aside.pop(f"version {name}", None)
            elif (found := self._versions[name].connector) is not None:
                serving[name] = found
        self._serving = dict(sorted(serving.items()))
        await asyncio.to_thread(self._write_down, ruled)
        await asyncio.to_thread(self._tidy, current)
        await self._tell_changes()

    async def _follow(self, name: str, number: int, digest: bytes) -> None:
        known = self._versions.get(name)
        if known is not None and known.digest == digest:
            return
        folder = self._place(name, digest)
        async with self._database.writing() as connection:
            row = await fetch_one(connection, sql.CONTENT, {"connector": name, "number": number}, ContentRow)
        before = known.connector if known is not None else self._installed.get(name)
        try:
            connector = await asyncio.to_thread(_unpacked, bytes(row.content), folder)
        except (Fatal, OSError) as error:
            self._aside[f"version {name}"] = SetAside(folder, name, _is_portal(folder), _reason(error))
            # what the disk refused is tried again the next time
            self._versions[name] = _Version(b"" if isinstance(error, OSError) else digest, before)
            return
        self._aside.pop(f"version {name}", None)
        self._versions[name] = _Version(digest, connector)
        _log.info("connector version in service", where=f"{name}#{number}")

    def _look_at_folders(self) -> None:
        """Load again what was written to since; a folder that is gone is out of service."""
        signatures = {folder: _signature(folder) for folder in sorted(self._folder.glob("*/"))}
        if signatures == self._signatures:
            return

        def load(folder: Path) -> Connector:
            if (known := self._loaded.get(folder)) is not None and signatures[folder] == self._signatures.get(folder):
                return known
            self._loaded.pop(folder, None)
            self._loaded[folder] = connector = load_connector(folder)
            return connector

        found, aside = load_folders(self._folder, load)
        names = {each.connector for each in aside}
        kept = {name: connector for name, connector in self._installed.items() if name in names and name not in found}
        self._installed = {**kept, **found}
        for key in [key for key in self._aside if key.startswith("installed ")]:
            del self._aside[key]
        self._aside |= {f"installed {each.connector}": each for each in aside}
        self._signatures = signatures

    def _write_down(self, ruled: Mapping[str, bool]) -> None:
        """Where the folders of versions lie, for those who only read files; null for a connector out of service."""
        folders = {name: str(self._serving[name].folder) if name in self._serving else None for name in ruled}
        if folders == self._written:
            return
        beside = self._kept / f"{SERVED}.{os.getpid()}"
        try:
            self._kept.mkdir(parents=True, exist_ok=True)
            beside.write_text(json.dumps(folders, ensure_ascii=False), "utf-8")
            beside.replace(self._kept / SERVED)
        except OSError as error:  # we know them, and write them the next time
            _log.error("list of connectors not written", where=str(beside), error=str(error))
            return
        self._written = folders

    def _tidy(self, current: Sequence[CurrentRow]) -> None:
        """Remove the folders of versions that neither are live nor serve here."""
        used = {connector.folder for connector in self._serving.values() if connector.folder is not None}
        used |= {self._place(row.connector, bytes(row.digest)) for row in current if row.digest is not None}
        try:
            tidy(self._kept, used)
        except OSError as error:  # the next time, then
            _log.error("folders of versions not removed", where=str(self._kept), error=str(error))

    def _place(self, name: str, digest: bytes) -> Path:
        return self._kept / name / digest.hex()[:16]

    async def _tell_changes(self) -> None:
        aside = frozenset(self._aside.values())
        if aside != self._told:
            await self._tell(sorted(aside, key=lambda each: each.connector))
            self._told = aside


def _unpacked(content: bytes, folder: Path) -> Connector:
    """Raises Fatal for what is no partner folder, OSError for what cannot be written."""
    unpack(content, folder)
    return load_connector(folder)


def _signature(folder: Path) -> Signature:
    """What changes when a file of a folder is written to."""
    found = []
    for file in sorted(folder.glob("*")):
        with suppress(FileNotFoundError):
            status = file.stat()
            found.append((file.name, status.st_mtime_ns, status.st_size))
    return tuple(found)


def _is_portal(folder: Path) -> bool:
    return said_in(folder / "connector.yaml", "channel") == "portal"


def _reason(error: Exception) -> Text:
    return error.text if isinstance(error, Fatal) else Text(f"系统报告“{error}”", str(error))
