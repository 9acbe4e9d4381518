"""Figures as lines of cells, for files: headings in one language or in both, then a line each."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from decimal import Decimal

from starlette.responses import Response

from gateway.access.divisions import title_of
from gateway.doors.downloads import SPREADSHEET
from gateway.doors.list_files import text_file, workbook
from gateway.statistics.rates import BASES, Rates
from gateway.statistics.top100 import Ranking
from gateway.statistics.trade import MEASURES, TITLES, Form, Forms
from gateway.statistics.yearly import TITLES as PART_TITLES
from gateway.wording.languages import said
from schemas.codelists import codelist
from schemas.findings import Text

Lines = list[list[str]]
FORMATS = ("json", "csv", "xlsx")
_TOTAL, _UNKNOWN = Text("合计", "Total"), Text("未注明", "Not stated")
_FORM, _CODE, _PLACE = Text("报表", "Form"), Text("代码", "Code"), Text("客源地或目的地", "From or to where")
_AGENCY, _USCC = Text("旅行社", "Agency"), Text("统一社会信用代码", "Credit code")
_MISSING = Text("缺", "missing")


def place_words(place: str) -> Text:
    """A country or a division by its name."""
    if not place:
        return _UNKNOWN
    countries = codelist("countries")
    if place in countries:
        return countries[place]
    return title_of(place) if place in codelist("divisions") else Text(place, place)


def trade_lines(forms: Forms, language: str | None = None) -> Lines:
    """The trade's forms one below the other, each with its total."""
    found = [[said(each, language) for each in (_FORM, _CODE, _PLACE, *MEASURES.values())]]
    for form in Form:
        title, filled = said(TITLES[form], language), forms[form]
        for line in filled.lines:
            numbers = [str(line.value(name)) for name in MEASURES]
            found.append([title, line.place, said(place_words(line.place), language), *numbers])
        total = [str(filled.total.value(name)) for name in MEASURES]
        found.append([title, "", said(_TOTAL, language), *total])
    return found


def rate_lines(rates: Rates, language: str | None = None) -> Lines:
    """Every agency; of each basis what is expected and the rate, empty where nobody knows."""
    titles = [_USCC, _AGENCY, Text("已报团队", "Groups reported"), Text("及时率", "Reported in time")]
    for words in BASES.values():
        titles += [Text(f"应报：{words.zh}", f"Expected: {words.en}"), Text(f"填报率：{words.zh}", f"Rate: {words.en}")]
    found = [[said(each, language) for each in titles]]
    for each in rates.agencies:
        line = [each.agency.uscc, each.agency.title, str(each.reported), percent(each.timely)]
        for basis in BASES:
            rate = each.rates.get(basis)
            line += ["", ""] if rate is None else [str(rate.expected), percent(rate.rate)]
        found.append(line)
    return found


def ranking_lines(ranking: Ranking, language: str | None = None) -> Lines:
    """Every place, with value and rank of each part."""
    titles = [Text("名次", "Place"), _AGENCY, _USCC, Text("得分", "Score")]
    for part in ranking.weights:
        words = PART_TITLES[part]
        titles += [words, Text(f"{words.zh}：排名", f"{words.en}: rank")]
    found = [[said(each, language) for each in titles]]
    for each in ranking.places:
        line = [str(each.place), each.candidate.name, each.candidate.uscc, str(each.score)]
        for part in ranking.weights:
            value = each.candidate.values.get(part)
            line += [said(_MISSING, language) if value is None else str(value), str(each.ranks[part])]
        found.append(line)
    return found


def percent(rate: float | Decimal | None) -> str:
    """A share of one with one decimal; empty for none."""
    return "" if rate is None else f"{rate * 100:.1f}%"


async def file_response(lines: Sequence[Sequence[str]], name: str, extension: str) -> Response:
    """The lines as a file of that name."""
    content = await asyncio.to_thread(workbook if extension == "xlsx" else text_file, lines)
    media_type = SPREADSHEET if extension == "xlsx" else "text/csv; charset=utf-8"
    return Response(
        content, headers={"Content-Disposition": f'attachment; filename="{name}.{extension}"'}, media_type=media_type
    )
