"""The workshop over the API: folders drafted, tried, and asked what a field may be taken from. Nothing is stored."""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from pathlib import Path
from typing import Any

import httpx
import pytest

from gateway.access.accounts import Role
from gateway.base.settings import Settings
from tests.conftest import Partner, issue_partner

FOLDER = Path(__file__).parents[2] / "mappings/huaxia"
SAMPLE = FOLDER / "examples/contracts.xml"


@pytest.fixture(scope="module")
def operator(settings: Settings, client: httpx.Client) -> Partner:
    return issue_partner(settings, "team", Role.OPERATOR, "000000")


def encoded(content: bytes) -> str:
    return b64encode(content).decode()


def trial(**changes: Any) -> dict[str, Any]:
    files = {file.name: file.read_text("utf-8") for file in FOLDER.glob("*.yaml")}
    return {"files": files, "kind": "contract", "document": encoded(SAMPLE.read_bytes())} | changes


def asked(client: httpx.Client, who: Partner, path: str, body: object) -> httpx.Response:
    return client.post(f"/v1/connectors/{path}", json=body, headers=who.bearer)


def test_a_folder_is_tried_on_a_document(client: httpx.Client, operator: Partner) -> None:
    answer = asked(client, operator, "trials", trial())
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert told["dry_run"] is True
    assert told["counts"]["accepted"] == 2
    assert told["records"][0]["fields"][0]["source"] == "HX-0001"
    assert client.get("/v1/changes", headers=operator.bearer).json()["changes"] == []


def test_what_is_wrong_with_a_folder_is_told_with_file_and_line(client: httpx.Client, operator: Partner) -> None:
    files = trial()["files"]
    files["contract.yaml"] = files["contract.yaml"].replace("via: [person_name]", "via: [persn_name]", 1)
    answer = asked(client, operator, "trials", trial(files=files))
    assert (answer.status_code, answer.json()["code"]) == (422, "CONNECTOR-001")
    line = (
        files["contract.yaml"].splitlines().index(next(x for x in files["contract.yaml"].splitlines() if "persn" in x))
    )
    assert (answer.json()["file"], answer.json()["line"]) == ("contract.yaml", line + 1)


def test_a_document_that_cannot_be_read_is_told_in_the_trial(client: httpx.Client, operator: Partner) -> None:
    told = asked(client, operator, "trials", trial(document=encoded(b"<torn"))).json()
    assert told["unreadable"]["code"].startswith("FORMAT-")


def test_a_folder_is_drafted_without_the_people_of_the_sample(client: httpx.Client, operator: Partner) -> None:
    sample = (FOLDER.parent / "lvy/examples/clean.json").read_bytes()
    answer = asked(client, operator, "drafts", {"name": "fresh", "samples": {"样本.json": encoded(sample)}})
    assert answer.status_code == 200, answer.text
    files = {name: b64decode(content) for name, content in answer.json()["files"].items()}
    assert {"connector.yaml", "contract.yaml", "examples/contract-1.expected.json"} <= files.keys()
    (name, *_) = [tourist["name"] for tourist in json.loads(sample)["touristsInfo"]["tourists"]]
    assert name.encode() not in b"".join(files.values())
    texts = {name: content.decode() for name, content in files.items() if name.endswith((".yaml", ".csv"))}
    tried = asked(client, operator, "trials", {"files": texts, "document": encoded(sample)}).json()
    assert tried["counts"]["shown"] == 1


def test_the_candidates_of_every_field(client: httpx.Client, operator: Partner) -> None:
    body = {"samples": {"a.xml": encoded(SAMPLE.read_bytes())}, "kind": "contract"}
    fields = {field["target"]: field for field in asked(client, operator, "candidates", body).json()["fields"]}
    assert fields["depart_on"]["candidates"][0]["source"] == "行程.出发日期"
    assert fields["depart_on"]["candidates"][0]["entry"] == "{from: 行程.出发日期, via: [cn_datetime, cn_date]}"
    name = fields["travellers/name"]["candidates"][0]
    assert (name["source"], name["each"]) == ("游客名单.游客/姓名", {"travellers": "游客名单.游客"})
    assert fields["travellers/name"]["required"] is True


