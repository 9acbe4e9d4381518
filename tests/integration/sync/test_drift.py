"""A portal that changes the shape of its records: noticed, and handled as its policy says."""

from __future__ import annotations

import asyncio
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

import orjson
import psycopg
import pytest

from adapters.drift import Shape
from adapters.envelope import Channel, Envelope
from adapters.errors import Fatal
from adapters.transports.portal import Window
from adapters.transports.portals import open_portal
from gateway.access.accounts import TERMINAL
from gateway.alerts import alerts
from gateway.alerts.rows import AlertCode
from gateway.dead_letters.replays import Selection
from gateway.portals.secrets import secret
from gateway.wiring.services import Services
from tests.conftest import until
from tests.integration.sync.agencies import EVERYTHING, RECORDS, agencies, count, pull_agencies
from tests.portals import RunningPortal


def watched(services: Services, portal: RunningPortal, **policy: str) -> None:
    """Record the shape of the portal's agencies as they are now."""
    connector = services.connectors["donghai"]
    opened = open_portal(connector, secret, Path())
    try:
        page = opened.page("agency", Window())
    finally:
        opened.close()
    shape = Shape.recorded(orjson.loads(page.raw)["data"]["records"], policy)
    cast("dict[str, Shape]", connector.shapes)["agency"] = shape


async def test_a_new_field_is_accepted_with_a_warning_and_an_alert(services: Services, portal: RunningPortal) -> None:
    watched(services, portal)
    portal.change("agency", portal.keys("agency")[0], starRating="5A")
    taken = await pull_agencies(services)
    assert count(taken, "accepted") == RECORDS
    (alert,) = await alerts.listed(services.database, EVERYTHING)
    assert (alert.code, alert.subject) == (AlertCode.DRIFT, "starRating")
    assert alert.text == ("出现未曾记录的字段（DRIFT-001）", "The field was never seen before (DRIFT-001)")


async def test_an_alert_that_a_person_closed_is_not_opened_by_a_page_that_comes_again(
    services: Services, portal: RunningPortal
) -> None:
    watched(services, portal)
    portal.change("agency", portal.keys("agency")[0], starRating="5A")
    await pull_agencies(services)
    await pull_agencies(services)
    (alert,) = await alerts.listed(services.database, EVERYTHING)
    assert await alerts.close(services.database, alert.id, TERMINAL)
    taken = await pull_agencies(services)
    assert count(taken, "repeated") > 0
    assert await alerts.listed(services.database, EVERYTHING) == []
    portal.change("agency", portal.keys("agency")[1], starRating="4A")
    await pull_agencies(services)
    assert [one.subject for one in await alerts.listed(services.database, EVERYTHING)] == ["starRating"]


async def test_a_retyped_field_is_quarantined_and_counted(services: Services, portal: RunningPortal) -> None:
    watched(services, portal, retyped="quarantine")
    portal.change("agency", portal.keys("agency")[0], tel=5)
    taken = await pull_agencies(services)
    assert (count(taken, "accepted"), count(taken, "quarantined")) == (RECORDS - 1, 1)


def rows_of(services: Services, table: str) -> int:
    with psycopg.connect(services.settings.database.url or "") as connection:
        (found,) = connection.execute(f"SELECT count(*) FROM {table}").fetchone() or (0,)  # noqa: S608 - ours
    return found


async def test_a_file_for_later_whose_shape_changed_is_put_aside_record_by_record(
    services: Services, portal: RunningPortal, tmp_path: Path
) -> None:
    watched(services, portal, new="stop")
    key = portal.keys("agency")[0]
    portal.change("agency", key, starRating="5A")
    connector = services.connectors["donghai"]
    with closing(open_portal(connector, secret, Path())) as opened:
        page = opened.page("agency", Window("2026-11-01T00:00:00"))
    file = tmp_path / "agency.json"
    file.write_bytes(page.raw)
    tenant = await services.accounts.partner_of(connector.id)
    envelope = Envelope(
        raw=b"",
        tenant=tenant.name,
        channel=Channel.REST,
        received_at=datetime.now(UTC),
        connector="donghai",
        kind="agency",
        filename=file.name,
        amend=True,
    )
    await services.batches.accept(file, envelope, tenant)
    stop = asyncio.Event()
    working = asyncio.create_task(services.batch_worker.run(stop))
    await asyncio.to_thread(until, lambda: rows_of(services, "alert") == 1, "the alert was raised")
    stop.set()
    await working
    (alert,) = await alerts.listed(services.database, EVERYTHING)
    assert (alert.code, alert.subject) == (AlertCode.DRIFT, "starRating")
    (letter,) = await services.replays.letters(EVERYTHING, Selection(connector="donghai", state="parked"))
    assert [one["code"] for one in letter.findings] == ["DRIFT-001"]


async def test_a_change_that_is_to_stop_takes_nothing_and_moves_nothing(
    services: Services, portal: RunningPortal
) -> None:
    watched(services, portal, new="stop")
    key = portal.keys("agency")[0]
    portal.change("agency", key, starRating="5A")
    (piece,) = [piece for piece in await services.pulls.plan("donghai") if piece.kind == "agency"]
    with pytest.raises(Fatal, match="DRIFT-001"):
        await services.pulls.pull("donghai", pieces=[piece])
    assert key not in await agencies(services)
    assert [alert.code for alert in await alerts.listed(services.database, EVERYTHING)] == [AlertCode.PULL_STOPPED]
