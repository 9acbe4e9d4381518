"""The enclosed process that opens documents of others: one JSON object in, one out; contents are Base64.

{"do": "read", "document": ...}                      -> {"blanks": [{"number": 1, "candidates": [...]}], "html": ...}
{"do": "mark", "document": ..., "meanings": {"1": "agency.name"}}
    -> {"template": ..., "fields": ["/agency/name"], "places": ["code"]}
{"do": "check", "template": ...}                     -> {"fields": ..., "places": ..., "findings": [...]}
what cannot be read                                  -> {"refused": [a finding]}
"""

from __future__ import annotations

import io
import json
import sys
from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from docx import Document

from adapters.errors import Unreadable
from adapters.mapping.cleaners.codelists import by_any_name
from adapters.word.blanks import read, shown
from adapters.word.checking import checked
from adapters.word.harmless import must_be_harmless
from adapters.word.marks import marked
from adapters.word.meanings import contract, title_of
from adapters.word.notes import notes_of
from adapters.word.preview import preview
from adapters.word.proposals import propose
from schemas.codelists import codelist, codelists
from schemas.findings import Finding


def main(arguments: Sequence[str]) -> None:
    asked = json.load(sys.stdin)
    try:
        answer = _DOES[asked["do"]](asked)
    except Unreadable as failure:
        answer = {"refused": [_finding(failure.finding)]}
    json.dump(answer, sys.stdout, ensure_ascii=False)


def _read(asked: Mapping[str, Any]) -> dict[str, Any]:
    raw = b64decode(asked["document"])
    must_be_harmless(raw)
    document = Document(io.BytesIO(raw))
    reading = read(document)
    proposed = propose(reading)
    blanks = [
        plain
        | {
            "meaning": each.meaning,
            "candidates": [
                {"meaning": one.meaning, "score": one.score, "title": title_of(one.meaning)._asdict()}
                for one in each.candidates
            ],
        }
        for plain, each in zip(shown(reading.blanks), proposed, strict=True)
    ]
    notes = [_finding(each) for each in notes_of(document)]
    return {"blanks": blanks, "notes": notes, "html": preview(raw, reading)}


def _mark(asked: Mapping[str, Any]) -> dict[str, Any]:
    template = marked(b64decode(asked["document"]), {int(key): value for key, value in asked["meanings"].items()})
    return {"template": b64encode(template).decode()} | _told(template)


def _check(asked: Mapping[str, Any]) -> dict[str, Any]:
    template = b64decode(asked["template"])
    must_be_harmless(template, is_template=True)
    return _told(template)


def _told(template: bytes) -> dict[str, Any]:
    found = checked(template)
    return {
        "fields": sorted(found.fields),
        "places": sorted(found.places),
        "findings": [_finding(each) for each in found.findings],
    }


def _finding(finding: Finding) -> dict[str, Any]:
    return finding.as_dict()


def _warm() -> None:
    """Whatever is read from files later is read now: none can be opened behind this."""
    contract().check({}, today=_ANY_DAY)
    for name in codelists():
        by_any_name(name)
        codelist(name).code_of("")
    smallest = Document()
    smallest.add_paragraph("旅游者：____ 金额：____元")
    kept = io.BytesIO()
    smallest.save(kept)
    asked = {"document": b64encode(kept.getvalue()).decode()}
    meanings = {blank["number"]: blank["meaning"] for blank in _read(asked)["blanks"]}
    _check(_mark(asked | {"meanings": meanings}))


_ANY_DAY = date(2026, 1, 1)
_DOES = {"read": _read, "mark": _mark, "check": _check}
_warm()
