"""The nation's model contracts, which come with the installation and are published by it.

They are written as plain text (schemas/templates). One whose text is another than that of the version in force becomes
its next version when the service starts.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from importlib.resources import files

import orjson
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.word.checking import Checked, checked
from adapters.word.composing import composed
from adapters.word.filling import filled
from adapters.word.preview import plain_html
from gateway import audit
from gateway.access.divisions import NATION
from gateway.base.clock import Clock
from gateway.base.ids import uuid7
from gateway.store.database import Database
from gateway.templates import statements as sql
from gateway.templates.library import keep_file
from gateway.templates.rows import FileKind
from gateway.templates.states import TEMPLATES, TemplateState
from schemas.codelists import codelist

_LIST = "contract_templates"


@dataclass(frozen=True, slots=True)
class _Installation:
    """Who publishes them, as the audit log names it."""

    name: str = "installation"
    account: None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Text:
    code: str
    title: str
    contract_type: str
    content: str

    @property
    def source(self) -> str:
        return sha256(self.content.encode()).hexdigest()


async def publish(database: Database) -> list[str]:
    """Publish those whose text is new; their codes. Several processes that start at once do it once."""
    texts = await asyncio.to_thread(lambda: list(_texts()))
    async with database.writing() as connection:
        new = await _new(connection, texts)
    made = [(text, await asyncio.to_thread(_made, text)) for text in new]  # which takes seconds: nobody waits for it
    if not made:
        return []
    async with database.writing() as connection:
        await connection.execute(sql.LOCK_CODE, {"code": NATION})
        still_new = await _new(connection, texts)
        for text, files_of in made:
            if text in still_new:
                await _publish(connection, text, files_of)
    return [text.code for text in still_new]


async def _new(connection: AsyncConnection, texts: Sequence[_Text]) -> list[_Text]:
    known = {row.code: row.source for row in await connection.execute(sql.NATIONAL)}
    return [text for text in texts if known.get(text.code) != text.source]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Made:
    """What becomes of a text: the template, what it asks for, and the document with nothing filled in."""

    template: bytes
    told: Checked
    blank: bytes
    preview: bytes


def _made(text: _Text) -> _Made:
    template = composed(text.content)
    blank = filled(template, {}, {})
    return _Made(template=template, told=checked(template), blank=blank, preview=plain_html(blank).encode())


async def _publish(connection: AsyncConnection, text: _Text, made: _Made) -> None:
    row = {
        "id": uuid7(),
        "code": text.code,
        "tenant_id": None,
        "division": NATION,
        "contract_type": text.contract_type,
        "title": text.title,
        "reading": orjson.dumps({"blanks": [], "notes": [], "source": text.source}).decode(),
        "meanings": "{}",
        "by": _Installation().name,
        "at": Clock.now(),
        "fields": orjson.dumps(sorted(made.told.fields)).decode(),
        "places": orjson.dumps(sorted(made.told.places)).decode(),
        "today": Clock.china_today(),
    }
    before = {"code": text.code, "until": row["today"], "before": TEMPLATES.before(TemplateState.SUPERSEDED)}
    await connection.execute(sql.SUPERSEDE, before)
    version = (await connection.execute(sql.PUBLISH_NATIONAL, row)).scalar_one()
    await keep_file(connection, row["id"], FileKind.MARKED, made.template)
    await keep_file(connection, row["id"], FileKind.ORIGINAL, made.blank)
    await keep_file(connection, row["id"], FileKind.PREVIEW, made.preview)
    told = {"version": version, "state": TemplateState.PUBLISHED.value}
    await audit.record(connection, _Installation(), "template.move", text.code, division=NATION, **told)


def _texts() -> Iterator[_Text]:
    folder, known = files("schemas") / "templates", codelist(_LIST)
    for code in known:
        content = (folder / f"{code}.txt").read_text(encoding="utf-8")
        kind = known.row(code)["contract_type"]
        yield _Text(code=code, title=known[code].zh, contract_type=kind, content=content)
