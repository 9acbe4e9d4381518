"""Checks on the road: stored once however often they are sent, seen by whose they are, with what the inspector saw."""

from __future__ import annotations

import io
from base64 import b64encode
from typing import Any
from uuid import uuid4

import httpx
import PIL.Image
import psycopg
import pytest

from gateway.access.accounts import Role
from gateway.base.clock import Clock
from gateway.base.settings import HttpSettings, Settings
from gateway.persons.duties import Duty
from schemas import samples
from tests.conftest import Partner, issue_partner
from tests.people import SomebodySignedIn, add_person

OWN = {"sec-fetch-site": "same-origin"}


@pytest.fixture(scope="module")
def settings(settings: Settings) -> Settings:
    """Of a service without TLS, whose cookie has no prefix."""
    return settings.model_copy(update={"http": HttpSettings(public_url="http://hub.example.test")})


@pytest.fixture(scope="module")
def official(settings: Settings, client: httpx.Client) -> Partner:
    return issue_partner(settings, "bureau", Role.OFFICIAL, "000000")


@pytest.fixture(scope="module")
def inspector(settings: Settings, client: httpx.Client) -> SomebodySignedIn:
    return add_person(settings, "zhao.lei", {Duty.INSPECTOR}, "000000", name="赵磊")


@pytest.fixture(scope="module")
def contract(client: httpx.Client, partner: Partner) -> dict[str, Any]:
    return client.post("/v1/contracts", json=samples.contract(1), auth=partner.auth).json()["records"][0]


def photo(colour: str = "navy") -> bytes:
    buffer = io.BytesIO()
    PIL.Image.new("RGB", (320, 240), colour).save(buffer, "JPEG")
    return buffer.getvalue()


def check(about: str, **changes: Any) -> dict[str, Any]:
    return {
        "id": str(uuid4()),
        "about": about,
        "outcome": "deviating",
        "note": "车上 30 人，登记 28 人",
        "place": "环岛路检查点",
        "people": 30,
        "checked_at": Clock.now().isoformat(),
        "photos": [b64encode(photo()).decode()],
        **changes,
    }


def test_a_check_is_stored_once_and_shown_with_its_photographs(
    settings: Settings, client: httpx.Client, official: Partner, contract: dict[str, Any]
) -> None:
    asked = check(contract["code"])
    answers = [client.post("/v1/field-checks", json=asked, auth=official.auth) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 200], answers[0].text
    assert answers[0].json() == answers[1].json()
    shown = client.get(f"/v1/field-checks/{asked['id']}", auth=official.auth).json()
    assert {name: shown[name] for name in ("outcome", "note", "place", "people", "photos", "state", "version")} == {
        "outcome": "deviating", "note": asked["note"], "place": "环岛路检查点", "people": 30, "photos": 1,
        "state": "generated", "version": 1,
    }  # fmt: skip
    picture = client.get(f"/v1/field-checks/{asked['id']}/photos/1", auth=official.auth)
    assert (picture.content, picture.headers["content-type"]) == (photo(), "image/jpeg")
    assert client.get(f"/v1/field-checks/{asked['id']}/photos/2", auth=official.auth).status_code == 404
    other = client.post("/v1/field-checks", json=asked | {"people": 31}, auth=official.auth)
    assert (other.status_code, other.json()["code"]) == (422, "INTAKE-004"), other.text
    listed = client.get("/v1/field-checks", params={"about": contract["code"]}, auth=official.auth).json()["checks"]
    assert [each["id"] for each in listed] == [asked["id"]]
    entries = client.get("/v1/audit", params={"object": contract["code"]}, auth=official.auth).json()["entries"]
    assert [each["action"] for each in entries].count("contract.check") == 1
    with psycopg.connect(str(settings.database.url)) as connection:
        stored = connection.execute("SELECT body FROM field_check WHERE id = %s", [asked["id"]]).fetchone()
        assert stored is not None
        assert "登记".encode() not in bytes(stored[0]), "it is sealed"


