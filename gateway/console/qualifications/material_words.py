"""Materials as pages show them, in one language. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from gateway.authority.filing_materials import TYPES, Material, Place
from gateway.wording.languages import word
from schemas.codelists import codelist
from schemas.findings import Text

OFFICIAL, OWN = "/filing-materials", "/agency/materials"
NO_FILE = Text("请选择材料文件（PDF）", "Choose the material, a PDF")
_PLACES = {
    Place.ELSEWHERE: (Text("由报送方保存", "with its sender"), ""),
    Place.MISSING: (Text("尚缺", "missing"), "warn"),
}


def shown_materials(materials: Sequence[Material], language: str, *, base: str, key: str, query: str = "") -> list[Any]:
    """Each with its type, its day and size, and the way to it where it is here and may be opened."""
    return [
        _shown(each, language, f"{base}/{each.sha256}/{quote(key, safe='')}{query}" if base else "")
        for each in materials
    ]


def _shown(each: Material, language: str, href: str) -> dict[str, Any]:
    place, tone = _PLACES.get(each.place, (Text("", ""), ""))
    return {
        "name": each.name,
        "type": word(codelist(TYPES)[each.kind], language) if each.kind in codelist(TYPES) else "",
        "on": each.handed_in_on.isoformat() if each.handed_in_on else "",
        "size": "" if each.size_bytes is None else f"{each.size_bytes:,}",
        "href": href if each.place is Place.HERE else "",
        "place": word(place, language),
        "tone": tone,
    }


def types(language: str) -> list[tuple[str, str]]:
    """The types to choose from."""
    return [(code, word(words, language)) for code, words in codelist(TYPES).items()]
