"""Versions of partner folders: saved, checked, brought into service, rolled back. None is ever lost or changed.

What is in service is what the database says as soon as a version of the connector has ever been brought into service;
until then it is the folder of the installation. The first version saved of an installed connector takes the installed
folder along, so that there is something to roll back to.
"""

from __future__ import annotations

import asyncio
import re
import tempfile
from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path

import orjson
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.check import check_connector
from adapters.connector import Connector, load_connector, said_in
from adapters.errors import Fatal
from adapters.mapping.compiler import Mapper
from gateway import audit
from gateway.access.accounts import Actor
from gateway.base import problems
from gateway.base.clock import Clock
from gateway.base.problems import Refused
from gateway.base.settings import OnboardingSettings
from gateway.onboarding import statements as sql
from gateway.onboarding.packing import digest_of, files_in, packed, unpack
from gateway.onboarding.rows import ContentRow, VersionRow
from gateway.onboarding.states import VERSIONS, VersionState
from gateway.store.database import Database
from gateway.store.typed import fetch
from schemas.findings import Text

_MOST_PROBLEMS = 100
_INSTALLED = "installed"
_ID = re.compile(r"[a-z][a-z0-9_-]{1,31}")


class Versions:
    """The versions of every connector. `installed` is the folder of the folders of the installation."""

    def __init__(self, database: Database, installed: Path, settings: OnboardingSettings) -> None:
        self._database = database
        self._installed = installed
        self._settings = settings

    async def listed(self, connector: str) -> list[VersionRow]:
        """Every version of a connector, the oldest first."""
        async with self._database.writing() as connection:
            return await _rows(connection, connector)

    async def everything(self) -> list[VersionRow]:
        """The versions of all connectors, each's the oldest first."""
        async with self._database.writing() as connection:
            return await fetch(connection, sql.EVERY_VERSION, {}, VersionRow)

    async def content(self, connector: str, number: int) -> bytes:
        """The packed files of a version. Raises Refused (REQUEST-006)."""
        async with self._database.writing() as connection:
            rows = await fetch(connection, sql.CONTENT, {"connector": connector, "number": number}, ContentRow)
        if not rows:
            raise Refused(problems.NOT_FOUND)
        return bytes(rows[0].content)

    async def save(self, actor: Actor, files: Mapping[str, bytes], note: str = "") -> VersionRow:
        """Keep a folder as a new draft; the same as the newest is that one. It need not pass any check yet.

        Raises Refused (CONNECTOR-001) for what is no partner folder.
        """
        try:
            content = packed(files)
        except Fatal as error:
            raise Refused(problems.UNFIT_CONNECTOR, error.text) from None
        name, stamps = await asyncio.to_thread(_described, content)
        async with self._database.writing() as connection:
            await connection.execute(sql.HOLD, {"connector": name})
            rows = await _rows(connection, name)
            if not rows and (before := await asyncio.to_thread(_installed, self._installed, name)) is not None:
                await _insert(connection, name, VersionState.LIVE, before, by=_INSTALLED, note="")
                rows = await _rows(connection, name)
            if rows and bytes(rows[-1].digest) == digest_of(content):
                return rows[-1]
            number = await _insert(
                connection, name, VersionState.DRAFT, content, by=actor.name, note=note, stamps=stamps
            )
            await audit.record(connection, actor, "connector.save", _object(name, number))
            return (await _rows(connection, name))[-1]

    async def stage(self, actor: Actor, connector: str, number: int) -> VersionRow:
        """Check a draft. Raises Refused (CONNECTOR-001 with every problem, CONNECTOR-002, REQUEST-006)."""
        content = await self.content(connector, number)
        found = await asyncio.to_thread(_problems, content)
        rows = await self.listed(connector)
        found += _reused(_at(rows, number), rows)
        if found:
            raise _unfit(found)
        async with self._database.writing() as connection:
            await self._move(connection, actor, connector, number, VersionState.STAGED)
            return _at(await _rows(connection, connector), number)

    async def promote(self, actor: Actor, connector: str, number: int) -> VersionRow:
        """Bring a version into service, in the place of the one that is. Every process follows within seconds.

        Raises Refused (CONNECTOR-002, CONNECTOR-003 when the same person has staged it, REQUEST-006).
        """
        async with self._database.writing() as connection:
            await connection.execute(sql.HOLD, {"connector": connector})
            rows = await _rows(connection, connector)
            wanted = _at(rows, number)
            if self._settings.two_persons and actor.name == wanted.staged_by:
                raise Refused(problems.SECOND_PERSON_NEEDED)
            _must_follow(wanted, VersionState.LIVE)
            if found := _reused(wanted, rows):  # another has come into service since it was checked
                raise _unfit(found)
            for row in rows:
                if row.state is VersionState.LIVE:
                    await self._move(connection, actor, connector, row.number, VersionState.RETIRED)
            await self._move(connection, actor, connector, number, VersionState.LIVE)
            return _at(await _rows(connection, connector), number)

    async def roll_back(self, actor: Actor, connector: str) -> VersionRow:
        """Bring back the version that was in service before the present one. Raises Refused (CONNECTOR-002)."""
        rows = await self.listed(connector)
        before = [row for row in rows if row.state is VersionState.RETIRED and row.live_at is not None]
        if not before:
            detail = Text("没有更早的版本可以回退", "there is no earlier version to go back to")
            raise Refused(problems.VERSION_STATE, detail)
        last = max(before, key=lambda row: (row.retired_at or row.made_at, row.number))
        return await self.promote(actor, connector, last.number)

    async def retire(self, actor: Actor, connector: str, number: int) -> VersionRow:
        """Take a version out of service, or give up one that never was. Raises Refused (CONNECTOR-002, REQUEST-006)."""
        async with self._database.writing() as connection:
            await connection.execute(sql.HOLD, {"connector": connector})
            row = _at(await _rows(connection, connector), number)
            end = VersionState.RETIRED if row.live_at is not None else VersionState.GIVEN_UP
            await self._move(connection, actor, connector, number, end)
            return _at(await _rows(connection, connector), number)

    async def _move(  # noqa: PLR0917 - one statement for every move
        self, connection: AsyncConnection, actor: Actor, connector: str, number: int, end: VersionState
    ) -> None:
        await connection.execute(sql.HOLD, {"connector": connector})
        where = {"connector": connector, "number": number, "before": VERSIONS.before(end)}
        moved = await connection.execute(_MOVES[end], where | {"state": end.value, "by": actor.name, "at": Clock.now()})
        if moved.rowcount != 1:
            _must_follow(_at(await _rows(connection, connector), number), end)
        await audit.record(connection, actor, f"connector.{end.value}", _object(connector, number))


