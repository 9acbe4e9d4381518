"""The transparency log: what is acknowledged gets into it, is published, and proves itself; tampering is found.

The tampering is done by the superuser of the database: without the master key, and with everything else.
"""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

import httpx
import psycopg
import pytest

from gateway.access.accounts import Role
from gateway.base.settings import Settings
from gateway.store.embedded import EmbeddedPostgres
from gateway.transparency import merkle, notes, tiles
from gateway.transparency.integrating import LogAltered
from gateway.transparency.tiles import Asked
from gateway.wiring.services import Services, open_services
from schemas import samples
from tests.conftest import Partner, copy_of, issue_partner, running, until
from tests.processes import running_beside, yizhan

T = TypeVar("T")
LOG = "/.well-known/yizhan-log"


def with_services(settings: Settings, work: Callable[[Services], Awaitable[T]]) -> T:
    async def run() -> T:
        async with open_services(settings, str(settings.database.url)) as services:
            return await work(services)

    return asyncio.run(run())


def integrate(settings: Settings) -> None:
    """What the companions do every second."""

    async def work(services: Services) -> None:
        while await services.integrator.turn():
            pass

    with_services(settings, work)


def keys_of(settings: Settings) -> dict[bytes, notes.Verifying]:
    async def work(services: Services) -> dict[bytes, notes.Verifying]:
        return services.keyring.log_keys.verifying

    return with_services(settings, work)


@dataclass(frozen=True, kw_only=True)
class Worked:
    """A day of work: contracts pushed, one amended, one signed, one looked at by an official; all in the log."""

    settings: Settings
    partner: Partner
    answers: Sequence[dict[str, Any]]


@pytest.fixture(scope="module")
def worked(settings: Settings) -> Worked:
    """Done once; nothing is connected to its database afterwards."""
    with running(settings) as client:
        partner = issue_partner(settings)
        pushed = [client.post("/v1/contracts", json=samples.contract(n), headers=partner.bearer) for n in range(5)]
        answers = [answer.json() for answer in pushed]
        amended = samples.contract(1) | {"route_name": "改后的线路"}
        client.post("/v1/contracts?amend=true", json=amended, headers=partner.bearer).raise_for_status()
        code = answers[2]["records"][0]["code"]
        client.post(f"/v1/contracts/{code}/state", json={"state": "signed"}, headers=partner.bearer).raise_for_status()
        official = issue_partner(settings, "ministry", Role.OFFICIAL, "000000")
        client.get(f"/v1/contracts/{code}", headers=official.bearer).raise_for_status()
        client.post("/v1/contracts", json={"nonsense": 1}, headers=partner.bearer)
    integrate(settings)
    return Worked(settings=settings, partner=partner, answers=answers)


@pytest.fixture
def after(worked: Worked, postgres: EmbeddedPostgres, tmp_path: Path) -> Settings:
    """The settings of a service that has done this work. Every test has a copy of its own: it is going to be spoilt."""
    copied = worked.settings.model_copy(deep=True)
    template = urlsplit(str(copied.database.url)).path.lstrip("/")
    copied.database.url = copy_of(postgres, template)
    copied.home = shutil.copytree(worked.settings.home, tmp_path / "home")
    return copied


@pytest.fixture
def client(after: Settings) -> Iterator[httpx.Client]:
    with running(after) as opened:
        yield opened


@pytest.fixture
def partner(worked: Worked) -> Partner:
    return worked.partner


@pytest.fixture
def database(after: Settings) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(str(after.database.url), autocommit=True) as connection:
        yield connection


