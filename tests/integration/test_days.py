"""A day is a day in China, also between midnight and eight in the morning, when the day elsewhere is still another."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any
from uuid import UUID

import httpx
import orjson
import psycopg
import pytest

from adapters.envelope import Channel
from gateway.base.clock import CHINA, Clock, day_in_china
from gateway.base.settings import Settings
from gateway.intake.envelopes import arriving
from gateway.store.database import Scope
from gateway.wiring.services import open_services
from schemas import samples
from tests.conftest import Partner, until

Push = Callable[[dict[str, Any]], httpx.Response]


@contextmanager
def in_beijing(moment: str) -> Iterator[None]:
    """The clock of the service stands at a Beijing time such as `2026-11-30 07:00`."""
    with Clock.standing_at(datetime.fromisoformat(moment).replace(tzinfo=CHINA)):
        yield


@pytest.fixture
def push(client: httpx.Client, partner: Partner) -> Push:
    return lambda body: client.post("/v1/rosters", content=orjson.dumps(body), headers=partner.bearer)


def roster(index: int, issued_on: str) -> dict[str, Any]:
    """A roster whose leader's passport was issued on a day."""
    body = samples.roster(index, travellers=2)
    body["leader"]["document"] |= {"issued_on": issued_on, "expires_on": "2036-01-01"}
    return body


def codes_of(answer: httpx.Response) -> set[str]:
    return {finding["code"] for record in answer.json()["records"] for finding in record["findings"]}


@pytest.mark.parametrize(
    ("index", "moment", "is_refused"),
    [
        pytest.param(1, "2026-11-29 23:59", True, id="a minute before midnight"),
        pytest.param(2, "2026-11-30 00:01", False, id="a minute after midnight"),
        pytest.param(3, "2026-11-30 07:00", False, id="at seven in the morning"),
        pytest.param(4, "2026-11-30 07:59", False, id="a minute before eight"),
        pytest.param(5, "2026-11-30 08:01", False, id="a minute after eight"),
    ],
)
def test_a_passport_issued_today_is_good_from_midnight_in_china(
    push: Push, index: int, moment: str, is_refused: bool
) -> None:
    with in_beijing(moment):
        answer = push(roster(index, "2026-11-30"))
    assert (answer.status_code == 422) is is_refused, answer.text
    assert ("PERSON-013" in codes_of(answer)) is is_refused


@pytest.mark.parametrize(
    ("index", "moment", "year"),
    [
        pytest.param(11, "2026-12-31 23:59", "26", id="a minute before the year ends"),
        pytest.param(12, "2027-01-01 00:01", "27", id="a minute after"),
        pytest.param(13, "2027-01-01 07:59", "27", id="while the year elsewhere is still the old one"),
    ],
)
def test_a_code_carries_the_year_it_is_in_china(
    client: httpx.Client, partner: Partner, index: int, moment: str, year: str
) -> None:
    body = orjson.dumps(samples.contract(index))
    with in_beijing(moment):
        answer = client.post("/v1/contracts", content=body, headers=partner.bearer)
    (record,) = answer.json()["records"]
    assert record["code"][:4] == f"LY{year}"


def _is_done(settings: Settings, submission_id: UUID) -> bool:
    with psycopg.connect(settings.database.url or "") as connection:
        found = connection.execute("SELECT FROM batch WHERE submission_id = %s AND state = 'done'", [submission_id])
        return found.fetchone() is not None


@pytest.mark.parametrize(
    ("index", "moment", "accepted"), [(21, "2026-11-29 23:59", 0), (22, "2026-11-30 00:01", 1)], ids=["before", "after"]
)
async def test_a_large_document_is_read_as_of_the_day_on_which_it_came(
    settings: Settings, index: int, moment: str, accepted: int
) -> None:
    assert settings.database.url is not None
    async with open_services(settings, settings.database.url) as services:
        tenant = await services.accounts.ensure_tenant("large", "大文件（示例）", "350203", speaks_for="000000")
        scope, document = Scope(tenant_id=tenant.id), orjson.dumps([roster(index, "2026-11-30")])
        with in_beijing(moment):
            envelope = arriving(tenant, channel=Channel.UPLOAD, kind="roster")
            answer = await services.batches.take(document, iter([document]), envelope, tenant)
        stop = asyncio.Event()
        working = asyncio.create_task(services.batch_worker.run(stop))
        await asyncio.to_thread(until, lambda: _is_done(settings, answer.submission_id), "the document was worked on")
        stop.set()
        await working
        progress = await services.batches.progress(scope, answer.submission_id)
    assert progress is not None
    assert (progress.counts["accepted"], progress.counts["rejected"]) == (accepted, 1 - accepted)


def test_a_moment_belongs_to_one_day_in_china() -> None:
    assert str(day_in_china(datetime.fromisoformat("2026-12-31T15:59:59+00:00"))) == "2026-12-31"
    assert str(day_in_china(datetime.fromisoformat("2026-12-31T16:00:00+00:00"))) == "2027-01-01"
