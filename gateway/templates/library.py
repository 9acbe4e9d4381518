"""The library of model contracts (全国旅游示范合同库): uploaded as Word, made a template, reviewed, published.

A province or city uploads its text and publishes what became of it; in between the technical team says what each blank
means. The nation's own come with the installation. Source: the work schedule of 2017 (domain section 1, 电子合同管理).
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.word.filling import filled
from adapters.word.meanings import BY_HAND, ORDINAL, PLACES, parsed
from gateway import audit
from gateway.access.accounts import EVERYTHING, Actor, must_may
from gateway.access.divisions import NATION, SANDBOX, Level, above, level_of, lies_in
from gateway.access.powers import Power
from gateway.access.tenants import Tenant
from gateway.base import problems
from gateway.base.clock import Clock
from gateway.base.ids import uuid7
from gateway.base.problems import Refused
from gateway.contracts.document_reading import DocumentReader
from gateway.contracts.page_pictures import PagePictures
from gateway.store.database import Database, Scope
from gateway.store.typed import fetch, fetch_first
from gateway.templates import statements as sql
from gateway.templates.fields import complete_sample
from gateway.templates.office import Office
from gateway.templates.rows import FileKind, FileRow, HeldRow, TemplateRow, WorkRow
from gateway.templates.states import TEMPLATES, TemplateState
from gateway.templates.word_reader import CheckedTemplate, ReadDocument, WordReader
from gateway.trust import qr_image
from schemas.codelists import codelist
from schemas.findings import Text, veiled

LONGEST_TITLE = 60
MOST_BYTES = 5 << 20
_TYPES = "contract_types"
_SAMPLE_CODE = "示例样张 SAMPLE"
_NO_TITLE = Text(f"请填写名称，不超过 {LONGEST_TITLE} 字", f"Give its title, at most {LONGEST_TITLE} characters")
_NO_TYPE = Text("请选择合同类型", "Choose the type of contract")
_LOW = Text("地方示范合同由省级或市级主管部门上传", "Provinces and cities upload model contracts")
_OPEN_BLANKS = Text("还有填写处没有确定含义：{numbers}", "These blanks have no meaning yet: {numbers}")
_NO_MEANING = Text("填写处 {number} 的含义无效：{meaning}", "Blank {number} cannot mean {meaning}")
_NO_BLANK = Text("没有编号为 {number} 的填写处", "There is no blank number {number}")
_TWO_LISTS = Text("同一表格的各列须属于同一个列表", "The columns of a table are of one list")
_NO_CODE = Text("模板缺少唯一编码或二维码的标记：{marks}", "The template lacks the mark of code or QR code: {marks}")
_TO_COME = Text("发布即日起生效，生效日期不能晚于今天", "It is in use at once: the day cannot be one to come")
_MOST_NAMED = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class NewTemplate:
    """A document as it is uploaded. `code` is that of a template of one's own, of which it is to be a new version."""

    title: str
    contract_type: str
    document: bytes
    code: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sought:
    """Which templates: those in `states`, of a type, those that apply in a division; behind the one called `after`."""

    states: Sequence[TemplateState] = ()
    contract_type: str | None = None
    code: str | None = None
    applies_in: str | None = None
    after: UUID | None = None