def test_what_was_acknowledged_is_published_and_proves_itself(
    client: httpx.Client, after: Settings, partner: Partner, worked: Worked
) -> None:
    answer = client.get(f"{LOG}/checkpoint")
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    name, public = notes.read_verifier_key(client.get(f"{LOG}/key").text)
    checkpoint = notes.opened(answer.text, keys_of(after))
    assert public in keys_of(after)
    assert checkpoint.origin == name == "verify.example.test/.well-known/yizhan-log"
    bundle = client.get(f"{LOG}/tile/{tiles.path_of(Asked(None, 0, checkpoint.size))}")
    entries = tiles.unbundled(bundle.content)
    growing = merkle.Growing()
    for entry in entries:
        growing.add(merkle.leaf_hash(entry))
    assert (growing.size, growing.root) == (checkpoint.size, checkpoint.root)
    tile = client.get(f"{LOG}/tile/0/000.p/{checkpoint.size}")
    assert tile.content == b"".join(map(merkle.leaf_hash, entries))
    assert "immutable" in tile.headers["cache-control"]
    for answered in worked.answers:
        told = client.get(
            f"/v1/submissions/{answered['submission_id']}/receipt", params={"proof": True}, headers=partner.bearer
        ).json()
        assert told["receipt"] == answered["receipt"]
        must_be_proven(told, keys_of(after))
    receipt = client.get(f"/v1/submissions/{worked.answers[0]['submission_id']}/receipt", headers=partner.bearer)
    assert receipt.text == worked.answers[0]["receipt"]


def must_be_proven(told: dict[str, Any], keys: dict[bytes, notes.Verifying]) -> None:
    """As somebody does it who has the receipt, the how-to and no program of ours but the hashes."""
    proof = told["proof"]
    checkpoint = notes.opened(proof["checkpoint"], keys)
    receipt, around = sha256(told["receipt"].encode()).digest(), bytes.fromhex(proof["around"])
    entry = sha256(f"yizhan {proof['kind']}\n".encode() + receipt + around).digest()
    path = [bytes.fromhex(step) for step in proof["path"]]
    assert proof["tree_size"] == checkpoint.size
    leaf = sha256(b"\0" + entry).digest()
    merkle.must_be_included(leaf, proof["leaf_index"], checkpoint.size, path=path, root=checkpoint.root)


def test_what_the_tree_does_not_have_is_not_served(client: httpx.Client) -> None:
    for path in ("tile/0/000", "tile/0/000.p/255", "tile/0/001", "tile/1/000.p/1", "tile/x", "tile/"):
        assert client.get(f"{LOG}/{path}").status_code == 404, path


def test_a_receipt_that_has_no_place_yet_says_so(client: httpx.Client, partner: Partner) -> None:
    pushed = client.post("/v1/contracts", json=samples.contract(9), headers=partner.bearer).json()
    answer = client.get(f"/v1/submissions/{pushed['submission_id']}/receipt?proof=true", headers=partner.bearer)
    assert (answer.status_code, answer.json()["code"]) == (503, "VERIFY-004")
    assert answer.headers["retry-after"]


def test_a_large_document_and_its_companion_come_into_the_log_by_themselves(
    client: httpx.Client, after: Settings, partner: Partner
) -> None:
    with running_beside(after, "work"):
        body, later = [samples.contract(n) for n in range(20)], {"Prefer": "respond-async"}
        taken = client.post("/v1/contracts", json=body, headers=partner.bearer | later)
        assert taken.status_code == 202
        address = f"/v1/submissions/{taken.json()['submission_id']}/receipt?proof=true"

        def told() -> dict[str, Any] | None:
            answer = client.get(address, headers=partner.bearer)
            is_final = answer.status_code == 200 and answer.json()["proof"]["kind"] == "final_receipt"
            return answer.json() if is_final else None

        must_be_proven(until(told, "the last receipt is in the log"), keys_of(after))
    inspected = yizhan(after, "audit", "verify")
    assert (inspected.returncode, "final_receipt 1" in inspected.stdout) == (0, True), inspected.stdout


def test_a_day_of_work_is_without_a_flaw(after: Settings, tmp_path: Path) -> None:
    inspected = yizhan(after, "audit", "verify")
    assert (inspected.returncode, inspected.stderr) == (0, "")
    for kind in ("receipt", "record", "audit", "key"):
        assert kind in inspected.stdout
    exported = yizhan(after, "audit", "export", tmp_path / "export")
    assert exported.returncode == 0
    offline = yizhan(after, "audit", "verify", tmp_path / "export")
    assert offline.returncode == 0
    assert inspected.stdout == offline.stdout
    assert yizhan(after, "audit", "export", tmp_path / "export").returncode == 1


