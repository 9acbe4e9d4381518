"""The library of model contracts: the list, an upload, one with its sample, the bench where blanks get a meaning."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any
from uuid import UUID

from fastapi import APIRouter
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from adapters.word.blanks import MOST_BLANKS
from gateway.access.powers import Power
from gateway.base import problems
from gateway.base.problems import Refused
from gateway.console.shell import framing
from gateway.console.shell.endless_lists import EndlessList
from gateway.console.shell.explaining import explained
from gateway.console.shell.framing import framed
from gateway.console.shell.language import chosen
from gateway.console.shell.menu import Entry, Section
from gateway.console.shell.unkept import unkept_file
from gateway.console.shell.visitors import fields_of, own_body, own_form, visitor
from gateway.console.templates.words import TABLE, chosen_meanings, every_field, line_of, shown_blanks, shown_template
from gateway.contracts.page_pictures import MOST_PICTURES, PICTURE_TYPE
from gateway.doors.reasons import required_reason
from gateway.doors.requests import bad_parameter, services_of
from gateway.doors.sent_forms import SentForm, sent_form
from gateway.persons.person import Person
from gateway.templates.library import MOST_BYTES, NewTemplate, Sought, TemplateLibrary
from gateway.templates.named_files import FILES, PDF
from gateway.templates.rows import FileKind, TemplateRow
from gateway.templates.states import OPEN, READY, TemplateState
from gateway.wording.languages import word
from schemas.codelists import codelist
from schemas.findings import Text

BASE = "/templates"
UPLOAD, BENCH = "/template-upload", "/template-bench"
_ONE, _AT_BENCH = f"{BASE}/{{code}}/{{version:whole}}", f"{BENCH}/{{code}}/{{version:whole}}"
_TITLE = Text("合同示范文本", "Model contracts")
_MAKES, _DECIDES = Power.EDIT_CONNECTORS, Power.EDIT_TEMPLATES
_AROUND = 16_384
_LONGEST_BENCH = MOST_BLANKS * 400 + _AROUND
"""Of the form in which every blank is decided: a field of another choice is at most that long."""
_NO_FILE = Text("请选择 Word 文档（.docx）", "Choose a document (.docx)")
_EMPTY = SentForm(fields={})


async def _find(request: Request, person: Person, after: UUID | None, limit: int) -> Sequence[TemplateRow]:
    """Those in sight: what is published, and what is being made for who makes or decides it."""
    state, kind = (request.query_params.get(name) or None for name in ("state", "contract_type"))
    if state is not None and state not in tuple(TemplateState):
        raise bad_parameter("state", " | ".join(TemplateState))
    if kind is not None and kind not in codelist("contract_types"):
        raise bad_parameter("contract_type", " | ".join(codelist("contract_types")))
    states = [TemplateState(state)] if state else [*OPEN, TemplateState.PUBLISHED]
    sought = Sought(states=states, contract_type=kind, after=after)
    return await _library(request).listed(person.scope, sought, limit)


_LIST = EndlessList(table=TABLE, power=None, find=_find, line=line_of, id_of=lambda row: row.id)


async def list_page(request: Request) -> Response:
    """What is in use and in work, or of the state that is asked for."""
    person = await visitor(request)
    shown = await _LIST.shown(request, person)
    return await framed(request, person, "template_list.html", may_upload=person.may(_DECIDES), **shown)


async def upload_page(request: Request) -> Response:
    """Where a document is handed in."""
    return await _upload_page(request, await visitor(request, _DECIDES))


async def _upload_page(
    request: Request, person: Person, refusal: Refused | None = None, *, form: SentForm = _EMPTY
) -> Response:
    language = chosen(request).language
    return await framed(
        request,
        person,
        "template_upload.html",
        200 if refusal is None else refusal.problem.status,
        types=[(code, word(words, language)) for code, words in codelist("contract_types").items()],
        fields={name: form.fields.get(name, "") for name in ("title", "contract_type", "code")},
        code=request.query_params.get("code", ""),
        wrong=_wrong(refusal, language),
        findings=_findings(refusal, language),
    )


async def upload(request: Request) -> Response:
    """A document; what it cannot be is told on the same page."""
    person, body = await own_body(request, MOST_BYTES + _AROUND, _DECIDES)
    form = sent_form(request.headers.get("content-type", ""), body)
    file = form.files.get("document")
    try:
        if file is None or not file.content:
            raise Refused(problems.BAD_REQUEST, _NO_FILE)
        new = NewTemplate(
            title=form.fields.get("title", ""),
            contract_type=form.fields.get("contract_type", ""),
            document=file.content,
            code=form.fields.get("code") or None,
        )
        row = await _library(request).upload(person, new)
    except Refused as refusal:
        return await _upload_page(request, person, refusal, form=form)
    return RedirectResponse(f"{BASE}/{row.code}/{row.version}", 303)


async def one_page(request: Request) -> Response:
    """One: what it is, its files, the sample beside the original, and what may be decided."""
    return await _one_page(request, await visitor(request))


async def _one_page(request: Request, person: Person, refusal: Refused | None = None, *, reason: str = "") -> Response:
    row, language = await _asked(request, person), chosen(request).language
    return await framed(
        request,
        person,
        "template_one.html",
        200 if refusal is None else refusal.problem.status,
        row=shown_template(row, language),
        files=[name for name, (kind, _) in FILES.items() if kind in _kept(row)],
        sample_pages=range(1, min(row.pages or 0, MOST_PICTURES) + 1),
        preview=await _preview(request, person, row),
        may=_decisions(person, row),
        wrong=_wrong(refusal, language),
        findings=_findings(refusal, language),
        reason=reason,
    )


async def decide(request: Request) -> Response:
    """Publish, send back, give up or end; what cannot be is told on the same page."""
    person, form = await own_form(request, _DECIDES)
    decision = _DECISIONS.get(form.get("decision", ""))
    row = await _asked(request, person)
    if decision is None:
        raise Refused(problems.BAD_REQUEST)
    try:
        await decision(_library(request), person, row, form.get("reason", ""))
    except Refused as refusal:
        return await _one_page(request, person, refusal, reason=form.get("reason", ""))
    return RedirectResponse(f"{BASE}/{row.code}/{row.version}", 303)


async def begin(request: Request) -> Response:
    """The technical team takes it up."""
    person, _ = await own_form(request, _MAKES)
    row = await _asked(request, person)
    try:
        await _library(request).take(person, row.code, row.version)
    except Refused as refusal:
        return await _one_page(request, person, refusal)
    return RedirectResponse(f"{BENCH}/{row.code}/{row.version}", 303)


async def bench_page(request: Request) -> Response:
    """The document beside its blanks, and what each means."""
    return await _bench_page(request, await visitor(request, _MAKES))


async def _bench_page(
    request: Request, person: Person, refusal: Refused | None = None, *, is_saved: bool = False
) -> Response:
    row, language = await _asked(request, person), chosen(request).language
    work = await _library(request).work(person.scope, row.code, row.version)
    blanks = shown_blanks(work, language)
    return await framed(
        request,
        person,
        "template_bench.html",
        200 if refusal is None else refusal.problem.status,
        row=shown_template(row, language),
        revision=work.revision,
        blanks=blanks,
        open=[each["number"] for each in blanks if each["is_open"]],
        unsure=[each["number"] for each in blanks if each["is_unsure"]],
        notes=[word(Text(**each["reason"]), language) for each in work.reading["notes"]],
        every=every_field(language),
        preview=await _preview(request, person, row),
        wrong=_wrong(refusal, language),
        findings=_findings(refusal, language),
        is_saved=is_saved or "saved" in request.query_params,
    )


async def mark(request: Request) -> Response:
    """What blanks mean, all of them at once; then the bench again, or the sample handed in."""
    person, body = await own_body(request, _LONGEST_BENCH, _MAKES)
    form, row, library = fields_of(body), await _asked(request, person), _library(request)
    revision = form.get("revision", "")
    onward = f"{BASE}/{row.code}/{row.version}"
    try:
        if not revision.isdecimal() or len(revision) > 9:
            raise Refused(problems.BAD_REQUEST)
        meanings = chosen_meanings(form)
        await library.mark(person, row.code, row.version, meanings=meanings, revision=int(revision))
        if form.get("then") == "submit":
            await library.submit(person, row.code, row.version)
            return RedirectResponse(onward, 303)
    except Refused as refusal:
        return await _bench_page(request, person, refusal)
    return RedirectResponse(f"{BENCH}/{row.code}/{row.version}?saved", 303)


async def replace(request: Request) -> Response:
    """A template that was changed in a word processor."""
    person, body = await own_body(request, MOST_BYTES + _AROUND, _MAKES)
    form = sent_form(request.headers.get("content-type", ""), body)
    row, file, revision = await _asked(request, person), form.files.get("template"), form.fields.get("revision", "")
    try:
        if file is None or not file.content or not revision.isdecimal() or len(revision) > 9:
            raise Refused(problems.BAD_REQUEST, _NO_FILE)
        await _library(request).replace(person, row.code, row.version, template=file.content, revision=int(revision))
    except Refused as refusal:
        return await _bench_page(request, person, refusal)
    return RedirectResponse(f"{BENCH}/{row.code}/{row.version}?saved", 303)


async def file(request: Request) -> Response:
    """A file of a template."""
    person, name = await visitor(request), request.path_params["name"]
    if name not in FILES:
        raise Refused(problems.NOT_FOUND)
    kind, media_type = FILES[name]
    row = await _asked(request, person)
    content = await _library(request).file(person.scope, row.code, row.version, kind)
    return unkept_file(content, media_type, name=f"{row.code}-{row.version}-{name}")


async def sample(request: Request) -> Response:
    """The filled sample as it would be now."""
    person = await visitor(request, _MAKES)
    row = await _asked(request, person)
    pdf = await _library(request).preview(person, row.code, row.version)
    return unkept_file(pdf, PDF, name=f"{row.code}-{row.version}-preview.pdf")


async def sample_page(request: Request) -> Response:
    """A page of the sample as a picture."""
    person = await visitor(request)
    row, number = await _asked(request, person), request.path_params["number"]
    picture = await _library(request).page(person, row.code, row.version, kind=FileKind.SAMPLE, number=number)
    return unkept_file(picture, PICTURE_TYPE)


async def _asked(request: Request, person: Person) -> TemplateRow:
    """Raises Refused (REQUEST-003)."""
    code, version = request.path_params["code"], request.path_params["version"]
    return await _library(request).shown(person.scope, code.replace("\0", ""), version)


async def _preview(request: Request, person: Person, row: TemplateRow) -> Markup:
    html = await _library(request).file(person.scope, row.code, row.version, FileKind.PREVIEW)
    return Markup(html.decode())  # noqa: S704 - made of a fixed set of tags, see adapters/word/preview.py


def _library(request: Request) -> TemplateLibrary:
    return services_of(request).templates


def _kept(row: TemplateRow) -> list[FileKind]:
    kept = [FileKind.ORIGINAL]
    if row.fields or row.places:
        kept.append(FileKind.MARKED)
    if row.submitted_at is not None and row.state in (TemplateState.FOR_REVIEW, *READY):
        kept += [FileKind.BLANK, FileKind.SAMPLE]
    return kept


def _decisions(person: Person, row: TemplateRow) -> list[str]:
    """What this person may do with it now."""
    may = []
    if person.may(_MAKES):
        may += {TemplateState.UPLOADED: ["take"], TemplateState.IN_WORK: ["bench"]}.get(row.state, [])
    is_own = row.tenant_id == person.tenant.id or person.scope.reaches(row.division)
    if person.may(_DECIDES) and is_own:
        may += {TemplateState.FOR_REVIEW: ["publish", "return"], TemplateState.PUBLISHED: ["end", "renew"]}.get(
            row.state, []
        )
        if row.state in OPEN:
            may.append("withdraw")
    return may


def _wrong(refusal: Refused | None, language: str) -> str:
    """What went wrong; where findings say it, its title alone stands above them."""
    if refusal is not None and refusal.members.get("findings"):
        return word(refusal.problem.title, language)
    return explained(refusal, language)


def _findings(refusal: Refused | None, language: str) -> list[dict[str, str]]:
    """What is wrong with a document, one by one."""
    return [] if refusal is None else [_finding(each, language) for each in refusal.members.get("findings", ())]


def _finding(finding: Mapping[str, Any], language: str) -> dict[str, str]:
    return {
        "code": finding["code"],
        "reason": word(Text(**finding["reason"]), language),
        "advice": word(Text(**finding["advice"]), language),
        "where": finding["locator"],
    }


async def _publish(library: TemplateLibrary, person: Person, row: TemplateRow, reason: str) -> object:
    return await library.publish(person, row.code, row.version)


async def _return(library: TemplateLibrary, person: Person, row: TemplateRow, reason: str) -> object:
    return await library.send_back(person, row.code, row.version, required_reason(reason))


async def _withdraw(library: TemplateLibrary, person: Person, row: TemplateRow, reason: str) -> object:
    return await library.withdraw(person, row.code, row.version, required_reason(reason))


async def _end(library: TemplateLibrary, person: Person, row: TemplateRow, reason: str) -> object:
    return await library.end(person, row.code, row.version, required_reason(reason))


_DECISIONS: dict[str, Callable[[TemplateLibrary, Person, TemplateRow, str], Awaitable[object]]] = {
    "publish": _publish,
    "return": _return,
    "withdraw": _withdraw,
    "end": _end,
}

MENU = (
    Entry(8, BASE, _TITLE, Section.REPORT, Power.REPORT),
    Entry(17, BASE, _TITLE, Section.DECIDE, _DECIDES, "templates_to_review", "?state=for_review"),
    Entry(82, BASE, _TITLE, Section.EXCHANGE, _MAKES, "templates_to_make"),
)

router = APIRouter(include_in_schema=False)
_LIST.add_files(router)
framing.add(router, BASE, list_page)
framing.add(router, UPLOAD, upload_page)
framing.add(router, UPLOAD, upload, "POST")
framing.add(router, _ONE, one_page)
framing.add(router, _ONE, decide, "POST")
framing.add(router, _AT_BENCH, bench_page)
framing.add(router, _AT_BENCH, mark, "POST")
framing.add(router, f"{_AT_BENCH}/begin", begin, "POST")
framing.add(router, f"{_AT_BENCH}/template", replace, "POST")
framing.add(router, f"{_AT_BENCH}/sample.pdf", sample)
framing.add(router, f"{_ONE}/files/{{name}}", file)
framing.add(router, f"{_ONE}/sample/{{number:whole}}.jpg", sample_page)
