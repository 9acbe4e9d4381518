"""The generated pages about records: fields of every kind, the catalogue of findings, the SOAP messages."""

from __future__ import annotations

from collections.abc import Iterable
from types import ModuleType

from schemas.catalog import kinds
from schemas.projections.fields_md import fields_md
from schemas.projections.findings_md import findings_md
from schemas.projections.soap_md import soap_md
from schemas.projections.yizhan_service import YIZHAN
from schemas.rules import problems


def pages(more: Iterable[ModuleType] = ()) -> dict[str, str]:
    """File name -> text of every generated page; `more` are modules whose problems join the catalogue."""
    found = {f"{each.name}.md": fields_md(each.id) for each in kinds()}
    found["findings.md"] = findings_md(problems(more))
    found["soap.md"] = soap_md(YIZHAN)
    return found
