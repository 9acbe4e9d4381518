from __future__ import annotations

import io
import json
from base64 import b64encode
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest
from python_calamine import CalamineWorkbook

from gateway.base.settings import BatchSettings, DatabaseSettings, Settings
from gateway.trust.receipts import verify
from gateway.trust.signing import PublicKey
from schemas.samples import contract
from tests.conftest import Partner, issue_partner, running, until
from tests.integration.test_push import HEADINGS
from tests.processes import running_beside


def ndjson(count: int, first: int = 0) -> bytes:
    return b"".join(orjson.dumps(contract(first + i)) + b"\n" for i in range(count))


def with_bad_lines(body: bytes, *numbers: int) -> bytes:
    lines = body.splitlines(keepends=True)
    for number in numbers:
        lines[number] = orjson.dumps({**orjson.loads(lines[number]), "headcount": -1}) + b"\n"
    return b"".join(lines)


def upload(client: httpx.Client, partner: Partner, body: bytes, **request: Any) -> httpx.Response:
    """All of `body` through an upload session."""
    wanted = {"sha256": sha256(body).hexdigest(), "size_bytes": len(body), "kind": "contract", **request}
    session = client.post("/v1/uploads", json=wanted, auth=partner.auth).raise_for_status().json()
    for number in session["missing"]:
        at = (number - 1) * session["part_bytes"]
        part = body[at : at + session["part_bytes"]]
        digest = {"Content-Digest": f"sha-256=:{b64encode(sha256(part).digest()).decode()}:"}
        url = f"/v1/uploads/{session['upload_id']}/parts/{number}"
        client.put(url, content=part, headers=digest, auth=partner.auth).raise_for_status()
    return client.post(f"/v1/uploads/{session['upload_id']}/complete", auth=partner.auth)


def finished(client: httpx.Client, partner: Partner, submission_id: str) -> dict[str, Any]:
    """The final answer, which the event stream ends with."""
    with client.stream("GET", f"/v1/submissions/{submission_id}/events", auth=partner.auth) as events:
        lines = [line for line in events.iter_lines() if line.startswith("data: ")]
    return json.loads(lines[-1].removeprefix("data: "))


def fates(client: httpx.Client, partner: Partner, submission_id: str, **query: Any) -> list[dict[str, Any]]:
    answer = client.get(f"/v1/submissions/{submission_id}/records.ndjson", params=query, auth=partner.auth)
    return [json.loads(line) for line in answer.raise_for_status().iter_lines()]


def test_a_large_document_is_taken_over_worked_on_and_answered_row_by_row(
    client: httpx.Client, settings: Settings, partner: Partner
) -> None:
    body = with_bad_lines(ndjson(1200), 3, 700)
    taken = upload(client, partner, body)
    assert taken.status_code == 202
    submission_id = taken.json()["submission_id"]
    with running_beside(settings, "work"):
        done = finished(client, partner, submission_id)
    assert {name: done["counts"][name] for name in ("rows", "accepted", "rejected")} == {
        "rows": 1200,
        "accepted": 1198,
        "rejected": 2,
    }
    records = fates(client, partner, submission_id)
    assert [record["ordinal"] for record in records] == list(range(1, 1201))
    assert len({record["code"] for record in records if record["status"] == "accepted"}) == 1198
    assert [record["locator"] for record in fates(client, partner, submission_id, failures=True)] == [
        "line 4",
        "line 701",
    ]


def test_the_receipt_covers_the_list_of_fates(client: httpx.Client, settings: Settings, partner: Partner) -> None:
    submission_id = upload(client, partner, ndjson(30, 2000)).json()["submission_id"]
    with running_beside(settings, "work"):
        done = finished(client, partner, submission_id)
    jwks = client.get("/.well-known/jwks.json").json()
    keys = {key.kid: key for key in map(PublicKey.from_jwk, jwks["keys"])}
    claims = verify(done["receipt"], keys)
    listed = client.get(f"/v1/submissions/{submission_id}/records.ndjson", auth=partner.auth).content
    assert claims["records"]["sha256"] == sha256(listed).hexdigest()
    assert claims["counts"]["accepted"] == claims["records"]["lines"] == 30
    assert client.get(f"/v1/submissions/{submission_id}/receipt", auth=partner.auth).text == done["receipt"]


