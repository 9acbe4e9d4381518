"""What a simulated portal keeps: records with every version they had, what was pushed to it, and how it misbehaves.

Shared by the portal programs, and by nothing else. Times are milliseconds by the portal's own clock. Faults:

    down                   it does not answer
    busy: 429 | 503        it answers with that
    held                   no request is looked at until the faults are replaced
    slow_seconds: n        every answer takes so long
    lag_seconds: n         changes become visible later
    clock_skew_seconds: n  its clock is ahead
    duplicate, reorder     rows come twice, or in disorder
    half_page              an answer is cut in the middle
    html                   a login page comes instead, with status 200
    wrong_charset          bytes are not in the declared encoding
    change_after_delivery  a record that was just delivered changes
    expire_tokens          page tokens are forgotten
    drop_answer            a push is taken, its answer is lost
"""

from __future__ import annotations

import json
import sqlite3
import threading
import time
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

FAULTS = {
    "down",
    "busy",
    "held",
    "slow_seconds",
    "lag_seconds",
    "clock_skew_seconds",
    "duplicate",
    "reorder",
    "half_page",
    "html",
    "wrong_charset",
    "change_after_delivery",
    "expire_tokens",
    "drop_answer",
    "same_token",
    "old_copies",
    "chokes_on",
}
_SEEDED_FROM_MS = 1_735_693_200_000  # 2025-01-01 09:00 in China
_SEEDED_STEP_MS = 61_000

_SCHEMA = """
CREATE TABLE IF NOT EXISTS version (
    kind TEXT, key TEXT, version INTEGER, changed_ms INTEGER, gone INTEGER, body TEXT, PRIMARY KEY (kind, key, version)
);
CREATE INDEX IF NOT EXISTS by_change ON version (kind, changed_ms);
CREATE TABLE IF NOT EXISTS pushed (
    message_id TEXT PRIMARY KEY, kind TEXT, key TEXT, base INTEGER, outcome TEXT, version INTEGER, body TEXT
);
"""
# The plus keeps the inner query on the primary key: the few versions of one record.
_AS_OF = """
SELECT key, version, changed_ms, gone, body FROM version AS v
WHERE kind = :kind AND changed_ms BETWEEN :since AND :until AND NOT gone AND version = (
    SELECT max(version) FROM version WHERE kind = v.kind AND key = v.key AND +changed_ms <= :as_of
) ORDER BY changed_ms, key
"""


class Maker(Protocol):
    """Key and body of the synthetic record of a kind at an index, the same every time."""

    def __call__(self, kind: str, index: int) -> tuple[str, dict[str, Any]]: ...


class Row(NamedTuple):
    """A record as it was at some time."""

    key: str
    version: int
    changed_ms: int
    gone: bool
    body: dict[str, Any]


@dataclass(frozen=True)
class Outcome:
    """What became of a push: taken, conflict or missing, and the record that the portal holds now."""

    what: str
    row: Row | None


