"""Personal values are planted through every door; afterwards every place where something is kept or told is searched.

What may be seen stands in `LAWFUL`, each line with its reason; a line that nothing needs any more fails too.
"""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import httpx
import psycopg
import pytest
from psycopg import sql

from gateway.base.settings import RelaySettings, Settings
from gateway.store.embedded import EmbeddedPostgres
from tests.canaries import CANARIES, FORMS, Sighting, Sort, sightings
from tests.conftest import free_port, is_ready, running, until
from tests.integration import planting
from tests.integration.planting import Actors, Garden
from tests.integration.test_relay import Receiver
from tests.processes import Command, environment


@dataclass(frozen=True, slots=True, kw_only=True)
class Lawful:
    """Canaries that may be seen: where (a pattern), of which door, of which sorts, and why."""

    where: str
    door: str
    sorts: frozenset[Sort]
    reason: str

    def covers(self, seen: Sighting) -> bool:
        of_door = seen.door in (self.door, "") or self.door == "any"
        return of_door and seen.sort in self.sorts and re.fullmatch(self.where, seen.where) is not None


_ALL = frozenset(Sort)
LAWFUL: tuple[Lawful, ...] = (
    Lawful(
        where=r"table (record|statistics_record|change|dead_letter|submission|log_leaf|audit)|data|page .*"
        r"|(bureau|team) .*|webhooks",
        door="business number",
        sorts=frozenset({Sort.ID, Sort.PHONE}),
        reason="A number by which a partner calls its record is a plain key: unique for ever, looked up, and printed "
        "on paper. Its sender is warned (INTAKE-115); see decision 0030.",
    ),
    Lawful(
        where="answer to partner",
        door="business number",
        sorts=frozenset({Sort.ID, Sort.PHONE}),
        reason="The same number, as its own sender gave it.",
    ),
    Lawful(
        where=r"table (dead_letter|submission)|data|answer to partner|(bureau|team) /v1/dead-letters",
        door="name of a field",
        sorts=frozenset({Sort.NAME}),
        reason="A finding says which field nobody knows; what somebody is called cannot be told from a heading. "
        "Numbers are hidden.",
    ),
    Lawful(
        where=r"table (dead_letter|submission)|data|answer to partner",
        door="stray words",
        sorts=frozenset({Sort.NAME}),
        reason="A finding shows its sender what stood in a field that is nobody's; what somebody is called cannot be "
        "told from any other word there. Numbers are hidden; to others, words too.",
    ),
    Lawful(
        where="answer to partner",
        door="bad contract",
        sorts=_ALL,
        reason="A rehearsal shows its own sender what was read, beside what was sent; nothing of it is kept.",
    ),
    Lawful(
        where="answer to partner",
        door="sheet",
        sorts=_ALL,
        reason="The import page shows an agency's clerk the sheet that was just chosen, under the name of its file.",
    ),
    Lawful(
        where=r"answer to (anybody|page)",
        door="stray words",
        sorts=_ALL,
        reason="A form shows again, to whoever has just filled it in, what was typed: a login, a number looked for.",
    ),
    Lawful(
        where=r"file sftp(: name)?",
        door="drop",
        sorts=_ALL,
        reason="The drop is the sender's own folder: a file waits there to be taken, and a rejected one to be fetched, "
        "for the days of `sftp.keep_days`.",
    ),
)


@pytest.fixture(scope="module")
def settings(settings: Settings) -> Settings:
    hosts = frozenset({"127.0.0.1:*"})
    port = free_port()
    http = settings.http.model_copy(update={"port": port, "public_url": f"http://127.0.0.1:{port}"})
    return settings.model_copy(update={"relay": RelaySettings(allowed_hosts=hosts), "http": http})


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """What was found at the end, by where it was found."""

    garden: Garden
    folder: Path
    first_wal: str
    pages: Mapping[str, bytes]
    received: bytes


@pytest.fixture(scope="module")
def evidence(settings: Settings, postgres: EmbeddedPostgres, tmp_path_factory: pytest.TempPathFactory) -> Evidence:
    """Everything planted, in a service of processes, which has ended when the search begins."""
    folder = tmp_path_factory.mktemp("canaries")
    actors, first_wal = Actors.of(settings), _wal_file(settings)
    log = (folder / "service.log").open("w", encoding="utf-8")
    serving = Command("serve", environment=_environment(settings), stderr=log)
    receiver = Receiver(folder)
    try:
        until(lambda: is_ready(settings.public_url), "the service is ready", of=serving)
        with httpx.Client(base_url=settings.public_url, timeout=60, trust_env=False) as http:
            garden = Garden(http=http, actors=actors)
            planting.subscribed(garden, receiver)
            for plant in planting.PLANTINGS:
                plant(garden)
            with planting.dropping(settings) as drop:
                planting.plant_by_drop(garden, drop)
            planting.plant_by_portal(settings, folder)
            until(lambda: _is_settled(garden), "the large document is stored and everything is delivered")
            pages = dict(_looked_at(garden))
    finally:
        receiver.stop()
        serving.terminate()
        serving.wait()
        log.close()
    return Evidence(garden=garden, folder=folder, first_wal=first_wal, pages=pages, received=receiver.log.read_bytes())