class TemplateLibrary:
    """All templates of the installation."""

    def __init__(
        self,
        database: Database,
        reader: WordReader,
        office: Office,
        *,
        pictures: PagePictures,
        document_reader: DocumentReader,
    ) -> None:
        self._database = database
        self._pictures = pictures
        self._document_reader = document_reader
        self._reader = reader
        self._office = office

    async def upload(self, actor: Actor, new: NewTemplate) -> TemplateRow:
        """A document as a template that waits to be made: its blanks are found and named at once.

        Raises Refused (AUTH-005, LIMIT-002, REQUEST-001, REQUEST-003 for a code of nobody, TEMPLATE-003 with findings).
        """
        must_may(actor, Power.EDIT_TEMPLATES)
        owner = _authority(actor)
        title, wanted = _titled(new), (new.code or "").replace("\0", "") or None
        read = await self._reader.read(new.document, owner=owner.id)
        template_id, now = uuid7(), Clock.now()
        async with self._database.writing() as connection:
            code = wanted or await self._new_code(connection, owner.division)
            await connection.execute(sql.LOCK_CODE, {"code": code})
            if wanted is not None:
                await self._must_be_own(connection, owner, code)
            row = {
                "id": template_id,
                "code": code,
                "tenant_id": owner.id,
                "division": owner.division,
                "contract_type": new.contract_type,
                "title": title,
                "reading": orjson.dumps({"blanks": list(read.blanks), "notes": list(read.notes)}).decode(),
                "meanings": orjson.dumps(_proposed(read)).decode(),
                "by": actor.name,
                "at": now,
            }
            version = (await connection.execute(sql.INSERT, row)).scalar_one()
            await keep_file(connection, template_id, FileKind.ORIGINAL, new.document)
            await keep_file(connection, template_id, FileKind.PREVIEW, read.html.encode())
            told = {"version": version, "contract_type": new.contract_type, "blanks": len(read.blanks)}
            await audit.record(connection, actor, "template.upload", code, division=owner.division, **told)
            return await _one(connection, code, version)

    async def take(self, actor: Actor, code: str, version: int) -> TemplateRow:
        """Begin the work on an uploaded one. Raises Refused (AUTH-005, REQUEST-003, TEMPLATE-001)."""
        must_may(actor, Power.EDIT_CONNECTORS)
        async with self._database.writing() as connection:
            held = await self._held(connection, actor, code, version)
            await _move(connection, actor, held, TemplateState.IN_WORK, version=version, worked_by=actor.name)
            return await _one(connection, code, version)

    async def mark(
        self, actor: Actor, code: str, version: int, *, meanings: Mapping[str, str], revision: int
    ) -> TemplateRow:
        """Say what blanks mean, by number: `agency.name`, `@code`, `-` for a pen, "" for what is not decided yet.

        Numbers that are not named stay as they are. `revision` is the one this was decided on.
        Raises Refused (AUTH-005, REQUEST-001, REQUEST-003, TEMPLATE-001, TEMPLATE-002, TEMPLATE-003).
        """
        must_may(actor, Power.EDIT_CONNECTORS)
        row = await self.shown(actor.scope, code, version)
        work = await self._work(row.id)
        _must_be_at(work.revision, revision)
        every = _merged(work, meanings)
        original = await self._file(row.id, FileKind.ORIGINAL)
        made = await self._made(original.content, every, owner=actor.account and actor.account.id)
        return await self._worked(actor, row, made, meanings=every, revision=revision)

    async def replace(self, actor: Actor, code: str, version: int, *, template: bytes, revision: int) -> TemplateRow:
        """A template whose marks were written or changed in Word, in the place of the one that was made.

        Raises Refused (AUTH-005, LIMIT-002, REQUEST-003, TEMPLATE-001, TEMPLATE-002, TEMPLATE-003 with findings).
        """
        must_may(actor, Power.EDIT_CONNECTORS)
        row = await self.shown(actor.scope, code, version)
        work = await self._work(row.id)
        _must_be_at(work.revision, revision)
        checked = await self._reader.checked(template, owner=actor.account and actor.account.id)
        if checked.findings:
            raise Refused(problems.TEMPLATE_UNFIT, findings=list(checked.findings))
        _must_carry_code(checked.places)
        return await self._worked(actor, row, checked, meanings=None, revision=revision)

    async def submit(self, actor: Actor, code: str, version: int) -> TemplateRow:
        """Hand in what was made, with a filled sample, for its authority to look at.

        Raises Refused (AUTH-005, LIMIT-002, REQUEST-003, TEMPLATE-001, TEMPLATE-003 for open blanks, TEMPLATE-004).
        """
        must_may(actor, Power.EDIT_CONNECTORS)
        row = await self.shown(actor.scope, code, version)
        work = await self._work(row.id)
        if not row.is_by_hand:
            _must_be_complete(work.meanings)
        _must_carry_code(row.places)
        owner = actor.account and actor.account.id
        sample = await self._sample(row, owner=owner)
        blank = await self._printed(row, {}, {}, owner=owner)
        reading = await self._document_reader.look(sample, sender=owner or 0)
        async with self._database.writing() as connection:
            held = await self._held(connection, actor, code, version)
            _must_be_at(held.revision, row.revision)
            await keep_file(connection, row.id, FileKind.SAMPLE, sample)
            await keep_file(connection, row.id, FileKind.BLANK, blank)
            now = {"submitted_at": Clock.now(), "pages": reading.pages}
            await _move(connection, actor, held, TemplateState.FOR_REVIEW, version=version, **now)
            return await _one(connection, code, version)

    async def send_back(self, actor: Actor, code: str, version: int, reason: str) -> TemplateRow:
        """Let it be changed, and say what. Raises Refused (AUTH-005, REQUEST-003, TEMPLATE-001)."""
        return await self._decided(actor, code, version, TemplateState.IN_WORK, reason=reason)

    async def withdraw(self, actor: Actor, code: str, version: int, reason: str) -> TemplateRow:
        """Give up one that is not published. Raises Refused (AUTH-005, REQUEST-003, TEMPLATE-001)."""
        return await self._decided(actor, code, version, TemplateState.WITHDRAWN, reason=reason)

    async def publish(self, actor: Actor, code: str, version: int, *, valid_from: date | None = None) -> TemplateRow:
        """Bring it into use at once, as of today or an earlier day; the version before it ends.

        Raises Refused (AUTH-005, REQUEST-001 for a day to come, REQUEST-003, TEMPLATE-001).
        """
        must_may(actor, Power.EDIT_TEMPLATES)
        if valid_from is not None and valid_from > Clock.china_today():
            raise Refused(problems.BAD_REQUEST, _TO_COME, parameter="valid_from")
        async with self._database.writing() as connection:
            await connection.execute(sql.LOCK_CODE, {"code": code})
            held = await self._held(connection, actor, code, version)
            _must_own(actor, held)
            _must_follow(held.state, TemplateState.PUBLISHED)
            today = Clock.china_today()
            before = {"code": code, "until": today, "before": TEMPLATES.before(TemplateState.SUPERSEDED)}
            await connection.execute(sql.SUPERSEDE, before)
            now = {"decided_by": actor.name, "decided_at": Clock.now(), "valid_from": valid_from or today}
            await _move(connection, actor, held, TemplateState.PUBLISHED, version=version, **now)
            return await _one(connection, code, version)

    async def end(self, actor: Actor, code: str, version: int, reason: str) -> TemplateRow:
        """Take a published one out of use. Raises Refused (AUTH-005, REQUEST-003, TEMPLATE-001)."""
        return await self._decided(
            actor, code, version, TemplateState.SUPERSEDED, reason=reason, valid_until=Clock.china_today()
        )

    async def listed(self, scope: Scope, sought: Sought, limit: int = 100) -> list[TemplateRow]:
        """Templates in sight, the newest first."""
        where = {
            "states": [state.value for state in sought.states] or None,
            "contract_type": sought.contract_type,
            "code": sought.code,
            "applies_in": None if sought.applies_in is None else _chain(sought.applies_in),
            "after": sought.after,
            "limit": limit,
        }
        async with self._database.reading(scope) as connection:
            return await fetch(connection, sql.LISTED, where, TemplateRow)

    async def shown(self, scope: Scope, code: str, version: int | None = None) -> TemplateRow:
        """A version in sight, without a number the published one. Raises Refused (REQUEST-003)."""
        statement, code = sql.IN_FORCE if version is None else sql.ONE, code.replace("\0", "")
        async with self._database.reading(scope) as connection:
            return _there(await fetch_first(connection, statement, {"code": code, "version": version}, TemplateRow))

    async def work(self, scope: Scope, code: str, version: int) -> WorkRow:
        """The blanks of one that is being made, with what they mean. Raises Refused (REQUEST-003)."""
        row = await self.shown(scope, code, version)
        return await self._work(row.id)

    async def file(self, scope: Scope, code: str, version: int | None, kind: FileKind) -> bytes:
        """A file of a version in sight. Raises Refused (REQUEST-003 for what there is not)."""
        row = await self.shown(scope, code, version)
        if kind in (FileKind.BLANK, FileKind.SAMPLE) and row.tenant_id is None:
            return await self._printed_once(row, kind)
        return (await self._file(row.id, kind)).content

    async def page(self, actor: Actor, code: str, version: int, *, kind: FileKind, number: int) -> bytes:
        """A page of a printed file as a JPEG, from 1. Raises Refused (LIMIT-002, REQUEST-003)."""
        pdf = await self.file(actor.scope, code, version, kind)
        return _there(await self._pictures.of(pdf, number, reader=actor.name))

    async def preview(self, actor: Actor, code: str, version: int) -> bytes:
        """The filled sample as it would be now. Raises Refused (LIMIT-002, REQUEST-003, TEMPLATE-004)."""
        row = await self.shown(actor.scope, code, version)
        return await self._sample(row, owner=actor.account and actor.account.id)

    async def _decided(self, actor: Actor, code: str, version: int, state: TemplateState, **said: Any) -> TemplateRow:
        must_may(actor, Power.EDIT_TEMPLATES)
        async with self._database.writing() as connection:
            held = await self._held(connection, actor, code, version)
            _must_own(actor, held)
            now = {"decided_by": actor.name, "decided_at": Clock.now()}
            await _move(connection, actor, held, state, version=version, **(now | said))
            return await _one(connection, code, version)

    async def _worked(
        self,
        actor: Actor,
        row: TemplateRow,
        made: CheckedTemplate,
        *,
        meanings: Mapping[str, str] | None,
        revision: int,
    ) -> TemplateRow:
        async with self._database.writing() as connection:
            held = await self._held(connection, actor, row.code, row.version)
            _must_be_at(held.revision, revision)
            if held.state is not TemplateState.IN_WORK:
                raise Refused(problems.TEMPLATE_STATE)
            work = (await self._work(row.id)).meanings if meanings is None else meanings
            changed = {
                "id": row.id,
                "meanings": orjson.dumps(dict(work)).decode(),
                "fields": orjson.dumps(list(made.fields)).decode(),
                "places": orjson.dumps(list(made.places)).decode(),
                "is_by_hand": meanings is None,
                "by": actor.name,
            }
            await connection.execute(sql.WORKED, changed)
            await keep_file(connection, row.id, FileKind.MARKED, made.template)
            told = {"version": row.version, "fields": len(made.fields), "is_by_hand": meanings is None}
            await audit.record(connection, actor, "template.mark", row.code, division=row.division, **told)
            return await _one(connection, row.code, row.version)

    async def _made(self, original: bytes, meanings: Mapping[str, str], *, owner: int | None) -> CheckedTemplate:
        made = await self._reader.marked(original, meanings, owner=owner)
        if made.findings:
            raise Refused(problems.TEMPLATE_UNFIT, findings=list(made.findings))
        return made

    async def _printed_once(self, row: TemplateRow, kind: FileKind) -> bytes:
        """What is printed of one that came with the installation: made when it is first asked for."""
        async with self._database.reading(EVERYTHING) as connection:
            kept = await fetch_first(connection, sql.FILE, {"id": row.id, "kind": kind.value}, FileRow)
        if kept is not None:
            return kept.content
        is_sample = kind is FileKind.SAMPLE
        made = await (self._sample(row, owner=None) if is_sample else self._printed(row, {}, {}, owner=None))
        async with self._database.writing() as connection:
            await keep_file(connection, row.id, kind, made)
        return made

    async def _sample(self, row: TemplateRow, *, owner: int | None) -> bytes:
        places = {"code": _SAMPLE_CODE, "qr": await asyncio.to_thread(qr_image.png, _SAMPLE_CODE)}
        return await self._printed(row, complete_sample(row.fields), places, owner=owner)

    async def _printed(
        self,
        row: TemplateRow,
        contract: Mapping[str, Any],
        places: Mapping[str, str | bytes],
        *,
        owner: int | None,
    ) -> bytes:
        template = await self._file(row.id, FileKind.MARKED)
        document = await asyncio.to_thread(filled, template.content, contract, places)
        return await self._office.pdf(document, owner=owner)

    async def _held(self, connection: AsyncConnection, actor: Actor, code: str, version: int) -> HeldRow:
        """The version in sight, held until the end of the transaction."""
        await self.shown(actor.scope, code, version)
        return _there(await fetch_first(connection, sql.HOLD, {"code": code, "version": version}, HeldRow))

    async def _work(self, template_id: UUID) -> WorkRow:
        async with self._database.reading(EVERYTHING) as connection:
            return _there(await fetch_first(connection, sql.WORK, {"id": template_id}, WorkRow))

    async def _file(self, template_id: UUID, kind: FileKind) -> FileRow:
        async with self._database.reading(EVERYTHING) as connection:
            return _there(await fetch_first(connection, sql.FILE, {"id": template_id, "kind": kind.value}, FileRow))

    async def _new_code(self, connection: AsyncConnection, division: str) -> str:
        await connection.execute(sql.LOCK_CODE, {"code": division})
        number = (await connection.execute(sql.COUNTED, {"division": division})).scalar_one() + 1
        return f"{division}-{number:03d}"

    async def _must_be_own(self, connection: AsyncConnection, owner: Tenant, code: str) -> None:
        found = (await connection.execute(sql.OWNER, {"code": code})).first()
        if found is None:
            raise Refused(problems.NOT_FOUND)
        if found.tenant_id != owner.id:
            raise Refused(problems.FORBIDDEN)


