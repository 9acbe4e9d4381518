"""Lists that go on behind the row that was shown last: for what is not counted, and grows while somebody reads.

A page declares what it finds and how a row is shown; the list, its next page and its files follow from that.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from uuid import UUID

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from gateway.access.powers import Power
from gateway.console.shell import framing
from gateway.console.shell.appearance import address_of
from gateway.console.shell.files_of_lists import file_of
from gateway.console.shell.language import chosen
from gateway.console.shell.tabular import A_PAGE, Row, Table, shown_table
from gateway.console.shell.visitors import Endpoint, visitor
from gateway.doors.requests import following, uuid_parameter
from gateway.persons.person import Person

Found = TypeVar("Found")


@dataclass(frozen=True, slots=True, kw_only=True)
class EndlessList(Generic[Found]):
    """What `find` gives by the criteria of the address, so many behind the one of that id; `line` shows one."""

    table: Table
    power: Power | None
    find: Callable[[Request, Person, UUID | None, int], Awaitable[Sequence[Found]]]
    line: Callable[[Found, Person, str], Row]
    id_of: Callable[[Found], UUID]

    async def shown(self, request: Request, person: Person) -> dict[str, Any]:
        """A page of it, ready for its template. Raises Refused (REQUEST-001), and whatever `find` raises."""
        language = chosen(request).language
        found = await self.find(request, person, uuid_parameter(request, "after"), A_PAGE)
        rows = [self.line(each, person, language) for each in found]
        last = following(found, A_PAGE, lambda each: str(self.id_of(each)))
        table = shown_table(request, language, self.table, rows, count=len(rows), most=A_PAGE)
        return {"table": table, "after": address_of(request, after=last) if last else ""}

    def add_files(self, router: APIRouter) -> None:
        """The list as files, by the same criteria."""
        for extension in self.table.file_formats:
            framing.add(router, f"{self.table.path}.{extension}", self._file(extension))

    def _file(self, extension: str) -> Endpoint:
        async def file(request: Request) -> Response:
            person, language = await visitor(request, self.power), chosen(request).language
            last: list[UUID] = []

            async def rows(limit: int, _: int) -> Sequence[Row]:
                found = await self.find(request, person, last[-1] if last else None, limit)
                last.extend(self.id_of(each) for each in found[-1:])
                return [self.line(each, person, language) for each in found]

            return await file_of(request, person, self.table, rows, extension=extension)

        return file