@pytest.mark.parametrize(
    ("path", "body", "code"),
    [
        ("trials", {}, "REQUEST-001"),
        ("trials", [], "REQUEST-001"),
        ("trials", {"files": {"connector.yaml": 5}, "document": ""}, "REQUEST-001"),
        ("trials", {"files": {}, "document": "not base64!"}, "REQUEST-001"),
        ("trials", {"files": {}, "document": "", "then": 1}, "REQUEST-001"),
        ("trials", {"files": {"../x": "a", "connector.yaml": ""}, "document": ""}, "CONNECTOR-001"),
        ("trials", {"files": {}, "document": ""}, "CONNECTOR-001"),
        ("drafts", {"samples": {}}, "REQUEST-001"),
        ("drafts", {"name": "fine", "samples": {}}, "CONNECTOR-004"),
        ("drafts", {"name": "Not Fine", "samples": {"a.json": "e30="}}, "CONNECTOR-004"),
        ("drafts", {"name": "fine", "samples": {"../../a.json": "e30="}}, "CONNECTOR-004"),
        ("drafts", {"name": "fine", "samples": {"a.json": encoded(b"\xff\x00\x01")}}, "CONNECTOR-004"),
        ("drafts", {"name": "fine", "samples": {"a.json": encoded(b"[" * 5000)}}, "CONNECTOR-004"),
        (
            "drafts",
            {"name": "fine", "samples": {"a.json": encoded(b'[{"a":1}]')}, "target": "nothing"},
            "CONNECTOR-004",
        ),
        ("candidates", {"samples": {"a.json": "e30=", "b.json": "e30="}, "kind": "contract"}, "REQUEST-001"),
        ("candidates", {"samples": {"a.json": "e30="}}, "REQUEST-001"),
        ("candidates", {"samples": {"a.json": "e30="}, "kind": "nothing"}, "REQUEST-003"),
    ],
)
def test_what_cannot_be_done_is_refused(
    client: httpx.Client, operator: Partner, path: str, body: object, code: str
) -> None:
    answer = asked(client, operator, path, body)
    assert answer.json().get("code") == code, answer.text


@pytest.mark.parametrize("path", ["trials", "drafts", "candidates"])
def test_only_the_technical_team_may(client: httpx.Client, partner: Partner, path: str) -> None:
    assert asked(client, partner, path, {}).status_code == 403


@pytest.mark.parametrize(
    "broken",
    [
        {"connector.yaml": "connector: x\npartner: x\ntitle: {zh: x, en: x}\nchannel: push\n"
                           "mappings: {%s: contract.yaml}\n"},
        {"contract.yaml": "mapping: x.contract@1\ntarget: contract.v1\nread: {format: json, records: a}\n"
                          "fields: {group_no: {from: %s}}\n"},
        {"contract.yaml": "mapping: x.contract@1\ntarget: contract.v1\nread: {format: json, records: a}\n"
                          "fields: {group_no: {from: a, lookup: %s.csv}}\n"},
    ],
    ids=["kind", "way", "look-up"],
)  # fmt: skip
@pytest.mark.parametrize("word", ["x" * 3000, "x." * 3000 + "x"], ids=["long", "deep"])
def test_words_of_any_length_are_refused_in_plain_words(
    client: httpx.Client, operator: Partner, broken: dict[str, str], word: str
) -> None:
    """No file can be called so, and nothing lies so deep."""
    files = trial()["files"] | {name: text % word for name, text in broken.items()}
    answer = asked(client, operator, "trials", trial(files=files))
    assert answer.json().get("code", "CONNECTOR-001") == "CONNECTOR-001", answer.text[:300]
