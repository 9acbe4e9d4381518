"""The nation's model contracts, which come with the installation and are published by it.

They are written as plain text (schemas/templates). One whose text is another than that of the version in force becomes
its next version when the service starts.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from importlib.resources import files

import orjson

from adapters.word.checking import checked
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
        await connection.execute(sql.LOCK_CODE, {"code": NATION})
        known = {row.code: row.source for row in await connection.execute(sql.NATIONAL)}
        new = [text for text in texts if known.get(text.code) != text.source]
        for text in new:
            template = await asyncio.to_thread(composed, text.content)
            told = await asyncio.to_thread(checked, template)
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
                "fields": orjson.dumps(sorted(told.fields)).decode(),
                "places": orjson.dumps(sorted(told.places)).decode(),
                "today": Clock.china_today(),
            }
            before = {"code": text.code, "until": row["today"], "before": TEMPLATES.before(TemplateState.SUPERSEDED)}
            await connection.execute(sql.SUPERSEDE, before)
            version = (await connection.execute(sql.PUBLISH_NATIONAL, row)).scalar_one()
            blank = await asyncio.to_thread(filled, template, {}, {})
            await keep_file(connection, row["id"], FileKind.MARKED, template)
            await keep_file(connection, row["id"], FileKind.ORIGINAL, blank)
            preview = await asyncio.to_thread(plain_html, blank)
            await keep_file(connection, row["id"], FileKind.PREVIEW, preview.encode())
            await audit.record(
                connection,
                _Installation(),
                "template.move",
                text.code,
                division=NATION,
                version=version,
                state="published",
            )
    return [text.code for text in new]


def _texts() -> Iterator[_Text]:
    folder, known = files("schemas") / "templates", codelist(_LIST)
    for code in known:
        content = (folder / f"{code}.txt").read_text(encoding="utf-8")
        kind = known.row(code)["contract_type"]
        yield _Text(code=code, title=known[code].zh, contract_type=kind, content=content)
