"""A sender's own list and totals against what was accepted and coded, through the API and the command line."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import orjson
import pytest

from gateway.access.accounts import Role
from gateway.base.settings import Settings
from gateway.reconcile.exports import MOST_ROWS
from schemas.samples import contract
from tests.conftest import Partner
from tests.processes import yizhan

CHINA = timezone(timedelta(hours=8))


@pytest.fixture
def partner(new_partner: Callable[..., Partner]) -> Partner:
    return new_partner(f"erp-{uuid4().hex[:8]}")


def push(client: httpx.Client, partner: Partner, *numbers: int) -> list[dict[str, Any]]:
    """What became of each record, with the `day` in China on which it came."""
    content = b"".join(orjson.dumps(contract(number)) + b"\n" for number in numbers)
    answer = client.post("/v1/contracts", content=content, auth=partner.auth).raise_for_status()
    day = datetime.fromisoformat(answer.json()["received_at"]).astimezone(CHINA).date()
    return [record | {"day": day} for record in answer.json()["records"]]


def number_of(index: int) -> str:
    return contract(index)["business_no"]


def compare(client: httpx.Client, partner: Partner, content: str, **query: str) -> httpx.Response:
    return client.post("/v1/reconciliations", content=content.encode(), params=query, auth=partner.auth)


def found(client: httpx.Client, partner: Partner, run: dict[str, Any], **query: Any) -> dict[str, str]:
    url = f"/v1/reconciliations/{run['reconciliation_id']}/discrepancies"
    rows = client.get(url, params=query, auth=partner.auth).raise_for_status().json()["discrepancies"]
    return {row["key"]: row["class"] for row in rows}


def test_a_list_that_agrees_is_clean(client: httpx.Client, partner: Partner) -> None:
    records = push(client, partner, 1, 2, 3)
    lines = [f"{record['key']},{record['content_sha256']},{record['day']}" for record in records]
    answer = compare(client, partner, "key,content_sha256,day\n" + "\n".join(lines), kind="contract")
    assert answer.status_code == 201
    run = answer.json()
    assert (run["state"], run["counts"]["contract"]) == ("clean", {"ours": 3, "theirs": 3, "coded": 3, "moved": 0})


def test_what_is_missing_altered_or_listed_twice_is_named(client: httpx.Client, partner: Partner) -> None:
    push(client, partner, 1, 2, 3, 4)
    lines = [
        {"key": number_of(1)},
        {"key": number_of(2), "content_sha256": "00" * 32},
        {"key": number_of(3)},
        {"key": number_of(3)},
        {"key": "ERP-NEVER-ARRIVED"},
    ]
    content = "\n".join(orjson.dumps(line).decode() for line in lines)
    run = compare(client, partner, content, kind="contract").json()
    assert run["state"] == "differs"
    assert found(client, partner, run) == {
        number_of(2): "diverged",
        number_of(3): "duplicate",
        number_of(4): "missing_there",
        "ERP-NEVER-ARRIVED": "missing_here",
    }
    assert found(client, partner, run, **{"class": "diverged"}) == {number_of(2): "diverged"}


def test_a_list_of_one_day_says_nothing_of_the_others(client: httpx.Client, partner: Partner) -> None:
    push(client, partner, 1)
    run = compare(client, partner, "业务编号,日期\nOLD-1,2017-08-04\n", kind="contract").json()
    assert found(client, partner, run) == {"OLD-1": "missing_here"}


def test_a_record_listed_under_the_day_before_it_was_accepted_is_not_missing(
    client: httpx.Client, partner: Partner
) -> None:
    (record,) = push(client, partner, 1)
    day = record["day"] - timedelta(days=1)
    content = f"key,content_sha256,day\n{record['key']},{record['content_sha256']},{day}\nLOST,,{day}\n"
    run = compare(client, partner, content, kind="contract").json()
    assert found(client, partner, run) == {"LOST": "missing_here"}


def test_daily_totals_are_held_against_accepted_and_coded(client: httpx.Client, partner: Partner) -> None:
    today = push(client, partner, 1, 2, 3)[0]["day"]
    run = compare(client, partner, f"day,kind,count\n{today},contract,3\n").json()
    assert (run["state"], run["counts"]["contract"]) == ("clean", {"ours": 3, "theirs": 3, "coded": 3})
    run = compare(client, partner, f"day,kind,count\n{today},contract,4\n").json()
    assert run["state"] == "differs"
    url = f"/v1/reconciliations/{run['reconciliation_id']}"
    totals = client.get(url, auth=partner.auth).json()["totals"]
    assert {"kind": "contract", "dimension": "day", "day": str(today), "ours": 3, "theirs": 4, "coded": 3} in totals


@pytest.mark.parametrize(
    ("content", "query", "where"),
    [
        ("", {"kind": "contract"}, 1),
        ("key\nA\n\x00\n", {"kind": "contract"}, 3),
        ('{"key": "A"}\n{"key": 1}', {"kind": "contract"}, 2),
        ("key,content_sha256\nA,zz\n", {"kind": "contract"}, 2),
        ("key,day\nA,yesterday\n", {"kind": "contract"}, 2),
        ("day,kind,count\n2017-08-04,nonsense,1\n", {}, 2),
        ("day,kind,count\n2017-08-04,contract,-1\n", {}, 2),
        ("key\nA\n", {}, None),
        ("key\nA\n", {"kind": "nonsense"}, None),
    ],
)
def test_a_bad_list_is_refused_with_its_line(
    client: httpx.Client, partner: Partner, content: str, query: dict[str, str], where: int | None
) -> None:
    answer = compare(client, partner, content, **query)
    assert (answer.status_code, answer.json()["code"], answer.json().get("line")) == (400, "REQUEST-001", where)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gbk", "gb18030", "utf-16"])
def test_a_list_is_read_in_any_encoding_of_documents(client: httpx.Client, partner: Partner, encoding: str) -> None:
    content = "业务编号,日期\n合同䶮-１,2017-08-04\n".replace("䶮", "" if encoding == "gbk" else "䶮").encode(encoding)
    answer = client.post("/v1/reconciliations?kind=contract", content=content, auth=partner.auth)
    assert answer.status_code == 201, answer.text
    (key,) = found(client, partner, answer.json())
    assert key.startswith("合同")


@pytest.mark.parametrize("query", [{"kind": "contract"}, {}])
def test_a_list_whose_encoding_changes_far_inside_is_refused(
    client: httpx.Client, partner: Partner, query: dict[str, str]
) -> None:
    heading, line = ("key,备注", b"K%07d,\n") if query else ("day,kind,count,备注", b"2017-08-04,contract,%d,\n")
    content = f"{heading}\n".encode() + b"".join(line % n for n in range(5000)) + "编号\n".encode("gb18030")
    answer = client.post("/v1/reconciliations", params=query, content=content, auth=partner.auth)
    assert (answer.status_code, answer.json()["code"]) == (400, "REQUEST-001")


@pytest.mark.parametrize("lines", ["key\n{}\n", "key\nA\n{}\n", "{}\nA\n"])
def test_a_list_with_an_endless_cell_is_refused(client: httpx.Client, partner: Partner, lines: str) -> None:
    answer = compare(client, partner, lines.format('"' + "x" * 200_000 + '"'), kind="contract")
    assert (answer.status_code, answer.json()["code"]) == (400, "REQUEST-001")


def test_lists_of_many_partners_leave_room_for_what_is_pushed(
    client: httpx.Client, new_partner: Callable[..., Partner]
) -> None:
    content = "key\n" + "".join(f"K{n:07d}\n" for n in range(150_000))
    senders = [new_partner(f"lister-{uuid4().hex[:8]}") for _ in range(10)]
    pushing = new_partner(f"erp-{uuid4().hex[:8]}")
    with ThreadPoolExecutor(len(senders)) as pool:
        listed = [pool.submit(compare, client, sender, content, kind="contract") for sender in senders]
        while not all(answer.done() for answer in listed):
            push(client, pushing, 1)
    answers = [answer.result() for answer in listed]
    assert {answer.status_code for answer in answers} == {201, 503}
    assert {answer.headers["Retry-After"] for answer in answers if answer.status_code == 503} == {"5"}


def test_another_partner_sees_nothing_of_it_and_an_official_compares_no_list(
    client: httpx.Client, partner: Partner, new_partner: Callable[..., Partner]
) -> None:
    run = compare(client, partner, "key\nA\n", kind="contract").json()
    url = f"/v1/reconciliations/{run['reconciliation_id']}"
    stranger = new_partner(f"stranger-{uuid4().hex[:8]}")
    assert client.get(url, auth=stranger.auth).status_code == 404
    official = new_partner("bureau", role=Role.OFFICIAL)
    assert client.get(url, auth=official.auth).json()["source"] == "partner"
    assert compare(client, official, "key\nA\n", kind="contract").status_code == 403


def test_a_partner_mends_its_own_list_by_sending_again(client: httpx.Client, partner: Partner) -> None:
    run = compare(client, partner, f"key\n{number_of(9)}\n", kind="contract").json()
    url = f"/v1/reconciliations/{run['reconciliation_id']}"
    assert client.post(f"{url}/repair", auth=partner.auth).status_code == 403
    push(client, partner, 9)
    assert compare(client, partner, f"key\n{number_of(9)}\n", kind="contract").json()["state"] == "clean"


def test_files_carry_no_formulas(client: httpx.Client, partner: Partner) -> None:
    run = compare(client, partner, 'key\n"=HYPERLINK(1)"\n', kind="contract").json()
    url = f"/v1/reconciliations/{run['reconciliation_id']}"
    text = client.get(f"{url}.csv", auth=partner.auth).raise_for_status().content
    assert text.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(text.decode("utf-8-sig"))))
    assert [row["业务编号 Key"] for row in rows] == ["'=HYPERLINK(1)"]
    import pandas

    book = client.get(f"{url}.xlsx", auth=partner.auth).raise_for_status().content
    sheets = pandas.read_excel(io.BytesIO(book), sheet_name=None, engine="calamine")
    assert list(sheets) == ["摘要 Summary", "合计 Totals", "差异 Discrepancies"]
    assert list(sheets["差异 Discrepancies"]["业务编号 Key"]) == ["'=HYPERLINK(1)"]


def test_a_workbook_holds_the_first_discrepancies_and_says_where_all_are(
    settings: Settings, client: httpx.Client, partner: Partner, tmp_path: Path
) -> None:
    import pandas

    content = "key\n" + "".join(f"K{n:07d}\n" for n in range(MOST_ROWS + 1))
    run = compare(client, partner, content, kind="contract").json()
    url = f"/v1/reconciliations/{run['reconciliation_id']}"
    downloaded = client.get(f"{url}.xlsx", auth=partner.auth).raise_for_status().content
    written = tmp_path / "all.xlsx"
    yizhan(settings, "reconcile", "show", run["reconciliation_id"], "--output", str(written))
    for book in (downloaded, written.read_bytes()):
        sheets = pandas.read_excel(io.BytesIO(book), sheet_name=None, engine="calamine")
        assert len(sheets["差异 Discrepancies"]) == MOST_ROWS
        assert ".csv" in sheets["摘要 Summary"].to_string()
    assert client.get(f"{url}.csv", auth=partner.auth).content.count(b"\n") == MOST_ROWS + 2


def test_the_command_line_compares_a_file(
    settings: Settings, client: httpx.Client, partner: Partner, tmp_path: Path
) -> None:
    push(client, partner, 1)
    listed = tmp_path / "list.csv"
    listed.write_text(f"key\n{number_of(1)}\nLOST-1\n", encoding="utf-8")
    done = yizhan(settings, "reconcile", "erp", partner.name, "--file", str(listed), "--kind", "contract")
    assert done.returncode == 1, done.stderr
    assert "missing_here 1" in done.stdout
    run_id = done.stdout.split()[2].rstrip(":")
    assert "LOST-1" in yizhan(settings, "reconcile", "show", run_id).stdout
    output = tmp_path / "out.csv"
    written = yizhan(settings, "reconcile", "show", run_id, "--output", str(output))
    assert (written.returncode, str(output) in written.stdout) == (0, True), written.stderr
    assert "LOST-1" in output.read_text(encoding="utf-8-sig")
    assert "没有名为" in yizhan(settings, "reconcile", "erp", "nobody", "--file", str(listed)).stderr