_MOVES = {
    VersionState.STAGED: sql.STAGE,
    VersionState.RETIRED: sql.RETIRE,
    VersionState.GIVEN_UP: sql.RETIRE,
    VersionState.LIVE: sql.GO_LIVE,
}


def _unfit(found: Sequence[Text]) -> Refused:
    more = len(found) - _MOST_PROBLEMS
    detail = Text(f"检查发现 {len(found)} 个问题", f"the check found {len(found)} problems")
    told = list(found[:_MOST_PROBLEMS])
    if more > 0:
        told.append(Text(f"另有 {more} 个问题", f"and {more} more"))
    return Refused(problems.UNFIT_CONNECTOR, detail, problems=[each._asdict() for each in told])


def _object(connector: str, number: int) -> str:
    return f"{connector}#{number}"


async def _rows(connection: AsyncConnection, connector: str) -> list[VersionRow]:
    return await fetch(connection, sql.LISTED, {"connector": connector}, VersionRow)


def _at(rows: Sequence[VersionRow], number: int) -> VersionRow:
    """Raises Refused (REQUEST-006)."""
    for row in rows:
        if row.number == number:
            return row
    raise Refused(problems.NOT_FOUND)


def _must_follow(row: VersionRow, end: VersionState) -> None:
    """Raises Refused (CONNECTOR-002) unless a version may go there from where it is."""
    if not VERSIONS.may_move(row.state, end):
        detail = Text(
            f"版本 {row.number} 现为 {row.state}，不能转为 {end}",
            f"version {row.number} is {row.state} and cannot become {end}",
        )
        raise Refused(problems.VERSION_STATE, detail, state=row.state.value)


async def _insert(
    connection: AsyncConnection,
    connector: str,
    state: VersionState,
    content: bytes,
    *,
    by: str,
    note: str,
    stamps: Mapping[str, str] | None = None,
) -> int:
    found = stamps if stamps is not None else (await asyncio.to_thread(_described, content))[1]
    row = {
        "connector": connector,
        "state": state.value,
        "content": content,
        "digest": digest_of(content),
        "stamps": orjson.dumps(found).decode(),
        "note": note,
        "by": by,
        "at": Clock.now(),
    }
    number: int = (await connection.execute(sql.INSERT, row)).scalar_one()
    return number


def _installed(folder: Path, connector: str) -> bytes | None:
    """The installed folder of a connector. One that cannot be packed is not taken along."""
    for file in sorted(folder.glob("*/connector.yaml")):
        if said_in(file, "connector") == connector:
            try:
                return packed(files_in(file.parent))
            except Fatal:
                return None
    return None


def _described(content: bytes) -> tuple[str, dict[str, str]]:
    """The name of a connector and the stamps of its mappings. Raises Refused (CONNECTOR-001) when it says no name."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "folder"
        unpack(content, folder)
        try:
            connector = load_connector(folder)
        except Fatal as error:
            name = said_in(folder / "connector.yaml", "connector")
            if name is None or not _ID.fullmatch(name):
                raise Refused(problems.UNFIT_CONNECTOR, error.text) from None
            return name, {}
        return connector.id, _stamps(connector, folder)


def _stamps(connector: Connector, folder: Path) -> dict[str, str]:
    """What each mapping is stamped with, and what tells two of one stamp apart: its file and its look-ups."""
    found = {}
    for route in connector.routes.values():
        if isinstance(route, Mapper) and route.mapping.file is not None:
            text = route.mapping.file.read_text("utf-8")
            tables = sorted(file for file in folder.glob("*.csv") if file.name in text)
            parts = [text.encode(), *(file.read_bytes() for file in tables)]
            found[route.stamp] = sha256(b"".join(sha256(part).digest() for part in parts)).hexdigest()
    return found


def _problems(content: bytes) -> list[Text]:
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "folder"
        unpack(content, folder)
        return check_connector(folder)


def _reused(version: VersionRow, rows: Sequence[VersionRow]) -> list[Text]:
    """Stamps under which another mapping has been in service: what they are on would no longer tell what made it."""
    return [
        Text(
            f"{stamp} 在版本 {row.number} 中已是另一映射，请提高版本号",
            f"{stamp} was another mapping in version {row.number}: raise the version",
        )
        for stamp, content in version.stamps.items()
        for row in rows
        if row.live_at is not None and row.stamps.get(stamp, content) != content
    ]
