"""The one list of the console: columns, filters that stay in the address, sorting, pages, files of the same filter.

A page declares what it lists; the template `list.html` shows it, with or without a script.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from starlette.requests import Request

from gateway.console.shell.appearance import address_of
from gateway.console.shell.saved_views import SavedView, plain_query, saved_views
from gateway.doors.requests import whole_number
from gateway.wording.languages import word
from schemas.findings import Text

A_PAGE = 50
_PAGE_NAME = "page"
_ALL = Text("全部", "All")


class Entry(StrEnum):
    """How a filter is entered."""

    SEARCH = "search"
    CHOICE = "select"
    DAY = "date"


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column; `orders` are the words that sort by it, upwards and downwards. Some stand in files only."""

    name: str
    title: Text
    orders: tuple[str, str] | None = None
    is_number: bool = False
    is_in_files_only: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """A criterion, by the name that it has in the address; `unchosen` is what a list shows without it."""

    name: str
    title: Text
    entry: Entry = Entry.SEARCH
    choices: Mapping[str, Text] = field(default_factory=dict)
    unchosen: Text = _ALL


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """A filter that is asked for often, one click away."""

    title: Text
    criteria: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """What stands in a cell; files have the text alone. What is small below it may be `is_urgent`."""

    text: str
    href: str = ""
    tone: str = ""
    small: str = ""
    is_urgent: bool = False
    is_code: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A line of a list. `choice` is what a batch names it by, empty where nothing can be done to it."""

    name: str
    cells: Mapping[str, Cell]
    choice: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """What may be listed, sought and sorted by. `path` is its address, `order` how it is sorted by itself."""

    path: str
    columns: Sequence[Column]
    filters: Sequence[Filter]
    views: Sequence[View] = ()
    order: str = ""
    file_formats: Sequence[str] = ("xlsx", "csv")

    def headings(self, language: str) -> list[str]:
        """The titles of all columns, as a file has them."""
        return [word(column.title, language) for column in self.columns]

    def lines(self, rows: Sequence[Row]) -> list[list[str]]:
        """The cells of rows, as a file has them."""
        return [[row.cells[column.name].text for column in self.columns] for row in rows]


def state_filter(states: Mapping[Any, Text], *, unchosen: Text = _ALL) -> Filter:
    """The filter of a list by its rows' state; the words of each by its member of a `StrEnum`."""
    choices = {str(state): words for state, words in states.items()}
    return Filter(name="state", title=Text("状态", "State"), entry=Entry.CHOICE, choices=choices, unchosen=unchosen)


def state_view(state: Any, words: Text) -> View:
    """One click to the rows in a state."""
    return View(title=words, criteria={"state": str(state)})


def offset_of(request: Request, most: int, size: int = A_PAGE) -> int:
    """Where the page that is asked for begins. Raises Refused (REQUEST-001)."""
    return (whole_number(request, _PAGE_NAME, 1, 1, most=max(most // size, 1)) - 1) * size


def shown_table(
    request: Request,
    language: str,
    table: Table,
    rows: Sequence[Row],
    *,
    count: int,
    most: int,
    size: int = A_PAGE,
) -> dict[str, Any]:
    """A page of a list, ready for its template; of more than `most` rows it says so."""
    page = offset_of(request, most, size) // size + 1
    pages = max(-(-min(count, most) // size), 1)
    given = {each.name: request.query_params.get(each.name, "") for each in table.filters}
    here = plain_query(dict(request.query_params))
    saved = [_saved(view, here) for view in saved_views(request) if view.path == table.path]
    is_own = any(view["is_here"] for view in saved)
    return {
        "path": table.path,
        "columns": [_heading(request, table, column, language) for column in _seen(table)],
        "filters": [_filter(each, given[each.name], language) for each in table.filters],
        "views": [_view(table, view, {} if is_own else given, language) for view in table.views],
        "saved": saved,
        "query": here,
        "rows": rows,
        "can_choose": any(row.choice for row in rows),
        "order": request.query_params.get("order", ""),
        "is_filtered": any(given.values()),
        "count": f"{min(count, most):,}",
        "is_more": count > most,
        "page": page,
        "pages": pages,
        "before": address_of(request, page=str(page - 1)) if page > 1 else "",
        "after": address_of(request, page=str(page + 1)) if page < pages else "",
        "files": [
            {"name": each.upper() if each == "csv" else "Excel", "href": _file(request, table, each)}
            for each in table.file_formats
        ],
    }


def _seen(table: Table) -> list[Column]:
    return [column for column in table.columns if not column.is_in_files_only]


def _file(request: Request, table: Table, extension: str) -> str:
    return f"{table.path}.{extension}{address_of(request, page=None)}"


def _heading(request: Request, table: Table, column: Column, language: str) -> dict[str, Any]:
    """A heading; one that sorts leads to the other direction when the list is sorted by it."""
    shown = {"name": column.name, "title": word(column.title, language), "is_number": column.is_number}
    if column.orders is None:
        return shown | {"href": "", "sorted": ""}
    up, down = column.orders
    now = request.query_params.get("order") or table.order
    wanted = down if now == up else up
    state = {up: "ascending", down: "descending"}.get(now, "")
    return shown | {"href": address_of(request, order=wanted, page=None), "sorted": state}


def _filter(each: Filter, value: str, language: str) -> dict[str, Any]:
    choices = [(name, word(words, language)) for name, words in each.choices.items()]
    return {
        "name": each.name,
        "title": word(each.title, language),
        "entry": each.entry.value,
        "choices": choices,
        "unchosen": word(each.unchosen, language),
        "value": value,
    }


def _saved(view: SavedView, here: str) -> dict[str, Any]:
    return {"name": view.name, "href": view.href, "is_here": view.query == here}


def _view(table: Table, view: View, given: Mapping[str, str], language: str) -> dict[str, Any]:
    address = "&".join(f"{name}={value}" for name, value in view.criteria.items())
    is_here = bool(given) and {name: value for name, value in given.items() if value} == dict(view.criteria)
    return {"title": word(view.title, language), "href": f"{table.path}?{address}", "is_here": is_here}