def test_whose_record_is_out_of_sight_is_not_checked(
    settings: Settings, client: httpx.Client, partner: Partner, official: Partner, contract: dict[str, Any]
) -> None:
    elsewhere = issue_partner(settings, "elsewhere", Role.OFFICIAL, "450000")
    assert client.post("/v1/field-checks", json=check(contract["code"]), auth=elsewhere.auth).status_code == 404
    assert client.post("/v1/field-checks", json=check(contract["code"]), auth=partner.auth).status_code == 403
    assert client.get("/v1/field-checks", auth=partner.auth).status_code == 403
    mine = check(contract["code"])
    client.post("/v1/field-checks", json=mine, auth=official.auth).raise_for_status()
    assert client.get(f"/v1/field-checks/{mine['id']}", auth=elsewhere.auth).status_code == 404
    assert client.get("/v1/field-checks", auth=elsewhere.auth).json()["checks"] == []


WRONG: dict[str, dict[str, Any]] = {
    "id": {"id": "7"},
    "outcome": {"outcome": "fine"},
    "no note": {"outcome": "unverifiable", "note": " "},
    "people below none": {"people": -1},
    "people a word": {"people": True},
    "too many people": {"people": 20_000},
    "long note": {"note": "很" * 1001},
    "places": {"place": ["桥"]},
    "no moment": {"checked_at": "yesterday"},
    "in the future": {"checked_at": "2999-01-01T00:00:00+08:00"},
    "no base64": {"photos": ["not base64!"]},
    "no photograph": {"photos": [b64encode(b"<svg/>").decode()]},
    "too many photographs": {"photos": [b64encode(b"\xff\xd8\xff").decode()] * 7},
    "large photograph": {"photos": [b64encode(b"\xff\xd8\xff" + bytes(3 * 2**20)).decode()]},
    "unknown": {"weather": "rain"},
}


@pytest.mark.parametrize("wrong", WRONG)
def test_what_cannot_be_is_refused(
    client: httpx.Client, official: Partner, contract: dict[str, Any], wrong: str
) -> None:
    answer = client.post("/v1/field-checks", json=check(contract["code"], **WRONG[wrong]), auth=official.auth)
    assert (answer.status_code, answer.json()["code"]) == (400, "REQUEST-001"), answer.text


def test_a_photographed_qr_leads_to_its_contract(
    client: httpx.Client, partner: Partner, inspector: SomebodySignedIn, contract: dict[str, Any]
) -> None:
    printed = PIL.Image.open(
        io.BytesIO(client.get(f"/v1/contracts/{contract['code']}/qr.png", auth=partner.auth).content)
    )
    scene = PIL.Image.new("RGB", (2400, 3200), "#b8a88c")
    scene.paste(printed.convert("RGB").resize((900, 900)).rotate(7, expand=True, fillcolor="#b8a88c"), (500, 900))
    buffer = io.BytesIO()
    scene.save(buffer, "JPEG", quality=70)

    def sent(content: bytes, code: str = "") -> httpx.Response:
        files = {"photo": ("scan.jpg", content, "image/jpeg")}
        return client.post("/inspect", data={"code": code}, files=files, headers=OWN, auth=inspector.auth)

    place = f"/inspect/of/{contract['code']}"
    found = sent(buffer.getvalue())
    assert (found.status_code, found.headers.get("location")) == (303, place), found.text[-500:]
    assert client.get(place, auth=inspector.auth).status_code == 200
    for wrong in (photo(), b"GIF89a", b"\xff\xd8\xff" + bytes(50)):
        assert sent(wrong).status_code == 404
    assert sent(b"", contract["code_printed"].lower()).headers["location"] == place
    scanned = client.get(f"/V/{contract['qr_text'].rpartition('/')[2]}", auth=inspector.auth)
    assert f'href="{place}"' in scanned.text, "an inspector goes on from what the camera has opened"
    assert f'href="{place}"' not in client.get(f"/V/{contract['qr_text'].rpartition('/')[2]}").text


def test_a_roster_is_checked_by_its_number(
    client: httpx.Client, partner: Partner, official: Partner, inspector: SomebodySignedIn
) -> None:
    number = samples.roster(3)["group_no"]
    client.post("/v1/rosters", json=samples.roster(3), auth=partner.auth).raise_for_status()
    asked = check(f"roster:{number}", outcome="consistent", note="", photos=[])
    assert client.post("/v1/field-checks", json=asked, auth=official.auth).status_code == 201
    led = client.post("/inspect", data={"code": number}, files={"photo": ("", b"")}, headers=OWN, auth=inspector.auth)
    assert led.status_code == 303, led.text
    page = client.get(led.headers["location"], auth=inspector.auth)
    assert page.status_code == 200
    assert f"/inspect/checks/{asked['id']}" in page.text