class World:
    """One portal's data in one SQLite file, and its faults. Safe to use from several threads."""

    def __init__(self, database: str, kinds: tuple[str, ...], make: Maker) -> None:
        self.kinds = kinds
        self.asked = 0
        self._make = make
        self._lock = threading.RLock()
        self._store = sqlite3.connect(database, check_same_thread=False, isolation_level=None)
        self._store.executescript("PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF;" + _SCHEMA)
        self._faults: dict[str, tuple[Any, int | None]] = {}
        self._faults_replaced = threading.Condition(self._lock)

    def now_ms(self) -> int:
        return int(time.time() * 1000) + 1000 * int(self.fault("clock_skew_seconds") or 0)

    def fault(self, name: str) -> Any:
        """The value of a fault that is set; one that is limited counts down with every asking."""
        with self._lock:
            value, left = self._faults.get(name, (None, None))
            if left == 1:
                del self._faults[name]
            elif left is not None:
                self._faults[name] = value, left - 1
            return value

    def set_faults(self, faults: dict[str, Any], times: int | None = None) -> None:
        """Replace all faults by these, for the next `times` occasions or until they are replaced."""
        if unknown := faults.keys() - FAULTS:
            raise ValueError(f"no such fault: {', '.join(unknown)}")
        with self._lock:
            self._faults = {name: (value, times) for name, value in faults.items() if value}
            self._faults_replaced.notify_all()

    def wait_while_held(self) -> None:
        """Return once the fault `held` is not set, at once when it is not."""
        with self._faults_replaced:
            self._faults_replaced.wait_for(lambda: "held" not in self._faults)

    def seed(self, count: int) -> None:
        """`count` more records of every kind, changed a minute after one another."""
        with self._lock:
            self._store.execute("BEGIN")
            for kind in self.kinds:
                (have,) = self._store.execute(
                    "SELECT count(DISTINCT key) FROM version WHERE kind = ?", [kind]
                ).fetchone()
                rows = ((index, *self._make(kind, index)) for index in range(have, have + count))
                self._store.executemany(
                    "INSERT INTO version VALUES (?, ?, 1, ?, 0, ?)",
                    ((kind, key, _SEEDED_FROM_MS + i * _SEEDED_STEP_MS, _text(body)) for i, key, body in rows),
                )
            self._store.execute("COMMIT")

    def read(self, kind: str, key: str) -> Row | None:
        found = self._store.execute(
            "SELECT key, version, changed_ms, gone, body FROM version WHERE kind = ? AND key = ?"
            " ORDER BY version DESC LIMIT 1",
            [kind, key],
        ).fetchone()
        return None if found is None else _row(found)

    def put(self, kind: str, key: str, fields: dict[str, Any], *, gone: bool = False) -> Row:
        """A new version: the present one with these fields, those without a value cleared."""
        with self._lock:
            held = self.read(kind, key)
            body = {**(held.body if held else {}), **fields}
            body = {name: value for name, value in body.items() if value not in (None, "")}
            row = Row(key, held.version + 1 if held else 1, self._next_ms(kind), gone, body)
            values = [kind, key, row.version, row.changed_ms, gone, _text(body)]
            self._store.execute("INSERT INTO version VALUES (?, ?, ?, ?, ?, ?)", values)
            return row

    def rewrite(self, kind: str, key: str, fields: dict[str, Any]) -> None:
        """Other content under the number that the newest version has, as when somebody repairs a database by hand."""
        with self._lock:
            held = self.read(kind, key)
            if held is not None:
                values = [_text({**held.body, **fields}), self._next_ms(kind), kind, key, held.version]
                self._store.execute(
                    "UPDATE version SET body = ?, changed_ms = ? WHERE kind = ? AND key = ? AND version = ?", values
                )

    def restore(self, kind: str, key: str) -> None:
        """Forget the newest version of a record, as when the backup of the day before is put back."""
        with self._lock:
            held = self.read(kind, key)
            if held is not None and held.version > 1:
                values = [kind, key, held.version]
                self._store.execute("DELETE FROM version WHERE kind = ? AND key = ? AND version = ?", values)

    def view(self, kind: str, since_ms: int | None = None, until_ms: int | None = None) -> list[Row]:
        """What the portal shows now: the records stamped from `since_ms` to before `until_ms`, oldest first."""
        as_of = self.now_ms() - 1000 * int(self.fault("lag_seconds") or 0)
        until = as_of if until_ms is None else min(as_of, until_ms - 1)
        wanted = {"kind": kind, "since": since_ms or 0, "until": until, "as_of": as_of}
        with self._lock:
            return [_row(found) for found in self._store.execute(_AS_OF, wanted)]

    def push(self, kind: str, key: str, base: int, fields: dict[str, Any], message_id: str) -> Outcome:
        """Compare and set; a message that was answered before gets the same answer again.

        Version 0 is that of a record which is not there: on it one can be entered anew.
        """
        with self._lock:
            known = self._store.execute("SELECT outcome FROM pushed WHERE message_id = ?", [message_id]).fetchone()
            held = self.read(kind, key)
            if known is not None:
                return Outcome(known[0], held)
            version = 0 if held is None or held.gone else held.version
            what = "taken" if version == base else "conflict" if version else "missing"
            row = self.put(kind, key, fields) if what == "taken" else held
            told = [message_id, kind, key, base, what, row.version if row else None, _text(fields)]
            self._store.execute("INSERT INTO pushed VALUES (?, ?, ?, ?, ?, ?, ?)", told)
            return Outcome(what, row)

    def pushed(self) -> list[dict[str, Any]]:
        """Everything that was pushed, oldest first."""
        names = ("message_id", "kind", "key", "base", "outcome", "version", "body")
        found = self._store.execute(f"SELECT {', '.join(names)} FROM pushed ORDER BY rowid")  # noqa: S608 - constants
        return [{**dict(zip(names, row, strict=True)), "body": json.loads(row[-1])} for row in found]

    def delivered(self, kind: str, rows: list[Row]) -> list[Row]:
        """The rows of a page as they go out, with what is wrong with them today."""
        if rows and self.fault("change_after_delivery"):
            self.put(kind, rows[0].key, {})
        if self.fault("duplicate"):
            rows = [row for row in rows for _ in range(2)]
        if self.fault("old_copies"):
            rows = [*rows, *(old for row in rows for old in self._before(kind, row))]
        return rows[::-1] if self.fault("reorder") else rows

    def _before(self, kind: str, row: Row) -> list[Row]:
        found = self._store.execute(
            "SELECT key, version, changed_ms, gone, body FROM version WHERE kind = ? AND key = ? AND version = ?",
            [kind, row.key, row.version - 1],
        )
        return [_row(each) for each in found]

    def _next_ms(self, kind: str) -> int:
        """Now; a moment later when something was stamped this very moment. A clock set back stamps earlier times."""
        now = self.now_ms()
        query = "SELECT max(changed_ms) FROM version WHERE kind = ? AND changed_ms < ?"
        (last,) = self._store.execute(query, [kind, now + 1000]).fetchone()
        return max(now, (last or 0) + 1)


def uscc(division: str, index: int) -> str:
    """A synthetic credit code with a right check character (GB 32100)."""
    alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"
    first17 = f"91{division}MA{index:06d}" + "5"
    total = sum(alphabet.index(letter) * pow(3, place, 31) for place, letter in enumerate(first17))
    return first17 + alphabet[-total % 31]


def _row(found: tuple[Any, ...]) -> Row:
    key, version, changed_ms, gone, body = found
    return Row(key, version, changed_ms, bool(gone), json.loads(body))


def _text(body: dict[str, Any]) -> str:
    return json.dumps(body, ensure_ascii=False)
