"""Nobody takes more than a share: what one partner sends keeps up nobody else."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from io import BytesIO

import httpx
import orjson
import pandas
import pytest

from gateway.base.settings import Settings
from schemas import samples
from tests.conftest import Partner, running, until


@pytest.fixture(scope="module")
def others(new_partner: Callable[..., Partner]) -> Partner:
    return new_partner("others")


def workbook(rows: int) -> bytes:
    """Rows of a sheet that takes its time to be read, and is refused in the end."""
    content = BytesIO()
    pandas.DataFrame({f"列{number}": range(rows) for number in range(10)}).to_excel(content, index=False)
    return content.getvalue()


def test_workbooks_of_one_do_not_keep_up_the_file_of_another(
    client: httpx.Client, partner: Partner, others: Partner
) -> None:
    heavy = workbook(9_000)
    kind = {"Content-Type": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}

    def push(number: int) -> httpx.Response:
        where = f"/v1/contracts?filename=heavy-{number}.xlsx"
        return client.post(where, content=heavy + bytes(number), headers={**partner.bearer, **kind})

    with ThreadPoolExecutor(12) as pool:
        pushed: list[Future[httpx.Response]] = [pool.submit(push, number) for number in range(12)]
        until(lambda: reading(client) > 0, "the first are being read")
        answer = client.post(
            "/v1/contracts", content="姓名\n张三\n", headers={**others.bearer, "Content-Type": "text/csv"}
        )
        waiting = sum(not each.done() for each in pushed)
        answers = [each.result() for each in pushed]
    assert answer.is_client_error
    assert waiting >= 8, "it was answered while most of the workbooks waited for each other"
    assert all(each.is_client_error and each.status_code != 429 for each in answers)


def reading(client: httpx.Client) -> float:
    """How many documents are being read, by the service's own measure."""
    lines = client.get("/metrics").text.splitlines()
    return sum(float(line.split()[-1]) for line in lines if line.startswith('yizhan_lanes_taken{work="documents"}'))


def test_who_follows_much_leaves_room_for_others(client: httpx.Client, partner: Partner, others: Partner) -> None:
    streams = [follow(client, partner) for _ in range(51)]
    entered = [stream.__enter__() for stream in streams]
    try:
        assert [answer.status_code for answer in entered] == [200] * 50 + [503]
        with follow(client, others) as answer:
            assert answer.status_code == 200
    finally:
        for stream in streams:
            stream.__exit__(None, None, None)


@contextmanager
def follow(client: httpx.Client, partner: Partner) -> Iterator[httpx.Response]:
    """The events of a document that is kept for later, and that nobody works on here."""
    kept = later(client, partner, 70_000 + int(partner.name == "others")).json()
    where = f"/v1/submissions/{kept['submission_id']}/events"
    with (
        httpx.Client(base_url=client.base_url, timeout=60, trust_env=False, headers=client.headers) as own,
        own.stream("GET", where, headers=partner.bearer) as answer,
    ):
        yield answer


def test_a_quota_that_is_used_up_stops_large_documents_and_nothing_else(
    settings: Settings, new_partner: Callable[..., Partner]
) -> None:
    more_than_one = len(orjson.dumps([samples.contract(80_000)])) + 100
    limits = settings.limits.model_copy(update={"tenant_bytes": more_than_one})
    small = settings.model_copy(update={"limits": limits})
    full, other = new_partner("full"), new_partner("other")
    with running(small) as client:
        taken = [later(client, full, 80_000 + number) for number in range(3)]
        upload = {"size_bytes": 10, "sha256": "0" * 64, "kind": "contract", "filename": "a.json"}
        opened = client.post("/v1/uploads", json=upload, headers=full.bearer)
        pushed = client.post("/v1/contracts", json=samples.contract(80_100), headers=full.bearer)
        others = later(client, other, 80_200)
    assert [answer.status_code for answer in taken] == [202, 202, 507]
    assert (taken[2].json()["code"], opened.status_code) == ("LIMIT-004", 507)
    assert (pushed.status_code, others.status_code) == (201, 202)


def later(client: httpx.Client, partner: Partner, index: int) -> httpx.Response:
    headers = {**partner.bearer, "Prefer": "respond-async"}
    return client.post("/v1/contracts", json=[samples.contract(index)], headers=headers)
