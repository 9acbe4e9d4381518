"""Check your answers: what somebody is about to send is shown once more, with the way back, before it counts.

A form is sent three times at most: filled in (no step), to be changed again (`edit`), and for good (`sure`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import orjson
from starlette.requests import Request
from starlette.responses import Response

from gateway.base import problems
from gateway.base.problems import Refused
from gateway.console.shell.framing import framed
from gateway.ledger.values import Answer
from gateway.persons.person import Person
from schemas.findings import Text

STEP = "step"


class FormStep(StrEnum):
    """Where somebody is with a form that was sent."""

    FILLED = ""
    EDIT = "edit"
    SURE = "sure"

    @classmethod
    def of(cls, form: Mapping[str, str]) -> FormStep:
        given = form.get(STEP, "")
        return cls(given) if given in tuple(cls) else cls.FILLED


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """What is shown before it counts. `lines` are titles and answers, `fields` what the form is sent with again."""

    title: str
    list_path: str
    list_title: str
    key: str
    action: str
    lines: Sequence[tuple[str, str]]
    fields: Mapping[str, str]
    confirm: str
    warning: str = ""


async def check_answers(request: Request, person: Person, check: Check) -> Response:
    """The page on which somebody confirms, or goes back."""
    fields = {name: value for name, value in check.fields.items() if name != STEP}
    return await framed(request, person, "check_answers.html", check=check, fields=fields)


def must_be_taken(answer: Answer) -> None:
    """Raises Refused (INTAKE-002) with the first thing that is wrong, where an answer says that nothing was stored."""
    if answer.status < 400:
        return
    for record in orjson.loads(answer.body).get("records", ()):
        for finding in record["findings"]:
            if finding["severity"] == "error":
                raise Refused(problems.REJECTED, Text(finding["reason"]["zh"], finding["reason"]["en"]))
    raise Refused(problems.REJECTED)
