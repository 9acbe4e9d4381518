"""The `.ok` file beside a document: that it is complete, and if the partner says so, its SHA-256 and its rows.

    sha256=<64 hexadecimal digits>
    rows=<number of rows below the heading, or of records where there is no table>

An empty one says only that the document is complete. Both keys are optional, in any order, one a line, and neither
they nor the digits need be in lower case.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from adapters.connector import Route
from adapters.envelope import Rejection, SourceRecord
from adapters.errors import Unreadable
from adapters.formats.places import ROWS
from adapters.formats.source import Source
from adapters.reading import records
from schemas.findings import Text

LONGEST = 4096
_LINE = re.compile(r"(sha-?256|rows)\s*[=:]\s*([0-9A-F]{64}|[0-9]{1,12})", re.IGNORECASE)


class BadManifest(ValueError):
    """A manifest that cannot be read, or one that its document does not agree with; `reason` says how."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(en)
        self.reason = Text(zh, en)


@dataclass(frozen=True, slots=True)
class Manifest:
    """What the partner claims of a document; None where it claims nothing."""

    sha256: str | None = None
    rows: int | None = None

    def check(self, sha256: str, rows: int | None) -> None:
        """Raises BadManifest when a claim does not hold. Unknown `rows` (None) are not compared."""
        if self.sha256 is not None and self.sha256 != sha256:
            raise BadManifest(
                f"清单所列 SHA-256 与文件不符：文件为 {sha256}", f"The SHA-256 differs: the file's is {sha256}"
            )
        if None not in (self.rows, rows) and self.rows != rows:
            raise BadManifest(
                f"清单所列行数 {self.rows} 与文件的 {rows} 行不符", f"It claims {self.rows} rows, the file holds {rows}"
            )


def parse(content: bytes) -> Manifest:
    """The claims of a manifest. Raises BadManifest."""
    claims: dict[str, str] = {}
    for line in _lines(content):
        match = _LINE.fullmatch(line)
        name = "" if match is None else match[1].lower().replace("-", "")
        if match is None or name in claims or (name == "sha256") != (len(match[2]) == 64):
            raise BadManifest(
                "清单只能为空，或含 sha256=… 与 rows=… 两种行",
                "A manifest is empty or holds lines sha256=... and rows=...",
            )
        claims[name] = match[2].lower()
    return Manifest(claims.get("sha256"), int(claims["rows"]) if "rows" in claims else None)


def rows_of(document: Source, route: Route) -> int | None:
    """Rows as a manifest counts them; None when the document cannot be read, which its answer will say."""
    try:
        return sum(_rows(record) for record in records(document, route.read))
    except Unreadable:
        return None


def _rows(record: SourceRecord | Rejection) -> int:
    data = record.source if isinstance(record, Rejection) else record.data
    return len(data.get(ROWS, (1,)))


def _lines(content: bytes) -> Iterable[str]:
    if len(content) > LONGEST:
        raise BadManifest(f"清单超过 {LONGEST} 字节", f"A manifest has at most {LONGEST} bytes")
    text = content.decode("utf-8-sig", "replace")
    return (line.strip() for line in text.splitlines() if line.strip())
