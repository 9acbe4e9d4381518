from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import orjson
import pytest

from gateway.access.accounts import Role
from gateway.base.settings import Settings
from schemas.samples import contract
from tests.conftest import Partner, running
from tests.processes import yizhan

MAPPINGS = Path(__file__).parents[2] / "mappings"


@pytest.fixture(scope="module")
def client(settings: Settings) -> Iterator[httpx.Client]:
    with running(settings) as opened:
        yield opened


@pytest.fixture
def partner(new_partner: Callable[..., Partner]) -> Partner:
    return new_partner(f"replay-{uuid4().hex[:8]}")


def bad(number: int) -> dict[str, Any]:
    return {**contract(number), "headcount": 99}


def push(client: httpx.Client, partner: Partner, *bodies: dict[str, Any], **query: Any) -> dict[str, Any]:
    content = b"".join(orjson.dumps(body) + b"\n" for body in bodies)
    return client.post("/v1/contracts", content=content, params=query, auth=partner.auth).json()


def letters(client: httpx.Client, partner: Partner, **query: Any) -> list[dict[str, Any]]:
    return client.get("/v1/dead-letters", params=query, auth=partner.auth).raise_for_status().json()["dead_letters"]


def replay(client: httpx.Client, partner: Partner, **body: Any) -> dict[str, Any]:
    return client.post("/v1/dead-letters/replay", json=body, auth=partner.auth).raise_for_status().json()


def test_every_rejected_record_is_kept_with_its_place_its_findings_and_its_mapping(
    client: httpx.Client, partner: Partner
) -> None:
    push(client, partner, bad(1), contract(2), bad(3))
    found = letters(client, partner)
    assert [(one["ordinal"], one["locator"], one["key"]) for one in found] == [
        (1, "line 1", contract(1)["business_no"]),
        (3, "line 3", contract(3)["business_no"]),
    ]
    assert {one["mapping"] for one in found} == {"canonical.contract.v1"}
    code = found[0]["findings"][0]["code"]
    assert len(letters(client, partner, code=code)) == 2
    assert letters(client, partner, code="CONTRACT-999") == []
    assert len(letters(client, partner, limit=1)) == 1


def test_a_corrected_resubmission_resolves_the_letter(client: httpx.Client, partner: Partner) -> None:
    push(client, partner, bad(10))
    assert len(letters(client, partner)) == 1
    push(client, partner, contract(10))
    assert letters(client, partner) == []
    assert len(letters(client, partner, state="resolved")) == 1


def test_an_edit_is_tried_out_audited_and_replayed(
    client: httpx.Client, partner: Partner, new_partner: Callable[..., Partner]
) -> None:
    submission_id = push(client, partner, bad(20), contract(21))["submission_id"]
    operator = new_partner("operator", role=Role.OPERATOR)
    url = f"/v1/submissions/{submission_id}/dead-letters/1/edit"
    right = contract(20)["headcount"]
    tried = client.post(url, json={"set": {"/headcount": right}}, auth=operator.auth).raise_for_status().json()
    assert (tried["status"], tried["record"]["status"]) == ("resolved", "accepted")
    assert "code" not in tried["record"]
    number = {"business_no": contract(20)["business_no"]}
    assert client.get("/v1/contracts", params=number, auth=partner.auth).json()["records"] == []
    done = replay(client, operator, submission_id=submission_id, dry_run=False)
    told = client.get("/v1/audit", params={"object": f"{submission_id}/1"}, auth=operator.auth).json()["entries"]
    assert [(each["action"], each["actor"].partition("/")[0]) for each in told][-1] == (
        "dead_letter.replay",
        operator.name,
    )
    assert done["counts"] == {"resolved": 1}
    (stored,) = client.get("/v1/contracts", params=number, auth=partner.auth).json()["records"]
    assert stored["code"] == done["dead_letters"][0]["record"]["code"]
    again = client.post(url, json={"set": {"/headcount": 1}}, auth=operator.auth)
    assert (again.status_code, again.json()["code"]) == (409, "STATE-001")