def test_an_upload_goes_on_where_it_stopped(client: httpx.Client, partner: Partner) -> None:
    body = b" " * (20 << 20) + ndjson(2, 3000)
    wanted = {"sha256": sha256(body).hexdigest(), "size_bytes": len(body), "kind": "contract"}
    session = client.post("/v1/uploads", json=wanted, auth=partner.auth).json()
    assert session["missing"] == [1, 2, 3]
    url = f"/v1/uploads/{session['upload_id']}"
    second = body[session["part_bytes"] : 2 * session["part_bytes"]]
    for _ in range(2):
        assert client.put(f"{url}/parts/2", content=second, auth=partner.auth).status_code == 200
    early = client.post(f"{url}/complete", auth=partner.auth)
    assert (early.status_code, early.json()["missing"]) == (409, [1, 3])
    again = client.post("/v1/uploads", json=wanted, auth=partner.auth)
    assert (again.status_code, again.json()["missing"]) == (200, [1, 3])
    answer = upload(client, partner, body)
    assert answer.status_code == 202
    repeated = client.post(f"{url}/complete", auth=partner.auth)
    assert (repeated.status_code, repeated.content) == (202, answer.content)


def test_completing_many_uploads_at_once_holds_nobody_up(settings: Settings) -> None:
    """With two connections of the writer, ten documents that are put together leave room for a push."""
    assert settings.database.url is not None
    narrow = settings.model_copy(update={"database": DatabaseSettings(url=settings.database.url, pool_size=2)})
    sender = issue_partner(narrow, "many", division="350203")
    bodies = [ndjson(1, 3100 + number) for number in range(10)]
    with running(narrow) as client, ThreadPoolExecutor(11) as several:
        completed = [several.submit(upload, client, sender, body) for body in bodies]
        pushed = several.submit(client.post, "/v1/contracts", content=ndjson(1, 3200), auth=sender.auth)
        assert pushed.result().status_code in (200, 201)
        assert {each.result().status_code for each in completed} == {202}, "who waits for a connection gets none"
        submissions = {each.result().json()["submission_id"] for each in completed}
    assert len(submissions) == 10


def test_parts_that_do_not_fit_are_refused(client: httpx.Client, new_partner: Callable[..., Partner]) -> None:
    partner, stranger = new_partner("fits"), new_partner("stranger")
    body = b"x" * 100
    wanted = {"sha256": sha256(b"y" * 100).hexdigest(), "size_bytes": 100, "kind": "contract"}
    url = f"/v1/uploads/{client.post('/v1/uploads', json=wanted, auth=partner.auth).json()['upload_id']}"
    short = client.put(f"{url}/parts/1", content=b"x", auth=partner.auth)
    assert (short.status_code, short.json()["code"]) == (422, "UPLOAD-001")
    lied = client.put(
        f"{url}/parts/1", content=body, headers={"Content-Digest": f"sha-256=:{'A' * 43}=:"}, auth=partner.auth
    )
    assert (lied.status_code, lied.json()["code"]) == (422, "UPLOAD-001")
    assert client.put(f"{url}/parts/2", content=body, auth=partner.auth).status_code == 400
    assert client.put(f"{url}/parts/1", content=body, auth=partner.auth).status_code == 200
    wrong = client.post(f"{url}/complete", auth=partner.auth)
    assert (wrong.status_code, wrong.json()["code"]) == (409, "UPLOAD-002")
    corrected = client.put(f"{url}/parts/1", content=b"y" * 100, auth=partner.auth)
    assert corrected.status_code == 200
    assert client.post(f"{url}/complete", auth=partner.auth).status_code == 202
    assert client.get(url, auth=stranger.auth).status_code == 404


@pytest.mark.parametrize(
    "wrong",
    [
        {"size_bytes": 0},
        {"sha256": "no"},
        {"connector": "unknown"},
        {"amend": "yes"},
        {"surprise": 1},
    ],
    ids=str,
)
def test_a_session_that_could_not_end_well_is_refused_at_once(
    client: httpx.Client, partner: Partner, wrong: dict[str, Any]
) -> None:
    wanted = {"sha256": "0" * 64, "size_bytes": 10, "kind": "contract", **wrong}
    assert client.post("/v1/uploads", json=wanted, auth=partner.auth).status_code == 400