TAMPERING = {
    "a byte of an answer": (
        "UPDATE submission SET answer = set_byte(answer, 30, get_byte(answer, 30) # 1) WHERE kind = 'contract'"
        " AND id = (SELECT min(id::text)::uuid FROM submission)",
        "LOG-001",
    ),
    "a byte of a document": (
        "UPDATE submission SET raw = set_byte(raw, 9, get_byte(raw, 9) # 1)"
        " WHERE id = (SELECT min(id::text)::uuid FROM submission)",
        "LOG-001",
    ),
    "the sender of a submission": ("UPDATE submission SET channel = 'sftp' WHERE accepted = 0", "LOG-001"),
    "a byte of a body": (
        "UPDATE record SET body = set_byte(body, 9, get_byte(body, 9) # 1) WHERE version = 1 AND state = 'generated'",
        "LOG-001",
    ),
    "a state": ("UPDATE record SET state = 'generated' WHERE state = 'signed'", "LOG-001"),
    "a reason": ("UPDATE record SET state_reason = 'x' WHERE state = 'signed'", "LOG-001"),
    "an earlier version": ("UPDATE record_version SET content_hash = sha256('')", "LOG-001"),
    "who did it": ("UPDATE audit SET actor = 'somebody else' WHERE action = 'contract.view'", "LOG-001"),
    "a salt": ("UPDATE audit SET salt = sha256('')", "LOG-001"),
    "a key that is no longer withdrawn": ("UPDATE signing_key SET withdrawn_since = now()", "LOG-001"),
    "a submission removed": (
        "DELETE FROM submission WHERE id = (SELECT min(id::text)::uuid FROM submission)", "LOG-002",
    ),
    "a record removed": ("DELETE FROM record WHERE state = 'signed'", "LOG-002"),
    "an earlier version removed": ("DELETE FROM record_version", "LOG-002"),
    "an entry removed": ("DELETE FROM audit WHERE action = 'contract.view'", "LOG-002"),
    "a key removed": ("DELETE FROM signing_key WHERE purpose = 'qr'", "LOG-002"),
    "an entry added": ("INSERT INTO audit (actor, action, object) VALUES ('acme', 'contract.void', 'x')", "LOG-003"),
    "a submission added": (
        "INSERT INTO submission SELECT (jsonb_populate_record(s, '{\"id\": \"ffffffff-0000-7000-8000-000000000000\"}'))"
        ".*"
        " FROM submission s LIMIT 1",
        "LOG-003",
    ),
    "the tail cut off": ("DELETE FROM log_leaf WHERE place > 9", "LOG-004"),
    "a leaf removed": ("DELETE FROM log_leaf WHERE place = 3", "LOG-005"),
    "history rewritten": ("UPDATE log_leaf SET entry = sha256('another') WHERE place = 3", "LOG-006"),
    "a tile rewritten": ("UPDATE log_tile SET hashes = set_byte(hashes, 7, get_byte(hashes, 7) # 1)", "LOG-007"),
    "the size of a checkpoint": (
        "UPDATE log_checkpoint SET note = regexp_replace(note, E'\\n([0-9]+)\\n', E'\\n9\\\\1\\n')", "LOG-008",
    ),
    "checkpoints removed": ("DELETE FROM log_checkpoint", "LOG-008"),
}  # fmt: skip


@pytest.mark.parametrize("name", TAMPERING)
def test_tampering_is_found(after: Settings, database: psycopg.Connection[Any], tmp_path: Path, name: str) -> None:
    statement, code = TAMPERING[name]
    changed: Any = statement
    assert database.execute(changed).rowcount > 0
    inspected = yizhan(after, "audit", "verify")
    assert inspected.returncode == 1, inspected.stdout
    assert code in inspected.stdout
    if name == "a key removed":
        return
    assert yizhan(after, "audit", "export", tmp_path / "export").returncode == 0
    offline = yizhan(after, "audit", "verify", tmp_path / "export")
    assert (offline.returncode, offline.stdout) == (1, inspected.stdout)