def _environment(settings: Settings) -> dict[str, str]:
    return environment(settings) | {
        "YIZHAN_HTTP__PORT": str(settings.http.port),
        "YIZHAN_PERSONS__SECOND_FACTOR": "offered",
        "YIZHAN_LIMITS__PUBLIC_PER_MINUTE": "1000000",
    }


def _connected(settings: Settings) -> psycopg.Connection:
    assert settings.database.url is not None
    return psycopg.connect(settings.database.url, autocommit=True)


def _wal_file(settings: Settings) -> str:
    with _connected(settings) as connection:
        row = connection.execute("SELECT pg_walfile_name(pg_current_wal_insert_lsn())").fetchone()
    assert row is not None
    return row[0]


def _is_settled(garden: Garden) -> bool:
    own = garden.actors.partner.bearer
    done = garden.http.get(f"/v1/submissions/{garden.keys['upload']}", headers=own).json()
    (target,) = (each for each in garden.http.get("/v1/targets", headers=own).json()["targets"] if "/ok" in each["url"])
    path = f"/v1/targets/{target['target_id']}/deliveries"
    deliveries = garden.http.get(path, headers=own).json()["deliveries"]
    return done["state"] == "done" and len(deliveries) > 5 and all(d["state"] != "waiting" for d in deliveries)


def _looked_at(garden: Garden) -> Iterator[tuple[str, bytes]]:
    """What those who look after the partners see: pages, files and answers of the API; and what anybody sees."""
    actors, code = garden.actors, garden.codes["contract"]
    roster = garden.keys["roster"]
    pages = (
        *(f"/rosters{end}" for end in ("", ".xlsx", ".csv", f"/{roster}", f"/{garden.keys['sheet']}")),
        *(f"/contracts{end}" for end in ("", ".xlsx", ".csv", f"/{code}")),
        *(f"/differences{end}" for end in ("", ".xlsx", ".csv")),
        *("/agencies", "/agencies.xlsx", "/desk", "/reconciliations"),
    )
    for path in pages:
        yield f"page {path}", garden.http.get(path, auth=actors.officer.auth).content
    programs = (
        "/v1/records?kind=roster",
        "/v1/records?kind=contract",
        f"/v1/rosters/{roster}",
        f"/v1/contracts/{code}",
        "/v1/guides",
        "/v1/dead-letters",
        f"/v1/submissions/{garden.keys['upload']}",
        f"/v1/submissions/{garden.keys['upload']}/dead-letters",
        f"/v1/submissions/{garden.keys['upload']}/dead-letters.xlsx",
        f"/v1/submissions/{garden.keys['upload']}/records.ndjson",
        "/v1/audit?limit=500",
        "/v1/alerts",
        "/v1/registrations",
    )
    for who in (actors.official, actors.operator):
        for path in programs:
            yield f"{who.name} {path}", garden.http.get(path, headers=who.bearer).content
    for path in ("/metrics", f"/verify/{code}", f"/v1/verify/{code}", "/status", "/log/checkpoint", "/log/tile/0/000"):
        yield f"anybody {path}", garden.http.get(path).content


def _must_be_lawful(seen: Collection[Sighting]) -> None:
    unlawful = [str(each) for each in sorted(seen) if not any(line.covers(each) for line in LAWFUL)]
    assert not unlawful, "\n".join(unlawful)


def test_no_table_shows_anybody(evidence: Evidence, settings: Settings) -> None:
    """Every row as the server holds it, as a dump would write it."""
    _must_be_lawful(_in_tables(settings))


def _in_tables(settings: Settings) -> set[Sighting]:
    found: set[Sighting] = set()
    with _connected(settings) as connection:
        names = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        for (name,) in names:
            with connection.cursor().copy(
                sql.SQL("COPY (SELECT * FROM {}) TO STDOUT").format(sql.Identifier(name))
            ) as copy:
                rows = b"".join(bytes(part) for part in copy)
            found |= sightings(f"table {name}", rows, with_hashes=True)
    return found


