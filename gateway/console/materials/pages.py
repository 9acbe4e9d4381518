"""A filing at the agency's own desk, where its materials are handed in; and a material, as who may reads it."""

from __future__ import annotations

from urllib.parse import quote

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from gateway.access.powers import Power
from gateway.authority.filing_materials import LONGEST_NAME, NewMaterial
from gateway.authority.qualification_steps import UNDECIDED
from gateway.base import problems
from gateway.base.problems import Refused
from gateway.console.qualifications.material_words import NO_FILE, OFFICIAL, OWN, shown_materials, types
from gateway.console.qualifications.records import record_here, without_materials
from gateway.console.shell import framing
from gateway.console.shell.answer_checks import Check, FormStep, check_answers
from gateway.console.shell.bodies import shown_body
from gateway.console.shell.explaining import explained
from gateway.console.shell.framing import framed
from gateway.console.shell.language import chosen
from gateway.console.shell.record_words import division_words, shown_state, tone_of
from gateway.console.shell.unkept import unkept_file
from gateway.console.shell.visitors import own_body, own_form, visitor
from gateway.doors.lookup import seen_body
from gateway.doors.requests import Asked, services_of
from gateway.doors.sent_forms import FORM_AROUND, SentForm, sent_form
from gateway.ledger.rows import RecordRow
from gateway.persons.person import Person
from gateway.wording.languages import word
from schemas import catalog
from schemas.findings import Text
from schemas.masking import masked

_BASE = "/agency/filings"
_MANAGE = Power.MANAGE_AGENCY
_EMPTY = SentForm(fields={})


async def filing_page(request: Request) -> Response:
    """A filing of the agency, masked, with its steps and materials."""
    person = await visitor(request, _MANAGE)
    return await _filing(request, person, await _own(request, person))


async def hand_in(request: Request) -> Response:
    """A material of it, a PDF."""
    services = services_of(request)
    person, sent = await own_body(request, services.settings.http.max_document_bytes + FORM_AROUND, _MANAGE)
    row = await _own(request, person)
    form = sent_form(request.headers.get("content-type", ""), sent)
    file = form.files.get("file")
    try:
        if file is None or not file.content:
            raise Refused(problems.BAD_REQUEST, NO_FILE)
        new = NewMaterial(name=form.fields.get("name", ""), kind=form.fields.get("kind", ""), content=file.content)
        await services.materials.hand_in(person, row, new)
    except Refused as refusal:
        return await _filing(request, person, row, refusal, form=form)
    return RedirectResponse(f"{_BASE}/{quote(row.key, safe='')}?handed-in", 303)


async def take_back(request: Request) -> Response:
    """A material that was handed in by mistake, once it was shown again."""
    person, form = await own_form(request, _MANAGE)
    row = await _own(request, person)
    digest, language, step = request.path_params["sha256"], chosen(request).language, FormStep.of(form)
    here = f"{_BASE}/{quote(row.key, safe='')}"
    found = [each for each in await services_of(request).materials.listed(person, row) if each.sha256 == digest]
    if not found:
        raise Refused(problems.NOT_FOUND)
    if step is FormStep.FILLED:
        return await check_answers(
            request,
            person,
            Check(
                title=word(Text("撤回材料前核对", "Check before you take it back"), language),
                list_path=here,
                list_title=row.key,
                key=found[0].name,
                action=f"{OWN}/{digest}/{quote(row.key, safe='')}",
                lines=(
                    (word(Text("办件编号", "Filing"), language), row.key),
                    (word(Text("材料名称", "Material"), language), found[0].name),
                ),
                fields={},
                confirm=word(Text("确认撤回", "Take it back"), language),
                warning=word(Text("撤回后主管部门不再能看到", "The authority will see it no more"), language),
            ),
        )
    if step is FormStep.SURE:
        await services_of(request).materials.take_back(person, row, digest)
    return RedirectResponse(f"{here}#materials", 303)


async def own_material(request: Request) -> Response:
    """A material that the agency has handed in."""
    person = await visitor(request, _MANAGE)
    return await _material(request, person, await _own(request, person))


async def official_material(request: Request) -> Response:
    """A material, for who decides; that it was read is kept."""
    person = await visitor(request, Power.DECIDE_FILINGS)
    return await _material(request, person, await record_here(request, person, "filing"))


async def _own(request: Request, person: Person) -> RecordRow:
    """Raises Refused (REQUEST-003)."""
    return await services_of(request).own_agency.filing(person, request.path_params["key"])


async def _filing(
    request: Request, person: Person, row: RecordRow, refusal: Refused | None = None, *, form: SentForm = _EMPTY
) -> Response:
    services, language = services_of(request), chosen(request).language
    body = masked(await seen_body(Asked(services, person), row), catalog.kind(row.schema))
    return await framed(
        request,
        person,
        "own_filing.html",
        200 if refusal is None else refusal.problem.status,
        key=row.key,
        state=shown_state("filing", row.state, language),
        tone=tone_of(row.state),
        division=division_words(row.division),
        body=shown_body("filing", without_materials(body), (), language),
        materials=shown_materials(await services.materials.listed(person, row), language, base=OWN, key=row.key),
        may_hand_in=row.state in UNDECIDED,
        types=types(language),
        type=form.fields.get("kind", ""),
        name=form.fields.get("name", ""),
        longest=LONGEST_NAME,
        wrong=explained(refusal, language),
        is_handed_in="handed-in" in request.query_params,
    )


async def _material(request: Request, person: Person, row: RecordRow) -> Response:
    pdf = await services_of(request).materials.read(person, row, request.path_params["sha256"])
    return unkept_file(pdf, "application/pdf", name="material.pdf")


router = APIRouter(include_in_schema=False)
framing.add(router, f"{_BASE}/{{key:path}}", filing_page)
framing.add(router, f"{_BASE}/{{key:path}}", hand_in, "POST")
framing.add(router, f"{OWN}/{{sha256}}/{{key:path}}", own_material)
framing.add(router, f"{OWN}/{{sha256}}/{{key:path}}", take_back, "POST")
framing.add(router, f"{OFFICIAL}/{{sha256}}/{{key:path}}", official_material)
