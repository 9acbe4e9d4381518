"""What a mapping's `read:` section tells a reader."""

from __future__ import annotations

from dataclasses import dataclass

TOTALS = ("合计", "总计", "小计", "共计", "total", "totals", "sum")


@dataclass(frozen=True, slots=True)
class Read:
    """Reading options; each format uses the ones that concern it.

    `records`  json: dotted path of the list ("$" is the whole document); xml: name of the record element;
               tables: "row" (a row is a record) or "table" (the whole table is one record).
    `header`   column names that must stand in the header row, which may lie below title rows.
    `columns`  names of the columns of a table that has no header row, in their order.
    `labels`   names of label/value cells above the table; their values join the record.
    `group_by` columns whose equal values make rows one record, with the rows under `$rows`.
    `header_rows` how many rows the headings of a table fill, those of a column joined by a slash: `证件/类型`.
    `together` whether the rows of one record mostly follow one another; where not, more of them are held at once.
    `totals`   first words of rows that close a table and are no data.

    A mapping adds, of the headings that it reads: `shared`, those of the record itself and not of its rows, and
    `known`, all of them; `dates`, those of days, whose bare numbers are serials of the workbook's date system; and
    `outside`, the dotted paths around the records that it reads.
    """

    format: str = "json"
    records: str = "$"
    encoding: str | None = None
    delimiter: str | None = None
    sheet: str | None = None
    header: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    group_by: tuple[str, ...] = ()
    header_rows: int = 1
    together: bool = True
    totals: tuple[str, ...] = TOTALS
    shared: tuple[str, ...] = ()
    known: frozenset[str] = frozenset()
    dates: frozenset[str] = frozenset()
    outside: tuple[str, ...] = ()