def saved_checkpoint(client: httpx.Client, path: Path) -> Path:
    path.write_text(client.get(f"{LOG}/checkpoint").text, encoding="utf-8")
    return path


def test_a_log_that_was_set_back_contradicts_what_was_saved(
    client: httpx.Client, after: Settings, partner: Partner, database: psycopg.Connection[Any], tmp_path: Path,
) -> None:  # fmt: skip
    """The administrator puts back everything as it was before, down to the checkpoint, which is a genuine one."""
    early = saved_checkpoint(client, tmp_path / "early")
    kept = {name: database.execute(f"TABLE {name}").fetchall() for name in ("log_checkpoint", "log_tile")}  # type: ignore[arg-type]
    size = kept["log_checkpoint"][-1][0]
    pushed = client.post("/v1/contracts", json=samples.contract(77), headers=partner.bearer).json()
    integrate(after)
    late = saved_checkpoint(client, tmp_path / "late")
    assert yizhan(after, "audit", "verify", "--against", early, "--against", late).returncode == 0
    database.execute("DELETE FROM submission WHERE id = %s", (pushed["submission_id"],))
    database.execute("DELETE FROM record WHERE submission_id = %s", (pushed["submission_id"],))
    database.execute("DELETE FROM log_leaf WHERE place >= %s", (size,))
    database.execute("TRUNCATE log_checkpoint, log_tile")
    for row in kept["log_checkpoint"]:
        database.execute("INSERT INTO log_checkpoint VALUES (%s, %s, %s, %s)", row)
    for row in kept["log_tile"]:
        database.execute("INSERT INTO log_tile VALUES (%s, %s, %s)", row)
    assert yizhan(after, "audit", "verify", "--against", early).returncode == 0  # nobody can tell without the later one
    inspected = yizhan(after, "audit", "verify", "--against", early, "--against", late)
    assert inspected.returncode == 1
    assert "LOG-004" in inspected.stdout

    # The service goes on and signs another tree of the same size: that is a fork, between the log and what was saved,
    # and between the two saved checkpoints alone.
    client.post("/v1/contracts", json=samples.contract(78), headers=partner.bearer).raise_for_status()
    integrate(after)
    other = saved_checkpoint(client, tmp_path / "other")
    inspected = yizhan(after, "audit", "verify", "--against", late, "--against", other)
    assert inspected.returncode == 1
    assert "LOG-009" in inspected.stdout
    assert f"{late} ≠ {other}" in inspected.stdout


def test_a_checkpoint_of_somebody_else_is_none(after: Settings, tmp_path: Path) -> None:
    saved = tmp_path / "saved"
    saved.write_text("example.com/behind-the-sofa\n1\n" + "A" * 43 + "=\n\n— example.com/behind-the-sofa AAAAAA==\n")
    inspected = yizhan(after, "audit", "verify", "--against", saved)
    assert inspected.returncode == 1
    assert "LOG-010" in inspected.stdout


@pytest.mark.parametrize(
    "tampering",
    [
        "UPDATE log_tile SET hashes = set_byte(hashes, 7, get_byte(hashes, 7) # 1)",
        "DELETE FROM log_tile",
        "UPDATE log_checkpoint SET note = regexp_replace(note, E'\\n([0-9]+)\\n', E'\\n9\\\\1\\n')",
    ],
)
def test_nothing_is_signed_on_top_of_a_log_that_was_altered(
    client: httpx.Client, after: Settings, partner: Partner, database: psycopg.Connection[Any],
    tampering: str,
) -> None:  # fmt: skip
    altered: Any = tampering
    operator = issue_partner(after, "hub", Role.OPERATOR, "000000")
    assert yizhan(after, "doctor").returncode == 0
    database.execute(altered)
    client.post("/v1/contracts", json=samples.contract(79), headers=partner.bearer).raise_for_status()
    before = database.execute("SELECT note FROM log_checkpoint").fetchall()
    with pytest.raises(LogAltered):
        integrate(after)
    assert with_services(after, lambda services: services.integrator.keep()) is False
    assert database.execute("SELECT note FROM log_checkpoint").fetchall() == before
    assert open_alerts(client, operator) == ["ALERT-012"]
    examined = yizhan(after, "doctor")
    assert examined.returncode == 1
    assert "audit verify" in examined.stdout