def test_a_push_may_ask_to_be_answered_later(client: httpx.Client, settings: Settings, partner: Partner) -> None:
    body = ndjson(3, 4000)
    later = {"Prefer": "respond-async"}
    taken = client.post("/v1/contracts", content=body, headers=later, auth=partner.auth)
    assert taken.status_code == 202
    with running_beside(settings, "work"):
        done = finished(client, partner, taken.json()["submission_id"])
    assert done["counts"]["accepted"] == 3
    repeated = client.post("/v1/contracts", content=body, headers=later, auth=partner.auth)
    assert (repeated.content, repeated.headers["Idempotent-Replayed"]) == (taken.content, "true")


def test_the_same_records_get_the_same_fates_at_once_and_later(
    client: httpx.Client, settings: Settings, new_partner: Callable[..., Partner]
) -> None:
    body = with_bad_lines(ndjson(10, 5000), 1, 7)
    one, other = new_partner("at-once"), new_partner("later")
    at_once = client.post("/v1/contracts", content=body, auth=one.auth).json()["records"]
    submission_id = upload(client, other, body).json()["submission_id"]
    with running_beside(settings, "work"):
        finished(client, other, submission_id)
    differing = {"code", "code_printed", "qr_text"}
    later = fates(client, other, submission_id)
    assert [{k: v for k, v in record.items() if k not in differing} for record in later] == [
        {k: v for k, v in record.items() if k not in differing} for record in at_once
    ]


def test_a_document_that_breaks_off_keeps_what_was_read_and_says_where_it_broke(
    client: httpx.Client, settings: Settings, partner: Partner
) -> None:
    rows = "".join(f"<r><n>{i}</n></r>" for i in range(600))
    taken = upload(client, partner, f"<rs>{rows}<r><n>".encode(), connector="huaxia")
    with running_beside(settings, "work"):
        done = finished(client, partner, taken.json()["submission_id"])
    assert done["failure"]["code"].startswith("FORMAT-")
    assert done["counts"]["rejected"] == done["counts"]["rows"]


def test_what_was_not_read_of_a_document_is_told_at_its_end(
    client: httpx.Client, settings: Settings, partner: Partner
) -> None:
    rows = "N-8,国内,示例,L-BJ-CJ00144,黄山,2026-12-01,2026-12-03,1,1980,张三,身份证,1\n注：内部资料\n合计,1\n"
    raw = f"{HEADINGS.strip()},房间\n{rows}".encode()
    url = "/v1/contracts?connector=laoqiao"
    at_once = client.post(url, content=raw, auth=partner.auth).json()["notes"]
    assert [note["code"] for note in at_once] == ["FORMAT-051", "FORMAT-053", "FORMAT-053"]
    submission_id = upload(client, partner, raw, connector="laoqiao").json()["submission_id"]
    with running_beside(settings, "work"):
        done = finished(client, partner, submission_id)
    assert done["notes"] == at_once
    keys = {key.kid: key for key in map(PublicKey.from_jwk, client.get("/.well-known/jwks.json").json()["keys"])}
    assert [note["code"] for note in verify(done["receipt"], keys)["notes"]] == [note["code"] for note in at_once]
    assert client.get(f"/v1/submissions/{submission_id}", auth=partner.auth).json()["progress"]["notes"] == at_once
    book = client.get(f"/v1/submissions/{submission_id}/dead-letters.xlsx", auth=partner.auth).content
    assert "文件提示" in CalamineWorkbook.from_filelike(io.BytesIO(book)).sheet_names


def test_a_document_that_cannot_be_read_at_all_is_one_rejection(
    client: httpx.Client, settings: Settings, partner: Partner
) -> None:
    taken = upload(client, partner, b"PK\x03\x04 no workbook", connector="shanhai", kind="roster")
    with running_beside(settings, "work"):
        done = finished(client, partner, taken.json()["submission_id"])
    assert (done["counts"]["rows"], done["counts"]["rejected"]) == (1, 1)
    assert done["failure"]["code"].startswith("FORMAT-")


