"""Reconciliation with a portal: every class of difference found, repaired or left to a person, and clean afterwards."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import orjson
import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from adapters.envelope import Channel, Envelope
from adapters.errors import Fatal, Retriable
from gateway import audit
from gateway.access.accounts import TERMINAL, Role
from gateway.access.tenants import Tenant
from gateway.base.problems import Refused
from gateway.base.settings import ReconcileSettings, Settings
from gateway.reconcile.classes import Decision
from gateway.reconcile.exchange import SnapshotPage
from gateway.reconcile.reports import TYPE, line_of
from gateway.store.database import Scope
from gateway.trust.receipts import verified_claims
from gateway.trust.signing import Purpose
from gateway.wiring.services import Services, open_services
from schemas import filed_samples
from tests.integration.reconciling import CONNECTOR, MemoryPortal, lay_connector

EVERYTHING = Scope(division="%")


def agency(index: int, revision: int = 1, **changes: Any) -> dict[str, Any]:
    kept = ("uscc", "license_no", "name", "division", "agency_type", "phone", "status", "effective_from")
    body = filed_samples.agency(index)
    return {name: body[name] for name in kept} | {"revision": revision} | changes


def key(index: int) -> str:
    return filed_samples.credit_code(index)


@dataclass
class Sides:
    """A portal and us, of a tenant of its own."""

    services: Services
    tenant: Tenant
    portal: MemoryPortal

    async def store(self, *records: dict[str, Any], kind: str = "agency") -> None:
        """Put records here, as pulled or (unconfirmed) changed at a desk."""
        envelope = Envelope(
            raw=orjson.dumps(records),
            tenant=self.tenant.name,
            channel=Channel.REST,
            received_at=datetime.now(UTC),
            kind=kind,
            amend=True,
            decided=frozenset(record["uscc"] for record in records),
        )
        answer = await self.services.intake.submit(envelope, self.tenant)
        assert orjson.loads(answer.body)["counts"]["rejected"] == 0, answer.body

    async def run(self, *kinds: str, repeats: UUID | None = None) -> UUID:
        wanted = kinds or ("agency",)
        return await self.services.reconciliations.run(self.portal, CONNECTOR, self.tenant, wanted, repeats=repeats)

    async def row(self, run_id: UUID) -> Any:
        return await self.services.reconciliations.find(EVERYTHING, run_id)

    async def found(self, run_id: UUID) -> dict[str, Any]:
        """Discrepancies by key."""
        rows = await self.services.reconciliations.discrepancies(EVERYTHING, run_id)
        return {row.key: row for row in rows}

    async def classes(self, run_id: UUID) -> dict[str, str]:
        return {name: row.class_ for name, row in (await self.found(run_id)).items()}

    async def repair(self, run_id: UUID) -> Any:
        return await self.services.repairs.repair(TERMINAL, await self.row(run_id), self.portal, self.tenant)

    async def decide(self, run_id: UUID, name: str, decision: Decision) -> None:
        found = (await self.found(run_id)).get(name)
        run, told = await self.row(run_id), {"reason": "核对原件", "seen": "open" if found is None else found.seen}
        await self.services.repairs.decide(TERMINAL, run, "agency", name, decision=decision, **told)

    async def count(self, table: str, run_id: UUID) -> int:
        statement = text(f"SELECT count(*) FROM {table} WHERE reconciliation_id = :id")  # noqa: S608 - a table of ours
        async with self.services.database.writing() as connection:
            return (await connection.execute(statement, {"id": run_id})).scalar_one()


@pytest.fixture
async def sides(settings: Settings, tmp_path: Path) -> AsyncIterator[Sides]:
    own = settings.model_copy(update={"mappings": lay_connector(tmp_path / "mappings")})
    assert settings.database.url is not None
    async with open_services(own, settings.database.url) as services:
        name = f"portal-{uuid4().hex[:8]}"
        tenant = await services.accounts.ensure_tenant(name, "示例门户", "000000")
        yield Sides(services, tenant, MemoryPortal(services, tenant))


async def test_two_equal_sides_are_clean_and_the_report_says_so_signed(sides: Sides) -> None:
    await sides.store(*[agency(index) for index in range(25)])
    sides.portal.records["agency"] = [agency(index) for index in range(25)]
    run = await sides.row(await sides.run())
    assert (run.state, run.counts["agency"]["ours"], run.counts["agency"]["theirs"]) == ("clean", 25, 25)
    claims = verified_claims(run.report, sides.services.keyring.public_keys(Purpose.RECEIPT), TYPE)
    assert claims["jti"] == str(run.id)
    assert claims["counts"] == run.counts
    assert claims["discrepancies"] == {"type": "application/x-ndjson", "sha256": sha256().hexdigest(), "lines": 0}
    assert await sides.count("snapshot_page", run.id) == 0, "no page is needed any more"


async def test_a_kind_of_which_neither_side_has_any_is_clean(sides: Sides) -> None:
    run = await sides.row(await sides.run("agency", "outlet"))
    assert (run.state, run.counts["outlet"]) == ("clean", {"ours": 0, "theirs": 0, "coded": 0, "moved": 0})


async def test_every_class_of_difference_is_found(sides: Sides) -> None:
    await sides.store(
        agency(1),
        agency(2, 3),
        agency(3, 3, unconfirmed=True, phone="010-11111111"),
        agency(4),
        agency(5, 5),
        agency(6, 2, phone="010-22222222"),
        agency(7, 2, unconfirmed=True, phone="010-33333333"),
        agency(8, 0, unconfirmed=True),
        agency(9),
        agency(10),
        agency(11),
    )
    there = [
        agency(1),
        agency(2, 4, phone="010-44444444"),
        agency(3, 3),
        agency(5, 4),
        agency(6, 2),
        agency(7, 3, phone="010-55555555"),
        agency(9),
        agency(9),
        agency(10, 3, phone="010-66666666"),
        agency(10),
        {**agency(11), "status": "nonsense"},
        agency(12),
        {"name": "no key at all"},
    ]
    sides.portal.records["agency"] = there
    run_id = await sides.run()
    assert await sides.classes(run_id) == {
        key(2): "outdated_here",
        key(3): "unpushed",
        key(4): "missing_there",
        key(5): "older_there",
        key(6): "diverged",
        key(7): "diverged",
        key(8): "unpushed",
        key(9): "duplicate",
        key(10): "duplicate",
        key(11): "unreadable",
        key(12): "missing_here",
        "?2/3": "unreadable",
    }
    found = await sides.found(run_id)
    assert {name: found[name].repair for name in (key(2), key(3), key(4), key(9), key(10), key(12))} == {
        key(2): "pull",
        key(3): "push",
        key(4): "approve",
        key(9): "none",
        key(10): "approve",
        key(12): "pull",
    }
    assert (found[key(9)].state, found[key(9)].copies) == ("reported", 2)
    assert found[key(10)].their_revision == 3, "of several copies the newest stands for the key"
    run = await sides.row(run_id)
    assert run.state == "differs"
    claims = verified_claims(run.report, sides.services.keyring.public_keys(Purpose.RECEIPT), TYPE)
    lines = b"".join(line_of(row) for row in sorted(found.values(), key=lambda row: row.key))
    assert claims["discrepancies"]["sha256"] == sha256(lines).hexdigest()


async def test_the_differing_fields_are_named_and_personal_values_masked(sides: Sides) -> None:
    await sides.store(agency(1, 1, principal="欧阳示例"))
    sides.portal.records["agency"] = [agency(1, 2, principal="王示例", status="cancelled")]
    fields = (await sides.found(await sides.run()))[key(1)].fields
    shown = {field["field"]: (field["stored"], field["sent"]) for field in fields}
    assert shown == {
        "/principal": ("欧阳**", "王**"),
        "/revision": ("1", "2"),
        "/status": ("active", "cancelled"),
    }


async def test_totals_are_compared_by_division_day_and_type(sides: Sides) -> None:
    await sides.store(*[agency(index) for index in range(10)])
    sides.portal.records["agency"] = [agency(index) for index in range(5)]
    run_id = await sides.run()
    rows = await sides.services.reconciliations.totals(EVERYTHING, run_id)
    by_dimension = {
        name: {(row.division, row.day and str(row.day), row.subkind): (row.ours, row.theirs) for row in group}
        for name in ("all", "division", "day", "subkind", "cell")
        if (group := [row for row in rows if row.dimension == name])
    }
    assert by_dimension["all"] == {(None, None, None): (10, 5)}
    assert by_dimension["day"] == {(None, "2010-06-01", None): (10, 5)}
    assert by_dimension["division"][("110105", None, None)] == (2, 1)
    assert by_dimension["subkind"] == {(None, None, "domestic"): (5, 3), (None, None, "outbound"): (5, 2)}
    assert set(by_dimension["cell"].values()) == {(1, 0)}, "only where the sides differ"
    assert len(by_dimension["cell"]) == 5


async def test_the_safe_classes_are_repaired_and_the_rerun_is_clean(sides: Sides) -> None:
    await sides.store(
        agency(2, 3), agency(3, 3, unconfirmed=True, phone="010-11111111"), agency(8, 0, unconfirmed=True)
    )
    sides.portal.records["agency"] = [agency(2, 4, status="suspended"), agency(3, 3), agency(12)]
    run_id = await sides.run()
    done = await sides.repair(run_id)
    assert (done.pages_taken, done.records_sent, done.waiting) == (1, 2, 0)
    assert {row.state for row in (await sides.found(run_id)).values()} == {"repaired"}
    assert (await sides.portal.ours("agency", key(2)))["status"] == "suspended"
    again = await sides.row(await sides.run(repeats=run_id))
    assert (again.state, again.repeats) == ("clean", run_id)
    assert {record["uscc"]: record["phone"] for record in sides.portal.records["agency"]}[key(3)] == "010-11111111"


async def test_repairing_twice_does_nothing_more(sides: Sides) -> None:
    sides.portal.records["agency"] = [agency(1)]
    run_id = await sides.run()
    await sides.repair(run_id)
    done = await sides.repair(run_id)
    assert (done.pages_taken, done.records_sent, len(sides.portal.taken)) == (0, 0, 1)


async def test_what_is_not_safe_waits_for_a_person_and_is_done_as_decided(sides: Sides) -> None:
    await sides.store(agency(4), agency(5, 5), agency(6, 2, phone="010-22222222"), agency(7, 2, phone="010-33333333"))
    sides.portal.records["agency"] = [agency(5, 4), agency(6, 2), agency(7, 2)]
    run_id = await sides.run()
    assert (await sides.repair(run_id)).waiting == 4
    assert sides.portal.taken == []
    await sides.decide(run_id, key(4), Decision.KEEP_OURS)
    await sides.decide(run_id, key(5), Decision.IGNORE)
    await sides.decide(run_id, key(6), Decision.KEEP_THEIRS)
    await sides.decide(run_id, key(7), Decision.KEEP_OURS)
    assert (await sides.repair(run_id)).waiting == 0
    assert (await sides.portal.ours("agency", key(6)))["phone"] == agency(6)["phone"]
    assert (await sides.portal.ours("agency", key(7)))["phone"] == "010-33333333"
    rerun = await sides.run(repeats=run_id)
    assert (await sides.row(rerun)).state == "clean"
    assert {name: row.state for name, row in (await sides.found(rerun)).items()} == {key(5): "ignored"}
    sides.portal.records["agency"] = [record for record in sides.portal.records["agency"] if record["uscc"] != key(5)]
    sides.portal.records["agency"].append(agency(5, 3))
    third = await sides.run()
    assert (await sides.found(third))[key(5)].state == "open", "another difference than the one that was ignored"


async def test_what_was_ignored_stays_so_after_a_run_of_another_kind(sides: Sides) -> None:
    await sides.store(agency(4))
    await sides.decide(await sides.run(), key(4), Decision.IGNORE)
    await sides.run("outlet")
    run_id = await sides.run("agency", "outlet")
    assert (await sides.row(run_id)).state == "clean"
    assert (await sides.found(run_id))[key(4)].state == "ignored"


async def test_only_what_makes_sense_may_be_decided(sides: Sides) -> None:
    await sides.store(agency(4))
    sides.portal.records["agency"] = [agency(12)]
    run_id = await sides.run()
    for name, decision in ((key(4), Decision.KEEP_THEIRS), (key(12), Decision.IGNORE)):
        with pytest.raises(Refused, match="STATE-001"):
            await sides.decide(run_id, name, decision)
    with pytest.raises(Refused, match="REQUEST-003"):
        await sides.decide(run_id, "no such key", Decision.IGNORE)


async def test_decisions_are_audited(sides: Sides) -> None:
    await sides.store(agency(4))
    sides.portal.records["agency"] = [agency(1)]
    run_id = await sides.run()
    await sides.decide(run_id, key(4), Decision.IGNORE)
    sought = audit.Sought(object=key(4), is_newest_first=True)
    (entry,) = await audit.listed(sides.services.database, EVERYTHING, sought, limit=1)
    assert (entry.actor, entry.action) == ("terminal", "agency.ignore")
    assert entry.detail == {"reconciliation": str(run_id), "reason": "核对原件"}


async def test_who_decides_on_what_another_has_decided_is_refused(sides: Sides) -> None:
    await sides.store(agency(4))
    run_id = await sides.run()
    run = await sides.row(run_id)
    await sides.decide(run_id, key(4), Decision.IGNORE)
    with pytest.raises(Refused, match="STATE-004"):
        await sides.services.repairs.decide(
            TERMINAL, run, "agency", key(4), decision=Decision.KEEP_OURS, reason="晚到", seen="open"
        )
    assert (await sides.found(run_id))[key(4)].decision is Decision.IGNORE
    await sides.decide(run_id, key(4), Decision.KEEP_OURS)
    assert (await sides.found(run_id))[key(4)].decision is Decision.KEEP_OURS, "seen as it stands, decided once more"


async def test_a_pull_that_changes_nothing_is_left_to_a_person(sides: Sides) -> None:
    """The portal gives no version numbers, and its clock says that ours is the later one."""
    await sides.store(agency(1, 0, changed_at="2026-11-03T09:00:00", phone="010-77777777"))
    sides.portal.records["agency"] = [{**agency(1, 0), "phone": "010-88888888"}]
    run_id = await sides.run()
    assert await sides.classes(run_id) == {key(1): "outdated_here"}
    assert (await sides.repair(run_id)).waiting == 1
    (row,) = (await sides.found(run_id)).values()
    assert (row.state, row.repair, row.problem) == ("open", "approve", "not_taken")
    await sides.decide(run_id, key(1), Decision.KEEP_THEIRS)
    await sides.repair(run_id)
    assert (await sides.row(await sides.run())).state == "clean"


async def test_a_change_that_can_never_be_sent_waits_for_a_person_and_holds_up_no_other(sides: Sides) -> None:
    await sides.store(*(agency(n, 3, unconfirmed=True, phone="010-11111111") for n in (1, 2)))
    sides.portal.records["agency"] = [agency(1, 3), agency(2, 3)]
    sides.portal.unfit = frozenset({key(1)})
    run_id = await sides.run()
    done = await sides.repair(run_id)
    assert (done.records_sent, done.waiting) == (1, 1)
    row = (await sides.found(run_id))[key(1)]
    assert (row.state, row.repair, row.problem) == ("open", "approve", "not_sent")
    await sides.decide(run_id, key(1), Decision.IGNORE)
    assert (await sides.row(await sides.run(repeats=run_id))).state == "clean"


async def test_a_change_that_the_portal_shows_already_is_no_dispute(sides: Sides) -> None:
    await sides.store(agency(1, 3, unconfirmed=True, phone="010-11111111"))
    sides.portal.records["agency"] = [agency(1, 4, phone="010-11111111")]
    assert await sides.classes(await sides.run()) == {key(1): "outdated_here"}


async def test_a_change_that_the_portal_has_confirmed_is_no_dispute_even_unopened(sides: Sides) -> None:
    """Its fields are not compared: the number that the portal gave our change decides."""
    await sides.store(agency(1, 3, unconfirmed=True), agency(2, 3, unconfirmed=True))
    statement = text("UPDATE record SET confirmed_as = 4 WHERE tenant_id = :tenant AND key = :key")
    async with sides.services.database.writing() as connection:
        await connection.execute(statement, {"tenant": sides.tenant.id, "key": key(1)})
    sides.portal.records["agency"] = [agency(index, 4, phone="010-99999999") for index in (1, 2)]
    settings = sides.services.settings.model_copy(update={"reconcile": ReconcileSettings(explained=0)})
    assert settings.database.url is not None
    async with open_services(settings, settings.database.url) as services:
        run_id = await services.reconciliations.run(sides.portal, CONNECTOR, sides.tenant, ["agency"])
    assert await sides.classes(run_id) == {key(1): "outdated_here", key(2): "diverged"}


async def test_what_changes_here_during_a_run_is_left_to_the_next(sides: Sides) -> None:
    class Meanwhile(MemoryPortal):
        async def pages(self, kind: str) -> AsyncIterator[SnapshotPage]:
            async for page in super().pages(kind):
                yield page
            await sides.store(agency(1), agency(2))

    portal = Meanwhile(sides.services, sides.tenant)
    portal.records["agency"] = [agency(2, 0)]
    sides.portal = portal
    run = await sides.row(await sides.run())
    assert (run.state, run.counts["agency"]["moved"]) == ("clean", 2)


async def test_a_broken_run_leaves_only_its_failure_and_can_begin_anew(sides: Sides) -> None:
    sides.portal.records["agency"] = [agency(index) for index in range(30)]
    sides.portal.broken_after = 2
    with pytest.raises(ConnectionError):
        await sides.run()
    (broken,) = await sides.services.reconciliations.listed(Scope(tenant_id=sides.tenant.id), CONNECTOR)
    assert (broken.state, broken.failed) == ("failed", ("系统报告“ConnectionError”", "ConnectionError"))
    for table in ("snapshot_page", "discrepancy", "control_total"):
        assert await sides.count(table, broken.id) == 0
    sides.portal.broken_after = None
    assert (await sides.row(await sides.run())).counts["agency"]["missing_here"] == 30


async def test_a_run_whose_connection_is_lost_leaves_only_its_failure(sides: Sides) -> None:
    class Cut(MemoryPortal):
        async def pages(self, kind: str) -> AsyncIterator[SnapshotPage]:
            async for page in super().pages(kind):
                yield page
                cut_connections(sides.services.settings)

    sides.portal = Cut(sides.services, sides.tenant)
    sides.portal.records["agency"] = [agency(index) for index in range(30)]
    with pytest.raises(DBAPIError):
        await sides.run()
    (broken,) = await sides.services.reconciliations.listed(Scope(tenant_id=sides.tenant.id))
    assert broken.state == "failed"
    assert await sides.count("snapshot_page", broken.id) == 0


def cut_connections(settings: Settings) -> None:
    """End every session of this database that holds a lock of its own, as a crash of the server would."""
    assert settings.database.url is not None
    with psycopg.connect(settings.database.url) as connection:
        connection.execute("""
            SELECT pg_terminate_backend(pid, 5000) FROM pg_locks
            WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
        """)


async def test_what_a_killed_run_left_is_cleared_away_by_the_next(sides: Sides) -> None:
    sides.portal.records["agency"] = [agency(1)]
    killed = await sides.run()
    async with sides.services.database.writing() as connection:
        await connection.execute(text("UPDATE reconciliation SET state = 'running' WHERE id = :id"), {"id": killed})
    await sides.run()
    row = await sides.row(killed)
    assert (row.state, row.failed) == ("failed", ("被中断", "interrupted"))
    assert await sides.found(killed) == {}


async def test_two_runs_of_one_connector_do_not_mix(sides: Sides) -> None:
    released = asyncio.Event()

    class Held(MemoryPortal):
        async def pages(self, kind: str) -> AsyncIterator[SnapshotPage]:
            await released.wait()
            async for page in super().pages(kind):
                yield page

    sides.portal = Held(sides.services, sides.tenant)
    started = [asyncio.create_task(sides.run()) for _ in range(2)]
    (turned_away,), (other,) = await asyncio.wait(started, timeout=20, return_when=asyncio.FIRST_COMPLETED)
    released.set()
    assert isinstance(turned_away.exception(), Retriable)
    assert await sides.found(await other) == {}


async def test_a_page_that_cannot_be_read_fails_the_run_instead_of_hiding_what_it_holds(sides: Sides) -> None:
    await sides.store(agency(1))

    class Torn(MemoryPortal):
        async def pages(self, kind: str) -> AsyncIterator[SnapshotPage]:
            yield SnapshotPage(kind, b'[{"uscc": ', "application/json")

    sides.portal = Torn(sides.services, sides.tenant)
    with pytest.raises(Fatal):
        await sides.run()
    (run,) = await sides.services.reconciliations.listed(Scope(tenant_id=sides.tenant.id))
    assert run.state == "failed"


async def test_pages_are_kept_for_as_many_runs_as_the_setting_says(sides: Sides) -> None:
    sides.portal.records["agency"] = [agency(1)]
    runs = [await sides.run() for _ in range(4)]
    keep = ReconcileSettings().keep
    assert [await sides.count("snapshot_page", run) for run in runs] == [0] * (4 - keep) + [1] * keep
    with pytest.raises(Refused, match="STATE-001"):
        await sides.repair(runs[0])


async def test_kept_pages_are_sealed(sides: Sides) -> None:
    sides.portal.records["agency"] = [agency(1)]
    run_id = await sides.run()
    async with sides.services.database.writing() as connection:
        statement = text("SELECT raw FROM snapshot_page WHERE reconciliation_id = :id")
        raw = bytes((await connection.execute(statement, {"id": run_id})).scalar_one())
    assert key(1).encode() not in raw


async def test_an_official_sees_the_runs_of_its_division_only(sides: Sides) -> None:
    tenant = await sides.services.accounts.ensure_tenant(f"fujian-{uuid4().hex[:8]}", "示例", "350000")
    portal = MemoryPortal(sides.services, tenant)
    portal.records["agency"] = [agency(1)]
    run_id = await sides.services.reconciliations.run(portal, CONNECTOR, tenant, ["agency"])
    reconciliations = sides.services.reconciliations
    assert len(await reconciliations.discrepancies(Scope(division="35%"), run_id)) == 1
    assert len(await reconciliations.totals(Scope(division="35%"), run_id)) > 0
    for stranger in (Scope(division="44%"), Scope(tenant_id=sides.tenant.id)):
        with pytest.raises(Refused, match="REQUEST-003"):
            await reconciliations.find(stranger, run_id)
        assert await reconciliations.discrepancies(stranger, run_id) == []
        assert await reconciliations.totals(stranger, run_id) == []


async def test_a_partner_may_neither_decide_nor_repair(sides: Sides) -> None:
    sides.portal.records["agency"] = [agency(1)]
    run = await sides.row(await sides.run())
    issued = await sides.services.accounts.issue(sides.tenant, Role.PARTNER)
    principal = await sides.services.accounts.principal(issued.id)
    with pytest.raises(Refused, match="AUTH-005"):
        await sides.services.repairs.repair(principal, run, sides.portal, sides.tenant)
    with pytest.raises(Refused, match="AUTH-005"):
        await sides.services.repairs.decide(
            principal, run, "agency", key(1), decision=Decision.IGNORE, reason="x", seen="open"
        )