async def keep_file(connection: AsyncConnection, template_id: UUID, kind: FileKind, content: bytes) -> None:
    row = {"id": template_id, "kind": kind.value, "content": content, "sha256": sha256(content).digest()}
    await connection.execute(sql.KEEP_FILE, row)


async def _one(connection: AsyncConnection, code: str, version: int) -> TemplateRow:
    return _there(await fetch_first(connection, sql.ONE, {"code": code, "version": version}, TemplateRow))


_UNSAID = dict.fromkeys(
    ("reason", "worked_by", "submitted_at", "decided_by", "decided_at", "pages", "valid_from", "valid_until")
)


async def _move(
    connection: AsyncConnection, actor: Actor, held: HeldRow, state: TemplateState, *, version: int, **said: Any
) -> None:
    _must_follow(held.state, state)
    row = _UNSAID | {"id": held.id, "state": state.value, "before": TEMPLATES.before(state)} | said
    await connection.execute(sql.MOVE, row)
    reason = {"reason": said["reason"]} if said.get("reason") else {}
    told = {"version": version, "state": state.value, **reason}
    await audit.record(connection, actor, "template.move", held.code, division=held.division, **told)


def _proposed(read: ReadDocument) -> dict[str, str]:
    return {str(blank["number"]): blank["meaning"] for blank in read.blanks}


