"""Master and data keys are changed while partners push and read: nothing fails, nothing stays under the old key."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import orjson
import psycopg
import pytest

from gateway.access.accounts import Role
from gateway.base.settings import RelaySettings, Settings
from gateway.cli import rekeying
from gateway.store import resealing
from gateway.store.resealing import NotRenewed
from gateway.trust.sealing import MasterKey, SealBroken
from schemas import samples
from tests.conftest import Partner, issue_partner, running, until
from tests.integration.test_registrations import FORM
from tests.integration.test_relay import Receiver, subscribe
from tests.integration.test_transparency_log import integrate
from tests.processes import Command, ended, environment, running_beside

OLD, NEW = "5a" * 32, "6b" * 32


@pytest.fixture
def settings(settings: Settings, new_database: Callable[[], str], tmp_path: Path) -> Settings:
    """A database and a home of its own for each test."""
    database = settings.database.model_copy(update={"url": new_database()})
    relay = RelaySettings(allowed_hosts=frozenset({"127.0.0.1:*"}), timeout_seconds=2)
    return settings.model_copy(update={"database": database, "home": tmp_path / "home", "relay": relay})


def rows(settings: Settings, query: str) -> list[tuple[Any, ...]]:
    assert settings.database.url is not None
    with psycopg.connect(settings.database.url) as connection:
        return connection.execute(query.encode()).fetchall()


class Load:
    """A partner that pushes, amends, reads and looks up without a pause; what was not as it should be."""

    def __init__(self, client: httpx.Client, partner: Partner, first: int) -> None:
        self.client, self.partner, self.number, self.wrong = client, partner, first, list[str]()
        self.stored = list[int]()

    def turn(self) -> None:
        self.number += 1
        body = samples.contract(self.number)
        answers = [
            self.client.post("/v1/contracts?filename=a.json", json=body, auth=self.partner.auth),
            self.client.post("/v1/contracts?amend=true", json=body | {"route_name": "改"}, auth=self.partner.auth),
            self.look_up(self.number),
        ]
        self.wrong += [f"{self.number}: {each.status_code} {each.text[:200]}" for each in answers if each.is_error]
        self.stored.append(self.number)

    def look_up(self, number: int) -> httpx.Response:
        document = samples.contract(number)["travellers"][0]["document"]["number"]
        found = self.client.get("/v1/contracts", params={"document_no": document}, auth=self.partner.auth)
        keys = [record["key"] for record in found.json().get("records", ())]
        if samples.contract(number)["business_no"] not in keys:
            self.wrong.append(f"{number} is not found by a document number: {found.text[:200]}")
        return found

    @contextmanager
    def going_on(self) -> Iterator[None]:
        stop = threading.Event()

        def run() -> None:
            while not stop.is_set():
                self.turn()

        thread = threading.Thread(target=run)
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join()


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the hour; processes are given the time that they need."""
    monkeypatch.setattr(rekeying, "SETTLED", timedelta(seconds=2.5))
    monkeypatch.setattr(rekeying, "FORGOTTEN", timedelta(seconds=0))


@pytest.fixture
def receiver(tmp_path: Path) -> Iterator[Receiver]:
    found = Receiver(tmp_path)
    yield found
    found.stop()


