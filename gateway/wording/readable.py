"""Values of records as people read them: words of code lists, yes and no; what no list knows stays as it is. Pure."""

from __future__ import annotations

from gateway.ledger.facts import SUBKINDS
from gateway.wording.languages import said
from schemas import catalog
from schemas.codelists import codelist
from schemas.findings import Text

NOTHING = "—"
_TRUTHS = {"True": Text("是", "yes"), "False": Text("否", "no")}


def shown_value(kind: str, pointer: str, value: object, language: str | None) -> str:
    """The value of the field at a JSON pointer of a kind, as text; None says both languages."""
    if value is None:
        return NOTHING
    text = str(value)
    field = catalog.kind(f"{kind}.v1").field(pointer)
    if field is None:
        return text
    words = _TRUTHS.get(text) if field.type == "boolean" else _listed(field.codelist, text)
    return text if words is None else said(words, language)


def shown_subkind(kind: str, code: str | None, language: str) -> str:
    """The type of a record, which is a code of the first of its fields that tells types, or else its state."""
    for name in SUBKINDS:
        if (words := shown_value(kind, f"/{name}", code, language)) != code:
            return words
    return code or NOTHING


def _listed(name: str | None, code: str) -> Text | None:
    return None if name is None else codelist(name).get(code)
