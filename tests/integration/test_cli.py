"""The command line, as an operator or an ERP developer uses it: a process of its own, real files."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from base64 import b32decode
from datetime import timedelta
from pathlib import Path

import cbor2
import orjson
import pytest

from gateway.base.clock import Clock
from gateway.base.settings import Settings
from schemas import samples
from tests.conftest import HTTP, Partner, ServedProcess, free_port, until
from tests.processes import ended

MAPPINGS = Path(__file__).parents[2] / "mappings"


@pytest.fixture(scope="module")
def environment(settings: Settings) -> dict[str, str]:
    assert settings.database.url is not None
    assert settings.master_key is not None
    return os.environ | {
        "YIZHAN_HOME": str(settings.home),
        "YIZHAN_MASTER_KEY": settings.master_key,
        "YIZHAN_DATABASE__URL": settings.database.url,
        "COLUMNS": "200",
    }


@pytest.fixture(scope="module")
def record(service: ServedProcess, partner: Partner) -> dict[str, str]:
    answer = HTTP.post(f"{service.url}/v1/contracts", json=samples.contract(1), auth=partner.auth)
    return answer.json()["records"][0] | {"receipt": answer.json()["receipt"]}


@pytest.fixture(scope="module")
def keys(service: ServedProcess, record: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("keys") / "jwks.json"
    path.write_bytes(HTTP.get(f"{service.url}/.well-known/jwks.json").content)
    return path


def test_submit_shows_the_fate_of_every_record(
    environment: dict[str, str], service: ServedProcess, partner: Partner
) -> None:
    done = ended(
        "submit", MAPPINGS / "laoqiao/examples/export.csv", "--connector", "laoqiao", "--url", service.url,
        "--api-key", partner.api_key, "--secret", partner.secret, environment=environment,
    )  # fmt: skip
    assert done.returncode == 1, done.stderr  # some of its records are bad
    assert "LQ-0001" in done.stdout
    assert "MAP-040 line 8" in done.stdout


def test_submit_without_credentials_says_what_to_give(environment: dict[str, str]) -> None:
    done = ended("submit", MAPPINGS / "laoqiao/examples/export.csv", environment=environment)
    assert done.returncode == 1
    assert "YIZHAN_API_KEY" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_qr_verifies_offline_from_text_and_from_an_image(
    environment: dict[str, str],
    service: ServedProcess,
    partner: Partner,
    record: dict[str, str],
    keys: Path,
    tmp_path: Path,
) -> None:
    image = tmp_path / "qr.png"
    url = f"{service.url}/v1/contracts/{record['code']}/qr.png"
    image.write_bytes(HTTP.get(url, auth=partner.auth).content)
    for given in (record["qr_text"], image):
        done = ended("verify", given, "--offline", keys, environment=environment)
        assert done.returncode == 0, done.stdout + done.stderr
        assert record["code"] in done.stdout
    altered = record["qr_text"][:-1] + ("A" if record["qr_text"][-1] != "A" else "B")
    assert ended("verify", altered, "--offline", keys, environment=environment).returncode == 1


def test_a_receipt_verifies_offline(environment: dict[str, str], record: dict[str, str], keys: Path) -> None:
    done = ended("verify", record["receipt"], "--offline", keys, environment=environment)
    assert done.returncode == 0
    assert record["code"] in done.stdout
    assert ended("verify", record["receipt"][:-2], "--offline", keys, environment=environment).returncode == 1


def test_a_void_contract_is_in_the_revocation_bundle(
    environment: dict[str, str], service: ServedProcess, partner: Partner, keys: Path, tmp_path: Path
) -> None:
    pushed = HTTP.post(f"{service.url}/v1/contracts", json=samples.contract(2), auth=partner.auth)
    record = pushed.json()["records"][0]
    HTTP.post(
        f"{service.url}/v1/contracts/{record['code']}/state",
        json={"state": "void"},
        auth=partner.auth,
    )
    bundle = tmp_path / "revocations.jws"
    bundle.write_bytes(HTTP.get(f"{service.url}/.well-known/yizhan-revocations").content)
    done = ended("verify", record["qr_text"], "--offline", keys, "--revocations", bundle, environment=environment)
    assert done.returncode == 1
    assert "作废" in done.stdout


def test_verify_asks_the_service(environment: dict[str, str], service: ServedProcess, record: dict[str, str]) -> None:
    done = ended("verify", record["code_printed"], "--url", service.url, environment=environment)
    assert done.returncode == 0
    assert "valid" in done.stdout


def test_rotation_keeps_old_qrs_valid_and_signs_new_ones_with_the_new_key(
    environment: dict[str, str],
    service: ServedProcess,
    partner: Partner,
    record: dict[str, str],
    keys: Path,
    tmp_path: Path,
) -> None:
    saved_before = keys
    rotated = ended("keys", "rotate", "qr", "--algorithm", "ES256", environment=environment)
    assert rotated.returncode == 0, rotated.stderr
    kid = rotated.stdout.strip()
    assert kid in ended("keys", "list", environment=environment).stdout
    restarted = ServedProcess(settings_of(environment))
    restarted.start()
    try:
        pushed = HTTP.post(f"{restarted.url}/v1/contracts", json=samples.contract(3), auth=partner.auth).json()[
            "records"
        ][0]
        keys = tmp_path / "jwks.json"
        keys.write_bytes(HTTP.get(f"{restarted.url}/.well-known/jwks.json").content)
    finally:
        restarted.stop()
    assert '"alg":"ES256"' in keys.read_text()
    elsewhere = HTTP.post(f"{service.url}/v1/verify", json={"text": pushed["qr_text"]})
    assert elsewhere.json()["verdict"] == "valid", "a process that was up before the rotation knows the new key"
    for text in (record["qr_text"], pushed["qr_text"]):
        assert ended("verify", text, "--offline", keys, environment=environment).returncode == 0
    told = ended("verify", pushed["qr_text"], "--offline", saved_before, environment=environment)
    assert (told.returncode, "无法判定" in told.stdout) == (3, True), "a key that is not known yet is no forgery"
    assert ended("verify", record["code"], "--offline", tmp_path / "none", environment=environment).returncode == 2


def kid_of(qr_text: str) -> bytes:
    """Which key has signed a QR."""
    encoded = qr_text.rpartition("/")[2]
    protected, *_ = cbor2.loads(b32decode(encoded + "=" * (-len(encoded) % 8))).value
    return cbor2.loads(protected)[4]


def test_what_a_leaked_key_signs_from_then_on_is_not_believed(
    environment: dict[str, str], service: ServedProcess, partner: Partner, tmp_path: Path
) -> None:
    def pushed(number: int) -> dict[str, str]:
        answer = HTTP.post(f"{service.url}/v1/contracts", json=samples.contract(number), auth=partner.auth)
        return answer.json()["records"][0]

    def verdict(text: str) -> str:
        answer = HTTP.post(f"{service.url}/v1/verify", json={"text": text}).json()
        return answer["verdict"]

    def amended(number: int, route: str) -> dict[str, str]:
        body = samples.contract(number) | {"route_name": route}
        answer = HTTP.post(f"{service.url}/v1/contracts?amend=true", json=body, auth=partner.auth)
        return answer.json()["records"][0]

    before, first = pushed(11), pushed(14)
    amended(14, "改走海南")
    since = (Clock.now() + timedelta(seconds=1)).replace(microsecond=0)
    until(lambda: Clock.now() >= since, "the moment of the leak has come")
    after, second = pushed(12), amended(14, "改走云南")
    listed = HTTP.get(f"{service.url}/.well-known/jwks.json").json()["keys"]
    kid = kid_of(after["qr_text"]).hex()
    done = ended("keys", "withdraw", kid, "--since", since.isoformat(), environment=environment)
    assert done.returncode == 0, done.stderr
    until(lambda: verdict(after["qr_text"]) == "forged", "the service knows of the leak")
    assert (verdict(before["qr_text"]), verdict(after["code"])) == ("valid", "valid")
    assert (verdict(first["qr_text"]), verdict(second["qr_text"])) == ("superseded", "forged")
    assert kid_of(pushed(13)["qr_text"]).hex() == done.stdout.strip()

    old, fresh, bundle = (tmp_path / name for name in ("old.json", "fresh.json", "revocations.jws"))
    old.write_bytes(orjson.dumps({"keys": listed}))
    fresh.write_bytes(HTTP.get(f"{service.url}/.well-known/jwks.json").content)
    bundle.write_bytes(HTTP.get(f"{service.url}/.well-known/yizhan-revocations").content)
    for given in (("--offline", fresh), ("--offline", old, "--revocations", bundle)):
        assert ended("verify", after["qr_text"], *given, environment=environment).returncode == 1, given
        assert ended("verify", before["qr_text"], *given, environment=environment).returncode == 3, given


def settings_of(environment: dict[str, str]) -> Settings:
    from gateway.base.settings import DatabaseSettings

    return Settings(
        home=Path(environment["YIZHAN_HOME"]),
        master_key=environment["YIZHAN_MASTER_KEY"],
        database=DatabaseSettings(url=environment["YIZHAN_DATABASE__URL"]),
    )


def test_doctor_finds_everything_in_order(environment: dict[str, str], service: ServedProcess) -> None:
    done = ended("doctor", environment=environment)
    assert done.returncode == 0, done.stdout
    for word in ("fsync", "synchronous_commit", "PostgreSQL", "signing keys"):
        assert word in done.stdout


def test_doctor_only_looks(tmp_path: Path) -> None:
    home = tmp_path / "home"
    plain = {name: value for name, value in os.environ.items() if not name.startswith("YIZHAN_")}
    done = ended("doctor", environment=plain | {"YIZHAN_HOME": str(home), "COLUMNS": "200"})
    assert done.returncode == 0, done.stdout
    assert "made at the first start" in done.stdout
    assert not home.exists()


@pytest.mark.parametrize(
    ("key", "told"), [({"YIZHAN_MASTER_KEY": "00" * 32}, "is not the master key"), ({}, "is missing beside")]
)
def test_a_master_key_that_is_wrong_or_missing_is_told_and_none_is_made(
    environment: dict[str, str], service: ServedProcess, tmp_path: Path, key: dict[str, str], told: str
) -> None:
    other = {name: value for name, value in environment.items() if name != "YIZHAN_MASTER_KEY"}
    other |= {"YIZHAN_HOME": str(tmp_path), "YIZHAN_HTTP__PORT": str(free_port())} | key
    looked, served = ended("doctor", environment=other), ended("serve", environment=other)
    assert looked.returncode == 1
    assert told in " ".join(looked.stdout.replace("│", " ").split())
    assert served.returncode != 0
    assert told in " ".join((served.stdout + served.stderr).split())
    assert not (tmp_path / "master.key").exists()


def test_doctor_says_what_to_do_when_the_database_is_away(environment: dict[str, str]) -> None:
    away = environment | {"YIZHAN_DATABASE__URL": f"postgresql://nobody@127.0.0.1:{free_port()}/none"}
    done = ended("doctor", environment=away)
    assert done.returncode == 1
    assert "YIZHAN_DATABASE__URL" in done.stdout


def test_partner_folders_pass_their_check_and_a_broken_one_does_not(
    environment: dict[str, str], tmp_path: Path
) -> None:
    assert ended("connector", "check", environment=environment).returncode == 0
    broken = tmp_path / "broken"
    broken.mkdir()
    (broken / "connector.yaml").write_text("connector: broken\n", encoding="utf-8")
    done = ended("connector", "check", broken, environment=environment)
    assert done.returncode == 1
    assert "✗ broken" in done.stdout


def test_recording_a_shape_says_what_it_replaced(environment: dict[str, str], tmp_path: Path) -> None:
    folder = tmp_path / "donghai"
    shutil.copytree(MAPPINGS / "donghai", folder)
    (folder / "shape.agency.json").unlink()
    record = ("connector", "shape", folder, "agency", folder / "examples" / "agency.json")
    first, second = ended(*record, environment=environment), ended(*record, environment=environment)
    assert (first.returncode, second.returncode) == (0, 0), first.stderr + second.stderr
    assert "replaced" not in first.stdout
    assert "replaced the shape recorded before" in second.stdout


def test_the_service_says_where_it_is_once_it_answers(environment: dict[str, str]) -> None:
    port = str(free_port())
    with subprocess.Popen(
        [sys.executable, "-m", "gateway.cli.main", "serve"],
        env=environment | {"YIZHAN_HTTP__PORT": port, "YIZHAN_BATCH__WORKERS": "0", "YIZHAN_RELAY__ENABLED": "false"},
        stdout=subprocess.PIPE,
        text=True,
    ) as serving:
        assert serving.stdout is not None
        assert f"Yizhan is ready: http://127.0.0.1:{port}" in serving.stdout.readline()
        assert HTTP.get(f"http://127.0.0.1:{port}/readyz").status_code == 200
        serving.terminate()


def test_a_template_is_written_and_an_unknown_kind_is_refused(environment: dict[str, str], tmp_path: Path) -> None:
    target = tmp_path / "roster.xlsx"
    assert ended("schema", "template", "roster", "-o", target, environment=environment).returncode == 0
    assert target.read_bytes()[:2] == b"PK"
    done = ended("schema", "template", "nonsense", "-o", target, environment=environment)
    assert done.returncode == 1
    assert "contract, filing" in done.stderr


def test_a_partner_is_added_used_and_revoked(environment: dict[str, str], service: ServedProcess) -> None:
    added = ended("partner", "add", "neu", "--title", "新社", "--division", "350203", environment=environment)
    bearer = added.stdout.rpartition("Authorization:")[2].strip()
    headers = {"Authorization": bearer}
    assert HTTP.get(f"{service.url}/v1/changes", headers=headers).status_code == 200
    api_key = bearer.removeprefix("Bearer ").partition(".")[0]
    assert ended("partner", "revoke", api_key, environment=environment).returncode == 0
    assert ended("partner", "revoke", api_key, environment=environment).returncode == 1


def test_a_large_file_is_uploaded_in_parts_and_followed_to_its_end(
    service: ServedProcess, partner: Partner, environment: dict[str, str], tmp_path: Path
) -> None:
    file = tmp_path / "large.ndjson"
    bodies = [samples.contract(50_000 + i, travellers=8) for i in range(3000)]
    bodies[7]["headcount"] = 99
    file.write_text("".join(json.dumps(body, ensure_ascii=False) + "\n" for body in bodies), encoding="utf-8")
    assert file.stat().st_size > 8 << 20
    done = ended(
        "submit", file, "--kind", "contract", "--url", service.url,
        "--api-key", partner.api_key, "--secret", partner.secret, environment=environment,
    )  # fmt: skip
    assert done.returncode == 1, done.stderr
    assert "accepted 2,999" in done.stdout
    assert "line 8" in done.stdout


def test_a_small_file_of_too_many_records_goes_to_the_background(
    service: ServedProcess, partner: Partner, environment: dict[str, str], tmp_path: Path
) -> None:
    file = tmp_path / "many.ndjson"
    file.write_text("{}\n" * 20_001, encoding="utf-8")
    done = ended(
        "submit", file, "--kind", "contract", "--url", service.url,
        "--api-key", partner.api_key, "--secret", partner.secret, environment=environment,
    )  # fmt: skip
    assert done.returncode == 1, done.stderr
    assert "rejected 20,001" in done.stdout


def test_a_command_that_ends_amid_what_it_keeps_fresh_says_nothing_of_it(environment: dict[str, str]) -> None:
    """What runs beside a command is in the midst of a query, nearly always, when one looks so often."""
    restless = environment | {"YIZHAN_ONBOARDING__LOOK_SECONDS": "0.0001"}
    for _ in range(3):
        assert ended("audit", "verify", environment=restless).stderr == ""