def test_no_file_of_the_database_shows_anybody(
    evidence: Evidence, settings: Settings, postgres: EmbeddedPostgres
) -> None:
    """Its data, what it has written ahead of it, and its log."""
    with _connected(settings) as connection:
        connection.execute("CHECKPOINT")
        row = connection.execute("SELECT oid FROM pg_database WHERE datname = current_database()").fetchone()
    assert row is not None
    last_wal = _wal_file(settings)
    files = [*(postgres.data / "base" / str(row[0])).iterdir(), postgres.log]
    wal = [each for each in (postgres.data / "pg_wal").iterdir() if evidence.first_wal <= each.name <= last_wal]
    assert wal
    seen = {each for path in [*files, *wal] for each in sightings("data", path.read_bytes())}
    _must_be_lawful(seen)


def test_no_folder_of_the_service_shows_anybody(evidence: Evidence, settings: Settings) -> None:
    """Blobs, parts of uploads, the drop; by what they hold and by what they are called."""
    _must_be_lawful(_in_folders(settings))


def _in_folders(settings: Settings) -> set[Sighting]:
    found: set[Sighting] = set()
    for path in (each for each in settings.home.rglob("*") if each.is_file()):
        where = f"file {path.relative_to(settings.home).parts[0]}"
        found |= sightings(f"{where}: name", os.fsencode(path)) | sightings(where, path.read_bytes())
    return found


def test_no_log_shows_anybody(evidence: Evidence) -> None:
    files = [evidence.folder / name for name in ("service.log", "sync.log")]
    seen = {each for path in files for each in sightings(f"log {path.name}", path.read_bytes())}
    _must_be_lawful(seen)


def test_no_answer_shows_anybody(evidence: Evidence) -> None:
    """Receipts, findings, refusals and pages of errors, also those that answer whoever has sent the value."""
    seen = {each for whose, said in evidence.garden.answers for each in sightings(f"answer to {whose}", said)}
    _must_be_lawful(seen)


def test_nobody_is_seen_by_those_who_look_after_partners(evidence: Evidence) -> None:
    """Pages, exports, the audit log, metrics and the transparency log, none of which was asked to reveal anything."""
    seen = {each for where, said in evidence.pages.items() for each in sightings(where, said)}
    _must_be_lawful(seen)
    assert {where for where, said in evidence.pages.items() if not said} == set()


def test_webhooks_name_nobody(evidence: Evidence) -> None:
    _must_be_lawful(sightings("webhooks", evidence.received))


GROWN = (
    ("contract", "partner", "/v1/contracts?business_no=ERP-2017-00000001"),
    ("roster", "partner", "/v1/rosters/TG-20170807-000003"),
    ("upload", "partner", "/v1/contracts?business_no=ERP-2017-00000020"),
    ("soap", "partner", "/v1/contracts?business_no=ERP-2017-00000030"),
    ("12301", "lvy", "/v1/contracts?business_no=LVY-2017-000001"),
    ("vendor", "haixi", "/v1/contracts?business_no=HAIXI-2017-000001"),
    ("drop", "laoqiao", "/v1/contracts?business_no=CANARY-0"),
    ("sheet", "partner", "/v1/rosters/TG-20170817-000041"),
    ("registration", "operator", "/v1/registrations/{registration}"),
    ("persons", "operator", "/v1/persons/canary"),
    ("bad contract", "partner", "/v1/submissions/{bad contract}/dead-letters"),
)
"""Where whoever may see a canary finds it."""


@pytest.fixture(scope="module")
def grown(evidence: Evidence, settings: Settings) -> Iterator[httpx.Client]:
    with running(settings) as client:
        yield client


@pytest.mark.parametrize(("door", "whose", "path"), GROWN)
def test_whoever_may_see_a_canary_finds_it(
    evidence: Evidence, grown: httpx.Client, door: str, whose: str, path: str
) -> None:
    """All were planted, and the search would have found them."""
    who = getattr(evidence.garden.actors, whose)
    said = grown.get(path.format(**evidence.garden.keys), headers=who.bearer).content
    found = {each.sort for each in sightings("own", said) if each.door == door}
    assert Sort.NAME in found, said[:2000]
    assert len(found) > 1, "and a number of theirs"


@pytest.mark.parametrize("form", FORMS)
def test_the_search_knows_every_form(form: str) -> None:
    for canary in CANARIES.values():
        for sort, value in canary.values.items():
            said = b"x" * 500 + FORMS[form](value) + b"x" * 500
            assert (canary.door, sort) in {(each.door, each.sort) for each in sightings("here", said)}


def test_no_leave_is_given_that_nothing_needs(evidence: Evidence, settings: Settings) -> None:
    seen = {each for whose, said in evidence.garden.answers for each in sightings(f"answer to {whose}", said)}
    seen |= {each for where, said in evidence.pages.items() for each in sightings(where, said)}
    seen |= {*sightings("webhooks", evidence.received), *_in_tables(settings), *_in_folders(settings)}
    assert [line.reason for line in LAWFUL if not any(line.covers(each) for each in seen)] == []
