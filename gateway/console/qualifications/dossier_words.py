"""A dossier as pages show it, in one language. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from gateway.access.powers import Power
from gateway.authority.dossiers import MOST_OF_A_KIND, Dossier, Leaf
from gateway.console.shell.record_words import division_words, shown_state, tone_of
from gateway.wording.dates import short_moment
from gateway.wording.languages import word
from gateway.wording.readable import shown_subkind
from schemas.findings import Text


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    """A part of the dossier; `base` is where one of it is shown to whoever has the power."""

    title: Text
    base: str = ""
    needs: Power = Power.READ_AGENCIES


_PARTS: Mapping[str, _Part] = {
    "branch": _Part(title=Text("分社", "Branches"), base="/branches"),
    "outlet": _Part(title=Text("服务网点", "Outlets"), base="/outlets"),
    "guide": _Part(title=Text("导游", "Guides"), base="/guides"),
    "leader": _Part(title=Text("领队", "Tour leaders"), base="/leaders"),
    "filing": _Part(title=Text("资质办件", "Filings"), base="/filings", needs=Power.DECIDE_FILINGS),
    "pledge": _Part(title=Text("出境业务承诺", "Outbound pledges"), base="/pledges", needs=Power.DECIDE_FILINGS),
}


def shown_dossier(dossier: Dossier, language: str, *, may_open: Callable[[Power], bool]) -> list[dict[str, Any]]:
    """The parts in their order, each with what is filed."""
    found: list[dict[str, Any]] = []
    for kind, leaves in dossier.items():
        part = _PARTS[kind]
        base = part.base if may_open(part.needs) else ""
        rows = [_shown_leaf(leaf, base, language) for leaf in leaves]
        is_cut = len(rows) == MOST_OF_A_KIND
        found.append({"kind": kind, "title": word(part.title, language), "rows": rows, "is_cut": is_cut})
    return found


def shown_leaves(leaves: Sequence[Leaf], language: str, *, may_open: Callable[[Power], bool]) -> list[dict[str, Any]]:
    """Filings, each with the way to it for whoever may open it."""
    part = _PARTS["filing"]
    base = part.base if may_open(part.needs) else ""
    return [_shown_leaf(leaf, base, language) for leaf in leaves]


def _shown_leaf(leaf: Leaf, base: str, language: str) -> dict[str, Any]:
    row = leaf.row
    query = f"?{urlencode({'agency_uscc': row.agency_uscc})}"
    return {
        "key": row.key,
        "name": leaf.name,
        "href": f"{base}/{quote(row.key, safe='')}{query}" if base else "",
        "state": shown_state(row.kind, row.state, language),
        "tone": tone_of(row.state),
        "is_applied": row.state == "applied",
        "type": "" if row.subkind == row.state else shown_subkind(row.kind, row.subkind, language),
        "division": division_words(row.division),
        "at": short_moment(row.stored_at, language),
    }