def test_a_dry_run_stores_nothing_and_a_replay_leaves_codes_alone(client: httpx.Client, partner: Partner) -> None:
    first = client.post("/v1/contracts", json=contract(30), auth=partner.auth).json()["records"][0]
    submission_id = push(client, partner, {**contract(30), "headcount": 99}, bad(31))["submission_id"]
    client.post(
        f"/v1/submissions/{submission_id}/dead-letters/1/edit",
        json={"set": {"/headcount": contract(30)["headcount"]}},
        auth=partner.auth,
    ).raise_for_status()
    before = client.get("/v1/changes", auth=partner.auth).json()["high_water"]
    dry = replay(client, partner, submission_id=submission_id)
    assert dry["dry_run"]
    assert dry["counts"] == {"resolved": 1, "failed": 1}
    assert client.get("/v1/changes", params={"after": before}, auth=partner.auth).json()["changes"] == []
    done = replay(client, partner, submission_id=submission_id, dry_run=False)
    assert [one["status"] for one in done["dead_letters"]] == ["resolved", "failed"]
    assert done["dead_letters"][0]["record"]["code"] == first["code"]


def test_a_letter_that_keeps_failing_is_parked_and_its_neighbours_go_on(client: httpx.Client, partner: Partner) -> None:
    submission_id = push(client, partner, bad(40), bad(41))["submission_id"]
    for _ in range(4):
        assert replay(client, partner, submission_id=submission_id, dry_run=False)["counts"] == {"failed": 2}
    assert replay(client, partner, submission_id=submission_id, dry_run=False)["counts"] == {"parked": 2}
    assert replay(client, partner, submission_id=submission_id, dry_run=False)["dead_letters"] == []
    assert len(letters(client, partner, state="parked")) == 2
    right = {"set": {"/headcount": contract(40)["headcount"]}}
    client.post(f"/v1/submissions/{submission_id}/dead-letters/1/edit", json=right, auth=partner.auth)
    assert replay(client, partner, submission_id=submission_id, dry_run=False)["counts"] == {"resolved": 1}


def test_a_single_letter_can_be_replayed(client: httpx.Client, partner: Partner) -> None:
    submission_id = push(client, partner, bad(45), bad(46))["submission_id"]
    (only,) = replay(client, partner, submission_id=submission_id, ordinal=2)["dead_letters"]
    assert (only["ordinal"], only["status"]) == (2, "failed")
    lonely = client.post("/v1/dead-letters/replay", json={"ordinal": 1}, auth=partner.auth)
    assert (lonely.status_code, lonely.json()["code"]) == (400, "REQUEST-001")


@pytest.mark.parametrize("values", [{"/no/such/place": 1}, {"headcount": 1}, {"/travellers/99/name": "x"}, {}, None])
def test_an_edit_that_leads_nowhere_is_refused(client: httpx.Client, partner: Partner, values: Any) -> None:
    submission_id = push(client, partner, bad(50), contract(51))["submission_id"]
    url = f"/v1/submissions/{submission_id}/dead-letters/1/edit"
    answer = client.post(url, json={"set": values}, auth=partner.auth)
    assert (answer.status_code, answer.json()["code"]) == (400, "REQUEST-001")


def test_officials_look_but_do_not_replay(
    client: httpx.Client, partner: Partner, new_partner: Callable[..., Partner]
) -> None:
    push(client, partner, bad(60), contract(61))
    official = new_partner("bureau", role=Role.OFFICIAL, division="350000")
    assert letters(client, official)
    assert client.post("/v1/dead-letters/replay", json={}, auth=official.auth).status_code == 403
    stranger = new_partner("replay-stranger")
    assert letters(client, stranger) == []


def test_a_corrected_mapping_brings_the_letters_through_in_their_order(
    settings: Settings, new_partner: Callable[..., Partner], tmp_path: Path
) -> None:
    partner = new_partner("corrected")
    shutil.copytree(MAPPINGS, tmp_path / "mappings", dirs_exist_ok=True)
    mapping = tmp_path / "mappings" / "lvy" / "contract.yaml"
    whole = mapping.read_text("utf-8")
    example = tmp_path / "mappings" / "lvy" / "examples" / "clean.json"
    mapping.write_text(whole.replace("{from: ERPContractId}", "{from: NoSuchName}"), "utf-8")
    changed = settings.model_copy(update={"mappings": tmp_path / "mappings"})
    with running(changed) as client:
        answer = client.post(
            "/v1/submissions", params={"connector": "lvy"}, content=example.read_bytes(), auth=partner.auth
        )
        assert answer.status_code == 422
    mapping.write_text(whole.replace("lvy.contract@1", "lvy.contract@2"), "utf-8")
    done = yizhan(changed, "replay", "--connector", "lvy", "--apply")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "resolved 1" in done.stdout
    with running(settings) as client:
        letter = letters(client, partner, state="resolved")[0]
        stored = client.get(f"/v1/submissions/{letter['replayed_by']}", auth=partner.auth).json()
    assert (stored["mapping"], stored["channel"], stored["accepted"]) == ("lvy.contract@2", "replay", 1)
