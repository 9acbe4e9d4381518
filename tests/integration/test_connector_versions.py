"""Connectors without a restart: a version is checked, brought into service, rolled back; every process follows."""

from __future__ import annotations

import io
import os
import shutil
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest

from gateway.access.accounts import Role
from gateway.base.settings import OnboardingSettings, Settings
from gateway.onboarding.packing import digest_of, files_in, packed
from mappings.make_examples import lvy_contract
from tests.conftest import Partner, ServedProcess, issue_partner, running, until
from tests.integration.sftp import export
from tests.processes import ended, environment, yizhan

ROOT = Path(__file__).parents[2] / "mappings"
_numbers = iter(range(1, 10_000))


@pytest.fixture(scope="module")
def settings(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """With partner folders of its own, which tests write to."""
    folder = tmp_path_factory.mktemp("folders")
    for name in ("lvy", "laoqiao"):
        shutil.copytree(ROOT / name, folder / name)
    changed = settings.model_copy(deep=True)
    changed.mappings = folder
    changed.onboarding = OnboardingSettings(look_seconds=0.1)
    return changed


@pytest.fixture(scope="module")
def operator(settings: Settings) -> Partner:
    return issue_partner(settings, "hub", Role.OPERATOR, "000000")


@pytest.fixture(scope="module")
def lvy(settings: Settings) -> Partner:
    return issue_partner(settings, "lvy", connector="lvy")


@pytest.fixture
def edited(tmp_path: Path) -> Callable[..., Path]:
    """A copy of a partner folder with words of its mapping replaced."""

    def edit(*changes: tuple[str, str], name: str = "lvy", at: str = "contract.yaml") -> Path:
        folder = tmp_path / f"{name}-{next(_numbers)}"
        shutil.copytree(ROOT / name, folder)
        for before, after in changes:
            text = (folder / at).read_text("utf-8")
            assert before in text
            (folder / at).write_text(text.replace(before, after), "utf-8")
        return folder

    return edit


def zipped(folder: Path) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, content in files_in(folder).items():
            archive.writestr(name, content)
    return made.getvalue()


def saved(client: httpx.Client, operator: Partner, folder: Path) -> int:
    answer = client.post("/v1/connectors/versions", content=zipped(folder), headers=operator.bearer)
    assert answer.status_code == 201, answer.text
    return answer.json()["number"]


def move(client: httpx.Client, who: Partner, name: str, number: int, state: str) -> httpx.Response:
    where = f"/v1/connectors/{name}/versions/{number}/state"
    return client.post(where, json={"state": state}, headers=who.bearer)


def in_service(client: httpx.Client, operator: Partner, folder: Path, name: str) -> int:
    """Save, stage and promote a folder."""
    number = saved(client, operator, folder)
    for state in ("staged", "live"):
        answer = move(client, operator, name, number, state)
        assert (answer.status_code, answer.json().get("state")) == (200, state), answer.text
    return number


def stamp_of_a_push(client: httpx.Client, partner: Partner) -> str | None:
    """By which mapping a contract was read just now; None where the connector is not in service."""
    answer = client.post("/v1/contracts?connector=lvy", json=lvy_contract(next(_numbers)), headers=partner.bearer)
    if answer.json().get("code") == "INTAKE-006":
        return None
    where = f"/v1/submissions/{answer.json()['submission_id']}"
    return client.get(where, headers=partner.bearer).json()["mapping"]


def becomes(client: httpx.Client, partner: Partner, stamp: str | None) -> None:
    until(lambda: stamp_of_a_push(client, partner) == stamp, f"pushes are read by {stamp}")


def test_a_version_is_brought_into_service_and_rolled_back(
    client: httpx.Client, operator: Partner, lvy: Partner, edited: Callable[..., Path]
) -> None:
    assert stamp_of_a_push(client, lvy) == "lvy.contract@1"
    number = in_service(client, operator, edited(("lvy.contract@1", "lvy.contract@2")), "lvy")
    becomes(client, lvy, "lvy.contract@2")
    rows = client.get("/v1/connectors/lvy/versions", headers=operator.bearer).json()["versions"]
    assert [(row["number"], row["state"], row["made_by"].split("/")[0]) for row in rows] == [
        (number - 1, "retired", "installed"),
        (number, "live", "hub"),
    ]
    assert move(client, operator, "lvy", number - 1, "live").status_code == 200
    becomes(client, lvy, "lvy.contract@1")
    acts = client.get("/v1/audit", params={"object": f"lvy#{number}"}, headers=operator.bearer).json()["entries"]
    assert [act["action"] for act in acts] == [
        "connector.save", "connector.staged", "connector.live", "connector.retired",
    ]  # fmt: skip
    assert move(client, operator, "lvy", number - 1, "retired").status_code == 200
    becomes(client, lvy, None)
    assert move(client, operator, "lvy", number - 1, "live").status_code == 200
    becomes(client, lvy, "lvy.contract@1")


def test_the_folder_of_a_version_goes_once_nobody_can_be_reading_it(
    client: httpx.Client, settings: Settings, operator: Partner, lvy: Partner, edited: Callable[..., Path]
) -> None:
    kept, stamps = settings.home / "connectors" / "lvy", ("lvy.contract@31", "lvy.contract@32")
    numbers, folders = [], list[Path]()
    for stamp in stamps:
        before = set(kept.glob("*/"))
        numbers.append(in_service(client, operator, edited(("lvy.contract@1", stamp)), "lvy"))
        becomes(client, lvy, stamp)
        folders += set(kept.glob("*/")) - before
    old, new = folders
    mark = kept / f"{old.name}.unused"
    until(mark.exists, "it is marked")
    assert old.is_dir(), "somebody may be reading it"
    os.utime(mark, (0, 0))
    until(lambda: not old.exists(), "it is removed")
    assert (new.is_dir(), stamp_of_a_push(client, lvy)) == (True, stamps[1])
    assert move(client, operator, "lvy", numbers[0], "live").status_code == 200
    becomes(client, lvy, stamps[0])
    assert (old.is_dir(), mark.exists()) == (True, False), "it is unpacked anew"
    assert move(client, operator, "lvy", 1, "live").status_code == 200
    becomes(client, lvy, "lvy.contract@1")


def test_what_does_not_pass_is_told_and_changes_nothing(
    client: httpx.Client, operator: Partner, lvy: Partner, edited: Callable[..., Path]
) -> None:
    broken = edited(("{from: cost.totalCost, via: [cn_amount]}", "{from: cost.totalCosts, via: [cn_amount]}"))
    number = saved(client, operator, broken)
    refused = move(client, operator, "lvy", number, "staged")
    assert (refused.status_code, refused.json()["code"]) == (422, "CONNECTOR-001")
    assert any(
        "totalCosts" in problem["en"] and "totalCosts" in problem["zh"] for problem in refused.json()["problems"]
    )
    early = move(client, operator, "lvy", number, "live")
    assert (early.status_code, early.json()["code"]) == (409, "CONNECTOR-002")
    assert stamp_of_a_push(client, lvy) == "lvy.contract@1"
    assert saved(client, operator, broken) == number, "the same folder again is the same version"


def test_one_stamp_never_means_two_mappings(
    client: httpx.Client, operator: Partner, edited: Callable[..., Path]
) -> None:
    number = saved(client, operator, edited(("{from: itinerary.routeName}", "{from: [itinerary.routeName, routeName]}"),
                                            ("unseen: [", "unseen: [routeName, ")))  # fmt: skip
    refused = move(client, operator, "lvy", number, "staged")
    assert "lvy.contract@1" in refused.json()["problems"][0]["zh"]


def test_two_persons_are_needed_where_that_is_set(settings: Settings, edited: Callable[..., Path]) -> None:
    strict = settings.model_copy(update={"onboarding": OnboardingSettings(two_persons=True)})
    first, second = (issue_partner(strict, f"hub-{n}", Role.OPERATOR, "000000") for n in (1, 2))
    with running(strict) as client:
        number = saved(client, first, edited(("lvy.contract@1", "lvy.contract@7")))
        assert move(client, first, "lvy", number, "staged").status_code == 200
        alone = move(client, first, "lvy", number, "live")
        assert (alone.status_code, alone.json()["code"]) == (403, "CONNECTOR-003")
        assert move(client, second, "lvy", number, "live").status_code == 200
        rows = client.get("/v1/connectors/lvy/versions", headers=second.bearer).json()["versions"]
        (before,) = [row["number"] for row in rows if row.get("stamps") == ["lvy.contract@1"] and "live_at" in row]
        assert move(client, second, "lvy", before, "live").status_code == 200


@pytest.mark.parametrize("role", [Role.PARTNER, Role.OFFICIAL])
def test_only_operators_see_and_change_versions(client: httpx.Client, settings: Settings, role: Role) -> None:
    other = issue_partner(settings, f"other-{role}", role)
    for answer in (
        client.get("/v1/connectors/lvy/versions", headers=other.bearer),
        client.post("/v1/connectors/versions", content=zipped(ROOT / "lvy"), headers=other.bearer),
        move(client, other, "lvy", 1, "live"),
    ):
        assert answer.status_code == 403


@pytest.mark.parametrize(
    ("body", "status"), [({"state": "draft"}, 400), ({"state": ["live"]}, 400), ({"stat": "live"}, 400), ({}, 400)]
)
def test_a_move_that_there_is_not_is_refused(
    client: httpx.Client, operator: Partner, body: dict[str, Any], status: int
) -> None:
    where = "/v1/connectors/lvy/versions/1/state"
    assert client.post(where, json=body, headers=operator.bearer).status_code == status


def test_an_installed_folder_that_is_written_to_is_read_anew(
    client: httpx.Client, settings: Settings, operator: Partner
) -> None:
    """And one that is spoilt goes on as it was, with an alert until it is good again."""
    issue_partner(settings, "laoqiao", connector="laoqiao")
    file = settings.mappings / "laoqiao/connector.yaml"
    good = file.read_text("utf-8")

    def shown() -> str:
        every = client.get("/v1/connectors", headers=operator.bearer).json()["connectors"]
        (title,) = [each["title"]["en"] for each in every if each["connector"] == "laoqiao"]
        return title

    def alerted() -> list[str]:
        return [each["code"] for each in client.get("/v1/alerts", headers=operator.bearer).json()["alerts"]]

    before = shown()
    replaced(file, good.replace(before, "Another title"))
    until(lambda: shown() == "Another title", "the new title is shown")
    replaced(file, good.replace("channel: upload", "channel: by pigeon"))
    until(lambda: "ALERT-008" in alerted(), "operators are told")
    assert shown() == "Another title"
    replaced(file, good)
    until(lambda: shown() == before and "ALERT-008" not in alerted(), "all is well again")


def replaced(file: Path, text: str) -> None:
    """As an editor writes: beside it, then in its place."""
    beside = file.with_suffix(".new")
    beside.write_text(text, "utf-8")
    beside.replace(file)


def test_a_version_that_cannot_be_loaded_leaves_the_last_in_service(
    client: httpx.Client, settings: Settings, operator: Partner, lvy: Partner, edited: Callable[..., Path]
) -> None:
    """As when another release of the service refuses what an earlier one took."""
    folder = edited(("channel: push", "channel: by pigeon"), at="connector.yaml")
    content = packed(files_in(folder))
    with psycopg.connect(settings.database.url or "", autocommit=True) as database:
        database.execute(
            "WITH gone AS (UPDATE connector_version SET state = 'retired' WHERE connector = 'lvy' AND state = 'live') "
            "INSERT INTO connector_version (connector, number, state, content, digest, stamps, note, made_by, made_at, "
            "live_by, live_at) SELECT 'lvy', 900, 'retired', %s, %s, '{}', '', 'x', now(), 'x', now()",
            [content, digest_of(content)],
        )
        database.execute("UPDATE connector_version SET state = 'live' WHERE number = 900")
    told = lambda: [each["code"] for each in client.get("/v1/alerts", headers=operator.bearer).json()["alerts"]]  # noqa: E731
    until(lambda: "ALERT-008" in told(), "operators are told")
    assert stamp_of_a_push(client, lvy) == "lvy.contract@1"
    rows = client.get("/v1/connectors/lvy/versions", headers=operator.bearer).json()["versions"]
    good = next(row["number"] for row in rows if row["stamps"] == ["lvy.contract@1"] and "live_at" in row)
    assert move(client, operator, "lvy", good, "live").status_code == 200
    until(lambda: "ALERT-008" not in told(), "all is well again")


def test_the_terminal_changes_what_other_processes_serve(
    service: ServedProcess, settings: Settings, lvy: Partner, edited: Callable[..., Path], tmp_path: Path
) -> None:
    folder = edited(("lvy.contract@1", "lvy.contract@3"))
    with httpx.Client(base_url=service.url, timeout=30, trust_env=False) as client:
        staged = yizhan(settings, "connector", "stage", folder, "--note", "第三版")
        assert (staged.returncode, "staged" in staged.stdout) == (0, True), staged.stdout + staged.stderr
        assert yizhan(settings, "connector", "promote", "lvy").returncode == 0
        becomes(client, lvy, "lvy.contract@3")
        listed = yizhan(settings, "connector", "versions", "lvy").stdout
        assert "第三版" in listed
        number = next(line.split()[1] for line in listed.splitlines() if "live" in line and "lvy.contract@3" in line)
        taken = tmp_path / "taken"
        assert yizhan(settings, "connector", "versions", "lvy", "--take", number, "--into", taken).returncode == 0
        assert files_in(taken) == files_in(folder)
        assert yizhan(settings, "connector", "rollback", "lvy").returncode == 0
        becomes(client, lvy, "lvy.contract@1")
    refused = yizhan(settings, "connector", "promote", "nobody")
    assert (refused.returncode, "nobody" in refused.stderr) == (1, True)


def test_a_change_is_held_against_what_has_come_lately(
    client: httpx.Client, settings: Settings, lvy: Partner, edited: Callable[..., Path]
) -> None:
    assert stamp_of_a_push(client, lvy) is not None
    same, other = edited(), edited(("{from: itinerary.routeName}", "{from: itinerary.groupId}"))
    assert yizhan(settings, "connector", "diff", ROOT / "lvy", same, "--stored", "3").returncode == 0
    changed = yizhan(settings, "connector", "diff", ROOT / "lvy", other, "--stored", "3")
    assert changed.returncode == 1
    assert "/outcomes/0/body/route_name" in changed.stdout


@pytest.fixture
def service(settings: Settings) -> Iterator[ServedProcess]:
    served = ServedProcess(settings, alone=True)
    served.start()
    try:
        yield served
    finally:
        served.stop()


def test_airflow_reads_where_versions_lie(
    client: httpx.Client, settings: Settings, operator: Partner, edited: Callable[..., Path],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """Its DAGs are made of files alone."""
    from dags.sources import served, sources

    folder = edited(("schedule: ", "schedule: "), name="minjiang", at="connector.yaml")
    in_service(client, operator, folder, "minjiang")
    monkeypatch.setenv("YIZHAN_HOME", str(settings.home))
    monkeypatch.setenv("YIZHAN_MAPPINGS", str(settings.mappings))
    until(lambda: served().get("minjiang"), "the version is unpacked")
    assert [source.id for source in sources()] == ["minjiang"]
    rows = client.get("/v1/connectors/minjiang/versions", headers=operator.bearer).json()["versions"]
    assert move(client, operator, "minjiang", rows[-1]["number"], "retired").status_code == 200
    until(lambda: "minjiang" in served() and served()["minjiang"] is None, "it is out of service")
    assert sources() == []


def test_what_was_given_up_never_comes_into_service(
    client: httpx.Client, operator: Partner, edited: Callable[..., Path]
) -> None:
    folder = edited(("lvy.contract@1", "lvy.contract@601"))
    shutil.rmtree(folder / "examples")
    number = saved(client, operator, folder)
    assert move(client, operator, "lvy", number, "staged").status_code == 422
    assert move(client, operator, "lvy", number, "retired").json()["state"] == "given_up"
    for state in ("live", "retired"):
        refused = move(client, operator, "lvy", number, state)
        assert (refused.status_code, refused.json()["code"]) == (409, "CONNECTOR-002")


def test_two_mappings_of_one_stamp_are_never_both_in_service(
    client: httpx.Client, operator: Partner, edited: Callable[..., Path]
) -> None:
    folders = [edited(("lvy.contract@1", "lvy.contract@602")) for _ in range(2)]
    with (folders[1] / "contract.yaml").open("a", encoding="utf-8") as file:
        file.write("# another\n")
    numbers = [saved(client, operator, folder) for folder in folders]
    assert [move(client, operator, "lvy", number, "staged").status_code for number in numbers] == [200, 200]
    assert move(client, operator, "lvy", numbers[0], "live").status_code == 200
    refused = move(client, operator, "lvy", numbers[1], "live")
    assert (refused.status_code, refused.json()["code"]) == (422, "CONNECTOR-001")


@pytest.mark.parametrize("name", ["Foo Bar!", "../../etc", "a", "a\x00b", "x" * 40])
def test_a_name_that_no_connector_may_have_is_refused(
    client: httpx.Client, operator: Partner, edited: Callable[..., Path], name: str
) -> None:
    folder = edited(("connector: lvy", f"connector: {name}"), at="connector.yaml")
    answer = client.post("/v1/connectors/versions", content=zipped(folder), headers=operator.bearer)
    assert (answer.status_code, answer.json()["code"]) == (422, "CONNECTOR-001"), answer.text


def test_a_disk_that_refuses_one_version_stops_no_other_and_is_tried_again(
    client: httpx.Client, settings: Settings, operator: Partner, lvy: Partner, edited: Callable[..., Path]
) -> None:
    def stamp() -> str:
        shown = client.get("/v1/connectors", headers=operator.bearer).json()["connectors"]
        return next(each for each in shown if each["connector"] == "laoqiao")["kinds"]["contract"]

    in_the_way = settings.home / "connectors" / "laoqiao"
    in_the_way.parent.mkdir(exist_ok=True)
    in_the_way.write_text("")
    before = stamp()
    in_service(client, operator, edited((before, "laoqiao.contract@603"), name="laoqiao"), "laoqiao")
    in_service(client, operator, edited(("lvy.contract@1", "lvy.contract@603")), "lvy")
    becomes(client, lvy, "lvy.contract@603")
    assert stamp() == before, "the last that could be used goes on"
    in_the_way.unlink()
    until(lambda: stamp() == "laoqiao.contract@603", "the version is unpacked")


def test_the_list_tells_version_tier_and_what_is_missing(
    client: httpx.Client, settings: Settings, operator: Partner, lvy: Partner, tmp_path: Path
) -> None:
    folder = Path(shutil.copytree(ROOT / "laoqiao", tmp_path / "laoqiao"))
    sample = folder / "examples" / "export.csv"
    run = [("shape", folder, "contract", sample), ("measure", folder)]
    with (folder / "connector.yaml").open("a", encoding="utf-8") as file:
        file.write('frequency: daily\nexpects: {contract: ["1", "400"]}\n')
    for command in run:
        done = yizhan(settings, "connector", *command)
        assert done.returncode == 0, done.stderr
    number = saved(client, operator, folder)
    for state in ("staged", "live"):
        assert move(client, operator, "laoqiao", number, state).status_code == 200

    def shown() -> dict[str, Any]:
        every = client.get("/v1/connectors", headers=operator.bearer).raise_for_status().json()["connectors"]
        return next(each for each in every if each["connector"] == "laoqiao")

    until(lambda: (shown()["version"], shown()["tier"]) == (number, "silver"), "the version is in service")
    assert (shown()["tier"], [each["rule"] for each in shown()["missing"]]) == ("silver", ["quiet"])
    assert set(client.get("/v1/connectors", headers=lvy.bearer).json()["connectors"][0]) == {
        "connector",
        "title",
        "kinds",
    }
    sender, where = issue_partner(settings, "sender-laoqiao", connector="laoqiao"), "/v1/submissions?connector=laoqiao"

    def sent(content: bytes) -> str:
        client.post(where, content=content, headers=sender.bearer).raise_for_status()
        return shown()["tier"]

    assert sent(export("QUIET-1")) == "silver", "two weeks have not passed"
    with psycopg.connect(settings.database.url or "", autocommit=True) as database:
        for change in (
            "UPDATE submission SET received_at = now() - interval '15 days' WHERE connector = 'laoqiao'",
            "UPDATE connector_version SET live_at = now() - interval '15 days' WHERE state = 'live'",
        ):
            database.execute(change)
    assert shown()["tier"] == "silver", "nothing came in them"
    assert (sent(export("QUIET-2")), shown()["missing"]) == ("gold", [])
    told = ended("connector", "list", environment={**environment(settings), "COLUMNS": "240"}).stdout
    (line,) = [line for line in told.splitlines() if line.startswith("│ laoqiao")]
    cells = [cell.strip() for cell in line.split("│")]
    assert cells[5:9] == [str(number), "laoqiao.contract@1", "contract 1-400 daily", "gold"]
    assert sent(export("QUIET-3", days="2026/12/05,2026/12/03") + export("QUIET-4")) == "silver", "one was rejected"
    assert [each["rule"] for each in shown()["missing"]] == ["quiet"]


def test_without_a_database_the_folders_are_listed(settings: Settings) -> None:
    given = {**environment(settings), "COLUMNS": "240", "YIZHAN_DATABASE__URL": "postgresql://nobody@127.0.0.1:1/none"}
    listed = ended("connector", "list", environment=given)
    (line,) = [line for line in listed.stdout.splitlines() if line.startswith("│ lvy ")]
    assert [cell.strip() for cell in line.split("│")][5] == "folder"
    assert "数据库没有应答" in listed.stderr
