"""`dry_run`: the answer that a push would get, value by value, and nothing of it stored."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

import httpx
import orjson
import psycopg
import pytest
from psycopg import sql

from gateway.base.settings import Settings
from schemas import samples
from tests.conftest import Partner, issue_partner
from tests.integration.sftp import export

TRIAL = "application/vnd.yizhan.trial+json"


def stored(settings: Settings) -> dict[str, Any]:
    with psycopg.connect(settings.database.url or "") as connection:
        names = ("submission", "record", "log_pending", "dead_letter", "change", "alert")
        every: dict[str, Any] = {}
        for name in names:
            row = connection.execute(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(name))).fetchone()
            every[name] = row and row[0]
    return every


@pytest.mark.parametrize(
    ("where", "body", "counts"),
    [
        ("/v1/contracts?dry_run=true", orjson.dumps(samples.contract(1)), (1, 0)),
        ("/v1/rosters?dry_run=true", orjson.dumps([samples.roster(1), {}]), (1, 1)),
        ("/v1/submissions?connector=laoqiao&dry_run=true", export("TRY-1", "TRY-2"), (2, 0)),
        ("/v1/submissions?connector=laoqiao&dry_run=true", b"\0\1" * 50, (0, 0)),
    ],
)
def test_a_trial_tells_what_would_come_and_keeps_nothing(
    client: httpx.Client, settings: Settings, partner: Partner, where: str, body: bytes, counts: tuple[int, int]
) -> None:
    before = stored(settings)
    answer = client.post(where, content=body, headers=partner.bearer)
    assert (answer.status_code, answer.headers["content-type"]) == (200, TRIAL)
    told = answer.json()
    assert (told["counts"]["accepted"], told["counts"]["rejected"]) == counts
    assert (told["unreadable"] is not None) == (counts == (0, 0))
    assert stored(settings) == before
    assert "receipt" not in answer.text


def test_what_was_tried_is_new_when_it_is_pushed(client: httpx.Client, partner: Partner) -> None:
    body = samples.contract(40)
    tried = client.post("/v1/contracts?dry_run=true", json=body, headers=partner.bearer).json()["records"][0]
    assert all("code" not in each["field"] for each in tried["fields"])
    pushed = client.post("/v1/contracts", json=body, headers=partner.bearer)
    assert pushed.status_code == 201


def test_who_may_not_speak_for_the_agency_learns_it_from_a_trial(client: httpx.Client, settings: Settings) -> None:
    stranger = issue_partner(settings, "stranger", division="310115", speaks_for="")
    tried = client.post("/v1/contracts?dry_run=true", json=samples.contract(41), headers=stranger.bearer).json()
    (refused,) = tried["records"]
    assert refused["status"] == "rejected"
    assert tried["problems"]["INTAKE-112"] == 1


def test_an_upload_is_tried_before_it_is_handed_over(
    client: httpx.Client, settings: Settings, partner: Partner
) -> None:
    body = orjson.dumps([samples.contract(50), samples.contract(51)])
    wanted = {"sha256": sha256(body).hexdigest(), "size_bytes": len(body), "kind": "contract"}
    upload = client.post("/v1/uploads", json=wanted, headers=partner.bearer).json()["upload_id"]
    early = client.post(f"/v1/uploads/{upload}/complete?dry_run=true", headers=partner.bearer)
    assert (early.status_code, early.json()["code"]) == (409, "UPLOAD-002")
    client.put(f"/v1/uploads/{upload}/parts/1", content=body, headers=partner.bearer).raise_for_status()
    before = stored(settings)
    tried = client.post(f"/v1/uploads/{upload}/complete?dry_run=true", headers=partner.bearer)
    assert tried.json()["counts"]["accepted"] == 2
    assert stored(settings) == before
    assert client.get(f"/v1/uploads/{upload}", headers=partner.bearer).json()["state"] == "open"
    assert client.post(f"/v1/uploads/{upload}/complete", headers=partner.bearer).status_code == 202


def test_a_trial_is_answered_at_once_or_refused(client: httpx.Client, partner: Partner) -> None:
    answer = client.post(
        "/v1/contracts?dry_run=true", json=samples.contract(1), headers={**partner.bearer, "Prefer": "respond-async"}
    )
    assert (answer.status_code, answer.json()["code"]) == (400, "REQUEST-001")