def test_the_data_key_of_a_partner_is_changed_under_load(settings: Settings, quick: None, receiver: Receiver) -> None:
    with running(settings) as client, running_beside(settings, "work"), running_beside(settings, "relay"):
        partner = issue_partner(settings, "rotated")
        load = Load(client, partner, 1000)
        for _ in range(60):
            load.turn()
        target = subscribe(client, partner, f"{receiver.url}/ok")
        bad = client.post("/v1/contracts?atomic=false", json=[{"business_no": "BAD-1"}], auth=partner.auth).json()
        client.post("/v1/rosters", json=samples.roster(1, travellers=2), auth=partner.auth).raise_for_status()
        paper = f"/v1/sealed-rosters/{samples.roster(1)['group_no']}"
        printed = client.get(paper, auth=partner.auth)
        large = orjson.dumps([samples.contract(90_000 + n) for n in range(30)])
        taken = client.post(
            "/v1/contracts", content=large, auth=partner.auth, headers={"Prefer": "respond-async"}
        ).json()
        before = dict(rows(settings, "SELECT name, wrapped_key FROM tenant"))["rotated"]
        with load.going_on():
            rekeying.rotate_data(settings, "rotated", forget=False)
            rekeying.rotate_data(settings, "rotated", forget=True)
        assert load.wrong == []
        for number in load.stored[:: max(1, len(load.stored) // 60)]:  # every one is opened by its key below
            load.look_up(number)
            body = samples.contract(number)
            found = client.get("/v1/contracts", params={"business_no": body["business_no"]}, auth=partner.auth)
            assert found.status_code == 200, found.text
            assert found.json()["records"][0]["body"]["travellers"] == body["travellers"]
        assert load.wrong == []
        assert client.get(paper, auth=partner.auth).content == printed.content
        path = f"/v1/submissions/{bad['submission_id']}/dead-letters"
        assert client.get(path, auth=partner.auth).json()["dead_letters"][0]["source"]
        until(
            lambda: (
                client.get(f"/v1/submissions/{taken['submission_id']}", auth=partner.auth).json()["state"] == "done"
            ),
            "the large document is done",
        )
        until(
            lambda: {each["state"] for each in all_deliveries(client, partner, target)} == {"delivered"},
            "all is delivered, signed by a secret that was sealed anew",
            every=0.5,  # a thousand deliveries are listed each time
        )
    assert len(load.stored) > 62
    after = dict(rows(settings, "SELECT name, wrapped_key FROM tenant"))["rotated"]
    master = MasterKey(bytes.fromhex(OLD))
    old, new = (master.unwrap(wrapped, b"tenant/rotated") for wrapped in (before, after))
    opened = 0
    bodies = (
        "SELECT tenant_id, kind, key, body FROM record UNION ALL SELECT tenant_id, kind, key, body FROM record_version"
    )
    for tenant, kind, key, body in rows(settings, bodies):
        place = f"record/{tenant}/{kind}/{key}".encode()
        assert new.open(body, place)
        with pytest.raises(SealBroken):
            old.open(body, place)
        opened += 1
    for submission, raw in rows(settings, "SELECT id, raw FROM submission WHERE length(raw) > 0"):
        assert new.open(raw, submission.bytes)
        opened += 1
    for digest, blob in rows(settings, "SELECT sha256, blob FROM sealed_roster"):
        assert new.open(blob, digest) == printed.content
        opened += 1
    assert opened > 120
    assert rows(settings, "SELECT keys_phase FROM tenant WHERE name = 'rotated'") == [(None,)]
    inspected = ended("audit", "verify", environment=environment(settings))
    assert inspected.returncode == 0, inspected.stdout


def test_what_was_altered_is_not_attested_anew(
    settings: Settings, quick: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resealing, "_PAUSE_SECONDS", 0.0)
    with running(settings) as client:
        load = Load(client, issue_partner(settings, "altered"), 5000)
        for _ in range(3):
            load.turn()
        assert settings.database.url is not None
        with psycopg.connect(settings.database.url) as connection:
            connection.execute(
                "UPDATE submission SET division = '000000' WHERE id = (SELECT id FROM submission ORDER BY id LIMIT 1)"
            )
        integrate(settings)
        with pytest.raises(NotRenewed, match="1 rows of submission"):
            rekeying.rotate_data(settings, "altered", forget=False)
    inspected = ended("audit", "verify", environment=environment(settings))
    assert (inspected.returncode, "LOG-001" in inspected.stdout) == (1, True), inspected.stdout


def all_deliveries(client: httpx.Client, partner: Partner, target: dict[str, Any]) -> list[Any]:
    url = f"/v1/targets/{target['target_id']}/deliveries"
    return client.get(url, params={"limit": 1000}, auth=partner.auth).json()["deliveries"]


def test_a_change_that_was_killed_goes_on_where_it_was(settings: Settings, quick: None) -> None:
    with running(settings) as client:
        partner = issue_partner(settings, "killed")
        load = Load(client, partner, 2000)
        for _ in range(5):
            load.turn()
        process = Command("keys", "rotate-data", "killed", environment=environment(settings))
        phase = "SELECT keys_phase FROM tenant WHERE name = 'killed'"
        until(lambda: rows(settings, phase) == [("announced",)], "the new key is announced", of=process)
        process.send_signal(signal.SIGKILL)
        process.wait()
        with load.going_on():
            rekeying.rotate_data(settings, "killed", forget=False)
        assert rows(settings, phase) == [("switched",)]
        for number in load.stored[:: max(1, len(load.stored) // 60)]:  # every one is opened by its key below
            load.look_up(number)
        assert load.wrong == []


def test_the_old_key_is_not_forgotten_too_early(settings: Settings) -> None:
    with running(settings):
        issue_partner(settings, "early")
        refused = ended("keys", "rotate-data", "early", "--forget", environment=environment(settings))
        assert refused.returncode == 1
        assert rows(settings, "SELECT keys_phase FROM tenant WHERE name = 'early'") == [(None,)]


def test_the_master_key_is_changed_under_load(settings: Settings) -> None:
    """Step by step as the how-to says: the new key opens, it wraps, everything is wrapped by it, the old one goes."""
    partner = None
    steps = [(OLD, NEW), (NEW, OLD)]
    for master, other in steps:
        now = settings.model_copy(update={"master_key": master, "other_master_key": other})
        with running(now) as client:
            if partner is None:
                partner = issue_partner(now, "mastered")
                client.post("/v1/registrations", json=FORM).raise_for_status()
                issued_seal(now, client)
            load = Load(client, partner, 3000 + 1000 * steps.index((master, other)))
            with load.going_on():
                if master == NEW:
                    for _ in range(2):  # as often as one likes
                        given = environment(now) | {"YIZHAN_OTHER_MASTER_KEY": other}
                        done = ended("keys", "rewrap", environment=given)
                        assert done.returncode == 0, done.stderr
            assert load.wrong == []
    with running(settings.model_copy(update={"master_key": NEW})) as client:
        assert partner is not None
        assert client.post("/v1/contracts", json=samples.contract(9), auth=partner.auth).status_code == 201
        assert client.get("/v1/changes", auth=partner.auth).status_code == 200
    master = MasterKey(bytes.fromhex(OLD))
    wrapped = [
        *((f"tenant/{n}".encode(), w) for n, w in rows(settings, "SELECT name, wrapped_key FROM tenant")),
        *((f"credential/{i}".encode(), w) for i, w in rows(settings, "SELECT id, sealed_secret FROM credential")),
        *((b"signing_key/" + k, w) for k, w in rows(settings, "SELECT kid, sealed_private FROM signing_key")),
    ]
    contacts = [
        (b"registration/" + number.bytes, c) for number, c in rows(settings, "SELECT id, contact FROM registration")
    ]
    seals = [(f"seal/{number}".encode(), w) for number, w in rows(settings, "SELECT id, sealed_private FROM seal")]
    roots = [(b"seal_root", w) for (w,) in rows(settings, "SELECT sealed_private FROM seal_root")]
    assert (len(contacts), len(seals), len(roots)) == (1, 1, 1)
    wrapped += [*contacts, *seals, *roots]
    assert len(wrapped) >= 5
    for place, value in wrapped:
        with pytest.raises(SealBroken):
            master.open_secret(value, place)


def issued_seal(settings: Settings, client: httpx.Client) -> None:
    """A seal with a key that the master key wraps."""
    bureau = issue_partner(settings, "bureau", Role.OFFICIAL)
    applied = client.post("/v1/seals", json={}, auth=bureau.auth).json()
    path = f"/v1/seals/{applied['seal_id']}/decision"
    assert client.post(path, json={"decision": "approve"}, auth=bureau.auth).json()["state"] == "issued"