def _merged(work: WorkRow, meanings: Mapping[str, str]) -> dict[str, str]:
    """What blanks mean, with what is said of them now. Raises Refused (REQUEST-001)."""
    every = dict(work.meanings)
    loops = {str(blank["number"]): blank["loop"] for blank in work.reading["blanks"]}
    for number, meaning in meanings.items():
        if number not in every:
            raise Refused(problems.BAD_REQUEST, _filled_in(_NO_BLANK, number=number))
        if not _is_meaning(meaning, is_listed=loops[number] is not None):
            raise Refused(problems.BAD_REQUEST, _filled_in(_NO_MEANING, number=number, meaning=veiled(meaning)[:80]))
        every[number] = meaning
    lists: dict[int, set[str]] = {}
    for number, meaning in every.items():
        if (loop := loops[number]) is not None and meaning not in ("", BY_HAND) and (read := parsed(meaning)):
            lists.setdefault(loop, set()).add(read.loop)
    if any(len(each) > 1 for each in lists.values()):
        raise Refused(problems.BAD_REQUEST, _TWO_LISTS)
    return every


def _is_meaning(meaning: str, *, is_listed: bool) -> bool:
    if meaning in ("", BY_HAND):
        return True
    if meaning.startswith("@"):
        return meaning[1:] in PLACES and not is_listed
    read = parsed(meaning)
    return read is not None and bool(read.loop) == is_listed and (is_listed or not meaning.endswith(ORDINAL))