def test_the_alert_of_an_altered_log_ends_with_its_cause(
    client: httpx.Client, after: Settings, partner: Partner, database: psycopg.Connection[Any]
) -> None:
    operator = issue_partner(after, "hub", Role.OPERATOR, "000000")
    client.post("/v1/contracts", json=samples.contract(79), headers=partner.bearer).raise_for_status()
    flip: Any = "UPDATE log_tile SET hashes = set_byte(hashes, 7, get_byte(hashes, 7) # 1)"
    for expected in (["ALERT-012"], []):
        database.execute(flip)
        with_services(after, lambda services: services.integrator.keep())
        assert open_alerts(client, operator) == expected


def open_alerts(client: httpx.Client, operator: Partner) -> list[str]:
    return [each["code"] for each in client.get("/v1/alerts", headers=operator.bearer).json()["alerts"]]


def test_a_process_that_has_signed_does_not_sign_less(
    client: httpx.Client, after: Settings, partner: Partner, database: psycopg.Connection[Any]
) -> None:
    def push(number: int) -> None:
        client.post("/v1/contracts", json=samples.contract(number), headers=partner.bearer).raise_for_status()

    async def work(services: Services) -> None:
        await asyncio.to_thread(push, 80)
        assert await services.integrator.turn()
        database.execute("TRUNCATE log_checkpoint, log_tile, log_leaf")
        await asyncio.to_thread(push, 81)
        with pytest.raises(LogAltered, match="is gone"):
            await services.integrator.turn()

    with_services(after, work)


def test_keys_that_are_rotated_and_withdrawn_are_in_the_log(after: Settings) -> None:
    for purpose in ("qr", "receipt", "log"):
        assert yizhan(after, "keys", "rotate", purpose).returncode == 0
    integrate(after)
    inspected = yizhan(after, "audit", "verify")
    assert inspected.returncode == 0, inspected.stdout
    assert "key 9" in inspected.stdout


def test_the_key_of_the_log_stays_ed25519(after: Settings) -> None:
    refused = yizhan(after, "keys", "rotate", "log", "--algorithm", "ES256")
    assert refused.returncode == 1
    assert "EdDSA" in refused.stderr


def test_nothing_personal_can_be_guessed_from_an_entry(
    client: httpx.Client, after: Settings, database: psycopg.Connection[Any]
) -> None:
    """Two equal acts have different leaves."""
    official = issue_partner(after, "ministry", Role.OFFICIAL, "000000")
    code = database.execute("SELECT code FROM record WHERE code IS NOT NULL LIMIT 1").fetchone()
    assert code is not None
    for _ in range(2):
        client.get(f"/v1/contracts/{code[0]}", headers=official.bearer).raise_for_status()
    entries = database.execute("SELECT digests FROM log_waiting WHERE starts_with(name, 'audit ')").fetchall()
    assert len({bytes(entry) for (entry,) in entries}) == len(entries) >= 2


def test_several_processes_make_one_tree(client: httpx.Client, after: Settings, partner: Partner) -> None:
    """More leaves than fit one tile, integrated by several at once, a few at a time."""
    body = [samples.contract(n) for n in range(300)]
    client.post("/v1/contracts", json=body, headers=partner.bearer).raise_for_status()

    async def work(services: Services) -> None:
        await asyncio.gather(*(services.integrator.turn() for _ in range(8)))

    with_services(after, work)
    integrate(after)
    assert client.get(f"{LOG}/tile/0/000").status_code == 200
    assert len(client.get(f"{LOG}/tile/1/000.p/1").content) == 32
    assert yizhan(after, "audit", "verify").returncode == 0
