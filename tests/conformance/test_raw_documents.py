"""**Bytes that are not what they are said to be** are refused, or read, alike by every door that takes them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest

from schemas.samples import resident_id
from tests.conformance import raw
from tests.conformance.doors import House
from tests.conformance.raw import Said, Spoil
from tests.conformance.records import DEPART_ON, good
from tests.integration.sftp import HEAD

REFUSED = Said((), frozenset({"FORMAT-002"}))
TAKEN = Said(("accepted",), frozenset())


@dataclass(frozen=True)
class Case:
    """What is done to the bytes of a good document, and what every door says of it."""

    name: str
    spoil: Spoil
    said: Said


def cut_in_a_letter(document: bytes) -> bytes:
    """A text of fixed length in bytes, as databases cut it: two of the three bytes of its last letter are left."""
    letter = "五日游".encode()
    assert document.count(letter) == 1
    return document.replace(letter, letter[:-1])


def with_half_a_letter_before_ascii(document: bytes) -> bytes:
    return document.replace("三亚双飞".encode(), "三亚双飞".encode()[:-2])


def declared(encoding: bytes) -> Spoil:
    return lambda document: document.replace(b"UTF-8", encoding, 1)


CUT = (
    Case("a text cut in its last letter", cut_in_a_letter, REFUSED),
    Case("a text cut before more text", with_half_a_letter_before_ascii, REFUSED),
    Case("nothing done to it", lambda document: document, TAKEN),
)
DECLARED = (
    Case("UTF-8 that calls itself GB2312", declared(b"GB2312"), TAKEN),
    Case("UTF-8 that calls itself GBK", declared(b"gbk"), TAKEN),
    Case("cut, and it calls itself GB18030", lambda it: cut_in_a_letter(declared(b"GB18030")(it)), REFUSED),
)
IN_UTF8: dict[str, tuple[Callable[[dict], bytes], Callable[[House, bytes], Said]]] = {
    "rest": (raw.as_json, raw.rest("contract", "application/json; charset=utf-8")),
    "submissions": (raw.as_json, raw.submissions("contract", "application/json; charset=utf-8")),
    "erp": (raw.as_erp, raw.erp),
    "sftp": (raw.as_json, raw.sftp("plain", "json")),
    "batch": (raw.as_line, raw.batch("contract")),
    "rest in XML": (raw.as_xml, raw.rest("contract", "application/xml; charset=utf-8")),
}
"""How a record is written for a door, and sent."""
IN_ENVELOPES: dict[str, tuple[Callable[[House], Callable[[dict], bytes]], Callable[[House, bytes], Said]]] = {
    "soap": (raw.as_envelope, raw.soap),
    "vendor": (raw.as_vendor, raw.vendor),
}
"""The same where the document itself names who calls."""


def asked(house: House, door: str, case: Case, number: int) -> Said:
    """What a door says of a good contract that was spoilt; a tenant of its own each time."""
    own = replace(house, tenant=f"raw-{door}-{number}".replace(" ", "-").lower())
    if door in IN_ENVELOPES:
        opened, send = IN_ENVELOPES[door]
        write = opened(own)
    else:
        write, send = IN_UTF8[door]
    return send(own, case.spoil(write(good(number) | {"route_name": "三亚双飞五日游"})))


def _numbered(cases: tuple[Case, ...], first: int) -> list[tuple[int, Case]]:
    return list(enumerate(cases, first))


def _name(value: object) -> str:
    return value.name if isinstance(value, Case) else str(value)


@pytest.mark.parametrize("door", [*IN_UTF8, *IN_ENVELOPES])
@pytest.mark.parametrize(("number", "case"), _numbered(CUT, 700), ids=_name)
def test_utf8_that_was_cut_is_never_read_as_another_encoding(house: House, door: str, number: int, case: Case) -> None:
    assert asked(house, door, case, number) == case.said


@pytest.mark.parametrize("door", ["rest in XML", *IN_ENVELOPES])
@pytest.mark.parametrize(
    ("number", "case"), list(enumerate(DECLARED, 720)), ids=lambda value: getattr(value, "name", "")
)
def test_what_reads_as_utf8_is_utf8_whatever_its_declaration_says(
    house: House, door: str, number: int, case: Case
) -> None:
    assert asked(house, door, case, number) == case.said


# -- tables of an old system -------------------------------------------------------------------------------------------

NAMES = ("张示例", "李样本", "王测试")
IN_TEXT: dict[str, Callable[[House, bytes], Said]] = {
    "rest": raw.rest("contract", "text/csv", connector="laoqiao"),
    "sftp": raw.sftp("laoqiao", "csv"),
    "batch": raw.batch("contract", connector="laoqiao"),
}
"""Doors that take the export of the connector `laoqiao`."""


def export(names: tuple[str, ...] = NAMES, end: str = "\r\n") -> str:
    """One contract a row."""
    days = f"{DEPART_ON:%Y/%m/%d},{DEPART_ON:%Y/%m/%d}"
    rows = (
        f"ROW-{nth},国内,北京示例国际旅行社有限公司,L-BJ-CJ00144,G-{nth},黄山一日游,{days},1,1980.00,"
        f"1,{name},男,是,身份证,{resident_id(2 * nth + 1)},13900139000,"
        for nth, name in enumerate(names)
    )
    return "\r\n".join([HEAD, *rows]) + end


def with_a_bad_byte(text: str) -> bytes:
    letter = "样".encode("gb18030")
    return text.encode("gb18030").replace(letter, b"\xff" + letter[1:])


ONE_LOST = ("accepted", "rejected", "accepted")
TABLES = {
    "a bad byte in one row": (with_a_bad_byte(export()), Said(ONE_LOST, frozenset({"FORMAT-008"}))),
    "NUL in one row": (export().replace("李", "李\0").encode(), Said(ONE_LOST, frozenset({"FORMAT-005"}))),
    "an open quote in one row": (export().replace("李", '"李').encode(), Said(ONE_LOST, frozenset({"FORMAT-035"}))),
    "Ctrl-Z at the end": (export(end="\r\n\x1a").encode("gb18030"), Said(("accepted",) * 3, frozenset())),
    "Ctrl-Z and padding": (export(end="\r\n\x1a" + "\0" * 90).encode("gb18030"), Said(("accepted",) * 3, frozenset())),
    "a letter of GB18030-2022": (
        export(("李䶮", "李龴", "王一")).encode("gb18030"),
        Said(("accepted",) * 3, frozenset()),
    ),
    "four bytes a letter": (export(("李㛃", "李𬱟", "王一")).encode("gb18030"), Said(("accepted",) * 3, frozenset())),
}


@pytest.mark.parametrize("door", IN_TEXT)
@pytest.mark.parametrize("case", TABLES)
def test_one_row_that_cannot_be_read_costs_the_others_nothing(house: House, door: str, case: str) -> None:
    document, said = TABLES[case]
    own = replace(house, tenant=f"table-{door}-{list(TABLES).index(case)}")
    assert IN_TEXT[door](own, document) == said