def _must_be_complete(meanings: Mapping[str, str]) -> None:
    left = sorted(int(number) for number, meaning in meanings.items() if not meaning)
    if left:
        numbers = ", ".join(map(str, left[:_MOST_NAMED])) + (" …" if len(left) > _MOST_NAMED else "")
        raise Refused(problems.TEMPLATE_UNFIT, _filled_in(_OPEN_BLANKS, numbers=numbers))


def _must_carry_code(places: Collection[str]) -> None:
    """A contract without its code and QR code could never be handed in. Raises Refused (TEMPLATE-003)."""
    if left := [f"{{{{ {name} }}}}" for name in ("code", "qr") if name not in places]:
        raise Refused(problems.TEMPLATE_UNFIT, _filled_in(_NO_CODE, marks=" ".join(left)))


def _filled_in(text: Text, **values: Any) -> Text:
    return Text(text.zh.format(**values), text.en.format(**values))


def _titled(new: NewTemplate) -> str:
    title = new.title.strip()
    if not 1 <= len(title) <= LONGEST_TITLE or "\0" in title:
        raise Refused(problems.BAD_REQUEST, _NO_TITLE, parameter="title")
    if new.contract_type not in codelist(_TYPES):
        raise Refused(problems.BAD_REQUEST, _NO_TYPE, parameter="contract_type")
    return title