def test_amendments_of_one_number_end_with_the_last(client: httpx.Client, settings: Settings, partner: Partner) -> None:
    versions = [{**contract(9000), "total_price": f"{1000 + i}.00"} for i in range(1100)]
    body = b"".join(orjson.dumps(version) + b"\n" for version in versions)
    submission_id = upload(client, partner, body, amend=True).json()["submission_id"]
    with running_beside(settings, "work", "--processes", "2"):
        done = finished(client, partner, submission_id)
    assert done["counts"]["rejected"] == 0
    number = contract(9000)["business_no"]
    (record,) = client.get("/v1/contracts", params={"business_no": number}, auth=partner.auth).json()["records"]
    whole = client.get(f"/v1/contracts/{record['code']}", auth=partner.auth).json()
    assert whole["body"]["total_price"] == versions[-1]["total_price"]


def test_a_small_document_does_not_wait_for_a_large_one(
    client: httpx.Client, settings: Settings, new_partner: Callable[..., Partner]
) -> None:
    large, small = new_partner("large"), new_partner("small")
    first = upload(client, large, ndjson(6000, 20_000)).json()["submission_id"]
    second = upload(client, small, ndjson(20, 30_000)).json()["submission_id"]
    with running_beside(settings, "work"):
        assert finished(client, small, second)["counts"]["accepted"] == 20
        waiting = client.get(f"/v1/submissions/{first}", auth=large.auth).json()
        assert waiting["state"] != "done"
        assert finished(client, large, first)["counts"]["accepted"] == 6000


def test_a_worker_killed_again_and_again_does_everything_once(
    client: httpx.Client, settings: Settings, new_partner: Callable[..., Partner]
) -> None:
    partner = new_partner("killed")
    submission_id = upload(client, partner, ndjson(4000, 10_000)).json()["submission_id"]

    def rows_done() -> int:
        shown = client.get(f"/v1/submissions/{submission_id}", auth=partner.auth).json()
        return shown["progress"]["rows_done"]

    kills = 0
    while rows_done() < 3000 and kills < 6:
        before = rows_done()
        with running_beside(settings, "work") as process:
            until(lambda before=before: rows_done() > before, "a chunk is done", of=process)
            process.kill()
            process.wait()
        kills += 1
    assert kills > 2
    with running_beside(settings, "work"):
        done = finished(client, partner, submission_id)
    assert done["counts"]["rows"] == done["counts"]["accepted"] == 4000
    records = fates(client, partner, submission_id)
    assert [record["ordinal"] for record in records] == list(range(1, 4001))
    assert len({record["code"] for record in records}) == 4000


@pytest.fixture
def narrow(settings: Settings, new_database: Callable[[], str], tmp_path: Path) -> Settings:
    """Bounds so small that a test can reach them."""
    batch = BatchSettings(max_rows=1000, open_bytes=100_000, max_bytes=90_000_000)
    database = DatabaseSettings(url=new_database())
    return settings.model_copy(update={"batch": batch, "database": database, "home": tmp_path})


def test_open_uploads_are_bounded_and_rows_are_too(narrow: Settings) -> None:
    partner = issue_partner(narrow, "bounded")
    body = b"\n" * 20_000 + b"{}\n" * 2000
    with running(narrow) as client:
        wanted = {"sha256": "a" * 64, "size_bytes": 99_000, "kind": "contract"}
        assert client.post("/v1/uploads", json=wanted, auth=partner.auth).status_code == 201
        full = client.post("/v1/uploads", json={**wanted, "sha256": "b" * 64}, auth=partner.auth)
        assert (full.status_code, full.json()["code"]) == (429, "UPLOAD-003")
        later = {"Prefer": "respond-async"}
        taken = client.post("/v1/contracts", content=body, headers=later, auth=partner.auth).json()
        with running_beside(narrow, "work"):
            done = finished(client, partner, taken["submission_id"])
    assert done["failure"]["code"] == "INTAKE-104"
    assert done["counts"]["rows"] == 1001
