"""Divisions of GB/T 2260 and what lies in them: XX0000 is a province, XXXX00 a city, 000000 the whole country.

What partners send to try things out lies in `SANDBOX`, which is in no division: no authority sees it.
"""

from __future__ import annotations

import re
from enum import StrEnum

from gateway.store.database import SANDBOX
from schemas.codelists import codelist
from schemas.findings import Text

__all__ = ["NATION", "SANDBOX", "Level", "above", "below", "level_of", "lies_in", "pattern_of", "title_of"]
_TRAILING = re.compile("(?:00){1,3}$")


def lies_in(division: str, outer: str) -> bool:
    """Whether a division is `outer` or below it."""
    return division != SANDBOX and division.startswith(_TRAILING.sub("", outer))


def pattern_of(division: str) -> str:
    """A division and all below it, as a pattern of LIKE: `350000` is `35%`.

    That of the whole country matches the sandbox too, which the store keeps from it by a policy of its own.
    """
    prefix = _TRAILING.sub("", division)
    return division if prefix == division else f"{prefix}%"


class Level(StrEnum):
    NATION = "nation"
    PROVINCE = "province"
    CITY = "city"
    COUNTY = "county"


NATION = "000000"
_PSEUDO = re.compile(r"\d\d90")
"""Counties that no city administers are listed under XX9000, which administers nothing itself."""


def level_of(division: str) -> Level:
    """Raises KeyError for what is no division of the list."""
    return Level.NATION if division == NATION else Level(codelist("divisions").row(division)["level"])


def above(division: str) -> str | None:
    """The division that administers another; None above the nation. Raises KeyError for what is no division."""
    if division == NATION:
        return None
    parent = codelist("divisions").row(division)["parent"]
    if _PSEUDO.match(parent):
        parent = codelist("divisions").row(parent)["parent"]
    return parent or NATION


def below(division: str) -> list[str]:
    """The divisions that one administers directly, in the order of the list."""
    return [code for code in codelist("divisions") if above(code) == division and not _PSEUDO.match(code)]


def title_of(division: str) -> Text:
    """What a division is called, with those above it: 福建省厦门市."""
    if division == NATION:
        return Text("全国", "the whole country")
    names = codelist("divisions")
    outer = above(division)
    before = "" if outer in (None, NATION) else title_of(outer).zh
    return Text(before + names[division].zh, before + names[division].en)