def _authority(actor: Actor) -> Tenant:
    """The province or city that uploads. Raises Refused (AUTH-005)."""
    account = actor.account
    if account is None or account.uscc:
        raise Refused(problems.FORBIDDEN)
    if level_of(account.division) not in (Level.NATION, Level.PROVINCE, Level.CITY):
        raise Refused(problems.FORBIDDEN, _LOW)
    return account


def _must_own(actor: Actor, held: HeldRow) -> None:
    """Whose it is decides, or an authority above. Raises Refused (AUTH-005)."""
    account = actor.account
    if account is not None and not (account.id == held.tenant_id or lies_in(held.division, account.division)):
        raise Refused(problems.FORBIDDEN)


def _must_follow(state: TemplateState, wanted: TemplateState) -> None:
    if not TEMPLATES.may_move(state, wanted):
        raise Refused(problems.TEMPLATE_STATE)


def _must_be_at(revision: int, wanted: int) -> None:
    if revision != wanted:
        raise Refused(problems.TEMPLATE_MOVED, revision=revision)


def _there(row: Any) -> Any:
    if row is None:
        raise Refused(problems.NOT_FOUND)
    return row


def _chain(division: str) -> list[str]:
    """A division and all above it."""
    found, at = [], NATION if division == SANDBOX else division
    while at is not None:
        found.append(at)
        at = above(at)
    return found
