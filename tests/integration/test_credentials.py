"""Credentials end, are seen in use, and take their targets with them: over HTTP, at the terminal, with a real relay."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import paramiko
import psycopg
import pytest

from gateway.access.accounts import Role
from gateway.access.signatures12301 import request_signature
from gateway.base.clock import Clock
from gateway.base.settings import RelaySettings, Settings
from gateway.doors.vendor.vendor_messages import NAMESPACE
from schemas.samples import contract
from tests.conftest import Partner, issue_partner, running, until
from tests.integration.sftp import DropProcess, issue_account
from tests.integration.test_relay import Receiver, deliveries, push, settled, subscribe
from tests.processes import running_beside, yizhan
from tests.soap_messages import envelope, request_of, with_username


@pytest.fixture(scope="module")
def settings(settings: Settings) -> Settings:
    relay = RelaySettings(
        allowed_hosts=frozenset({"127.0.0.1:*"}), timeout_seconds=1.2, retry_seconds=[0.1] * 200, failures_to_open=1000
    )
    return settings.model_copy(update={"relay": relay})


@pytest.fixture(scope="module")
def client(settings: Settings) -> Iterator[httpx.Client]:
    with running(settings) as opened:
        yield opened


@pytest.fixture(scope="module")
def operator(settings: Settings) -> Partner:
    return issue_partner(settings, "operations", Role.OPERATOR)


@pytest.fixture
def receiver(tmp_path: Path) -> Iterator[Receiver]:
    found = Receiver(tmp_path)
    yield found
    found.stop()


@pytest.fixture
def partner(new_partner: Callable[..., Partner]) -> Partner:
    return new_partner(f"life-{uuid4().hex[:8]}")


def issued(client: httpx.Client, operator: Partner, partner: str, **more: Any) -> Partner:
    answer = client.post("/v1/credentials", json={"partner": partner, **more}, auth=operator.auth)
    assert answer.status_code == 201, answer.text
    return Partner(partner, answer.json()["id"], answer.json()["secret"])


def row_of(client: httpx.Client, who: Partner, api_key: str) -> dict[str, Any]:
    (found,) = [
        each
        for each in client.get("/v1/credentials", headers=who.bearer).json()["credentials"]
        if each["id"] == api_key
    ]
    return found


def audited(settings: Settings, object_: str) -> list[tuple[str, dict[str, Any]]]:
    assert settings.database.url is not None
    with psycopg.connect(settings.database.url) as connection:
        query = "SELECT action, detail FROM audit WHERE object = %s ORDER BY position"
        return connection.execute(query, [object_]).fetchall()


def expire(settings: Settings, api_key: str) -> None:
    """Let the time of a credential be over."""
    assert settings.database.url is not None
    with psycopg.connect(settings.database.url) as connection:
        connection.execute("UPDATE credential SET expires_at = now() - interval '1 second' WHERE id = %s", [api_key])


def end(client: httpx.Client, settings: Settings, operator: Partner, api_key: str, how: str) -> None:
    if how == "expired":
        expire(settings, api_key)
    else:
        client.post(f"/v1/credentials/{api_key}/revoke", auth=operator.auth).raise_for_status()


def is_refused(client: httpx.Client, who: Partner) -> bool:
    return client.get("/v1/connectors", headers=who.bearer).status_code == 401


@pytest.mark.parametrize(("how", "word"), [("revoked", "revoked"), ("expired", "expired")])
def test_a_target_waits_when_its_credential_ends_and_goes_on_when_taken_over(
    client: httpx.Client,
    settings: Settings,
    operator: Partner,
    partner: Partner,
    receiver: Receiver,
    *,
    how: str,
    word: str,
) -> None:
    leaked = issued(client, operator, partner.name)
    target = subscribe(client, leaked, f"{receiver.url}/500")
    own = subscribe(client, partner, f"{receiver.url}/ok")
    subscribe(client, partner, f"{receiver.url}/500?own")  # tried as often as the other would be
    with running_beside(settings, "relay"):
        push(client, partner, 1)
        settled(client, partner, own, 1)
        until(lambda: receiver.received("/500"), "the first is tried")
        end(client, settings, operator, leaked.api_key, how)
        until(lambda: is_refused(client, leaked), "it opens no door any more")
        tried = len(receiver.received("/500"))
        push(client, partner, 2)
        settled(client, partner, own, 2)  # others go on
        others = len(receiver.received("/500?own"))
        until(lambda: len(receiver.received("/500?own")) > others + 5, "others are tried again and again")
        shown = client.get(f"/v1/targets/{target['target_id']}", auth=partner.auth).json()
        assert (shown["state"], shown["credential"]) == ("paused", leaked.api_key)
        assert word in shown["paused_because_en"]
        (waiting,) = deliveries(client, partner, target)
        assert (waiting["state"], word in waiting["last_error_en"]) == ("waiting", True)
        assert len(receiver.received("/500")) <= tried + 1  # what was under way
        taken = client.post(f"/v1/targets/{target['target_id']}/take", auth=partner.auth).json()
        assert (taken["state"], taken["credential"], taken["paused_because"]) == ("active", partner.api_key, None)
        until(lambda: len(deliveries(client, partner, target)) == 2, "what waited is delivered")
        until(lambda: len(receiver.received("/500")) > tried + 1, "it is tried again")
    assert ("target.take", {"before": leaked.api_key}) in audited(settings, target["target_id"])


def test_a_stranger_does_not_take_a_target(
    client: httpx.Client, partner: Partner, receiver: Receiver, new_partner: Callable[..., Partner]
) -> None:
    target = subscribe(client, partner, f"{receiver.url}/ok")
    stranger = new_partner("stranger")
    answer = client.post(f"/v1/targets/{target['target_id']}/take", auth=stranger.auth)
    assert (answer.status_code, answer.json()["code"]) == (404, "REQUEST-003")


def test_the_sftp_door_notes_uses_and_failures(settings: Settings, drop: DropProcess, client: httpx.Client) -> None:
    sender = issue_account(settings, "notes", "laoqiao")
    with pytest.raises(paramiko.AuthenticationException), drop.connect(sender.api_key, password="wrong"):
        pass
    lines = until(
        lambda: [each for each in audited(settings, sender.api_key) if each[0] == "credential.refused"], "it is seen"
    )
    assert lines[0][1]["times"] == 1
    with drop.login(sender):
        until(lambda: row_of(client, sender, sender.api_key)["last_used_at"], "the use is written")


def test_a_call_back_belongs_to_the_credential_that_sends(client: httpx.Client, settings: Settings) -> None:
    """The existing protocol's target is one a partner: whoever sends last has it."""
    for _ in range(2):
        sender = issue_partner(settings, "callbacks", connector="lvy")
        timestamp = str(int(Clock.now().timestamp() * 1000))
        headers = {
            "X-12301-Source": sender.api_key,
            "X-12301-Key": sender.api_key,
            "X-12301-Timestamp": timestamp,
            "X-12301-Signature": request_signature(sender.secret, timestamp),
            "X-Forwarded-Proto": "https",
        }
        client.post("/v1/econtract/apply/1", json={}, headers=headers)
        targets = client.get("/v1/targets", auth=sender.auth).json()["targets"]
        assert [each["credential"] for each in targets] == [sender.api_key]


def test_an_expiry_is_set_shown_and_kept(
    client: httpx.Client, settings: Settings, operator: Partner, partner: Partner
) -> None:
    ends = (Clock.now() + timedelta(days=30)).isoformat()
    one = issued(client, operator, partner.name, expires_at=ends)
    assert client.get("/v1/connectors", auth=one.auth).status_code == 200
    assert row_of(client, partner, one.api_key)["expires_at"][:19] == ends[:19]
    assert audited(settings, one.api_key)[0][0] == "credential.issue"
    expire(settings, one.api_key)
    until(lambda: is_refused(client, one), "it has expired")


def test_the_terminal_issues_with_an_expiry_and_shows_it(settings: Settings, client: httpx.Client) -> None:
    made = yizhan(
        settings, "partner", "add", "dated", "--title", "甲", "--division", "350203", "--expires", "2099-06-30"
    )
    (api_key,) = [line.split()[-1] for line in made.stdout.splitlines() if line.startswith("api key")]
    assert "2099-07-01 00:00" in made.stdout
    assert "2099-07-01 00:00" in yizhan(settings, "partner", "credentials", "dated").stdout
    assert api_key in yizhan(settings, "partner", "credentials").stdout
    for wrong in ("2001-01-01", "soon"):
        refused = yizhan(
            settings, "partner", "add", "dated", "--title", "甲", "--division", "350203", "--expires", wrong
        )
        assert refused.returncode == 1, wrong


@pytest.mark.parametrize("wrong", ["2020-01-01T00:00:00+08:00", "2099-01-01T00:00:00", "soon", 7])
def test_an_expiry_that_is_no_moment_to_come_is_refused(
    client: httpx.Client, operator: Partner, partner: Partner, wrong: object
) -> None:
    answer = client.post("/v1/credentials", json={"partner": partner.name, "expires_at": wrong}, auth=operator.auth)
    assert (answer.status_code, answer.json()["parameter"]) == (400, "expires_at")


def test_only_operators_issue_and_revoke(client: httpx.Client, partner: Partner) -> None:
    answer = client.post("/v1/credentials", json={"partner": partner.name}, auth=partner.auth)
    assert (answer.status_code, answer.json()["code"]) == (403, "AUTH-005")
    answer = client.post(f"/v1/credentials/{partner.api_key}/revoke", auth=partner.auth)
    assert (answer.status_code, answer.json()["code"]) == (403, "AUTH-005")


def test_a_credential_is_replaced_while_the_old_one_still_opens(
    client: httpx.Client, settings: Settings, operator: Partner, partner: Partner, receiver: Receiver
) -> None:
    ends = (Clock.now() + timedelta(days=100)).isoformat()
    old = issued(client, operator, partner.name, connector="haiyan", expires_at=ends)
    target = subscribe(client, old, f"{receiver.url}/ok")
    answer = client.post(f"/v1/credentials/{old.api_key}/rotate", json={"overlap_days": 3}, auth=operator.auth)
    assert answer.status_code == 201, answer.text
    new = Partner(partner.name, answer.json()["id"], answer.json()["secret"])
    assert (is_refused(client, old), is_refused(client, new)) == (False, False)
    before, after = (row_of(client, partner, each.api_key) for each in (old, new))
    assert before["expires_at"] == answer.json()["replaces_until"] < after["expires_at"]
    assert (after["connector"], after["role"]) == ("haiyan", "partner")
    shown = client.get(f"/v1/targets/{target['target_id']}", auth=partner.auth).json()
    assert (shown["credential"], shown["state"]) == (new.api_key, "active")
    (action, detail) = audited(settings, old.api_key)[-1]
    assert (action, detail["successor"]) == ("credential.rotate", new.api_key)
    once = client.post(f"/v1/credentials/{new.api_key}/rotate", json={"overlap_days": 0}, auth=operator.auth)
    assert once.status_code == 201
    until(lambda: is_refused(client, new), "without an overlap the old one ends at once")
    again = client.post(f"/v1/credentials/{new.api_key}/rotate", auth=operator.auth)
    assert (again.status_code, again.json()["code"]) == (409, "STATE-001")
    assert client.post(f"/v1/credentials/{old.api_key}/rotate", auth=partner.auth).status_code == 403
    assert client.post("/v1/credentials/nobody/rotate", auth=operator.auth).status_code == 404
    for days in (-1, 91, "7", True):
        asked = client.post(f"/v1/credentials/{old.api_key}/rotate", json={"overlap_days": days}, auth=operator.auth)
        assert asked.status_code == 400, days


def test_a_public_key_speaks_for_both(
    client: httpx.Client, settings: Settings, operator: Partner, drop: DropProcess
) -> None:
    key = paramiko.ECDSAKey.generate()
    sender = issue_account(settings, "rotated", "laoqiao", key.asbytes())
    answer = client.post(f"/v1/credentials/{sender.api_key}/rotate", json={}, auth=operator.auth).json()
    for user in (sender.api_key, answer["id"]):
        with drop.connect(user, key=key):
            pass


def test_a_partner_sees_its_own_credentials_and_no_proof(
    client: httpx.Client, partner: Partner, new_partner: Callable[..., Partner], operator: Partner
) -> None:
    new_partner("somebody-else")
    own = client.get("/v1/credentials", auth=partner.auth)
    assert {each["partner"] for each in own.json()["credentials"]} == {partner.name}
    assert partner.secret not in own.text
    assert "hash" not in own.text
    every = client.get("/v1/credentials", auth=operator.auth).json()["credentials"]
    assert {"somebody-else", partner.name} <= {each["partner"] for each in every}


def test_the_last_use_is_written_beside_the_work(client: httpx.Client, settings: Settings, partner: Partner) -> None:
    """At most once a minute: a second use within it changes nothing."""
    assert row_of(client, partner, partner.api_key)["last_used_at"] is None
    seen = until(lambda: row_of(client, partner, partner.api_key)["last_used_at"], "the use is written")
    client.post("/v1/contracts", json=contract(7), auth=partner.auth)
    failed = client.get("/v1/connectors", headers={"Authorization": f"Bearer {partner.api_key}.x"})
    assert failed.status_code == 401
    until(lambda: len(audited(settings, partner.api_key)) > 1, "what is due is written")
    assert row_of(client, partner, partner.api_key)["last_used_at"] == seen


def test_failed_uses_leave_one_line_with_a_count(client: httpx.Client, settings: Settings, partner: Partner) -> None:
    wrong = {"Authorization": f"Bearer {partner.api_key}.wrong"}
    for _ in range(3):
        assert client.get("/v1/connectors", headers=wrong).status_code == 401
    until(lambda: len(audited(settings, partner.api_key)) > 1, "a line stands in the audit log")
    for _ in range(40):
        client.get("/v1/connectors", headers=wrong)
    client.get("/v1/connectors", headers={"Authorization": "Bearer yz0000000000000000.wrong"})
    other = issue_partner(settings, partner.name)
    client.get("/v1/connectors", headers={"Authorization": f"Bearer {other.api_key}.wrong"})
    until(lambda: len(audited(settings, other.api_key)) > 1, "what is due is written")
    (_, line), *more = [each for each in audited(settings, partner.api_key) if each[0] == "credential.refused"]
    assert (line["reason"], line["state"], 0 < line["times"] <= 3) == ("AUTH-001", "live", True)
    assert sum(each["times"] for _, each in more) <= 3
    assert audited(settings, "yz0000000000000000") == []


def test_a_revoked_credential_in_use_is_seen(
    client: httpx.Client, settings: Settings, operator: Partner, partner: Partner
) -> None:
    client.post(f"/v1/credentials/{partner.api_key}/revoke", auth=operator.auth).raise_for_status()
    until(lambda: is_refused(client, partner), "it opens no door any more")
    lines = until(
        lambda: [each for each in audited(settings, partner.api_key) if each[0] == "credential.refused"], "it is seen"
    )
    assert lines[0][1]["state"] == "revoked"


@pytest.mark.parametrize("door", ["bearer", "signature", "soap", "compat12301", "vendor"])
def test_a_failure_at_every_door_is_seen(client: httpx.Client, settings: Settings, door: str) -> None:
    connector = {"compat12301": "lvy", "vendor": "haixi"}.get(door)
    victim = issue_partner(settings, f"victim-{door}", connector=connector)
    FAILURES[door](client, victim.api_key)
    until(
        lambda: [each for each in audited(settings, victim.api_key) if each[0] == "credential.refused"],
        "the failure is seen",
    )


def _soap(client: httpx.Client, api_key: str) -> None:
    message = with_username(envelope(request_of("LookUp", kind="contract", code=["x"])), api_key, "wrong")
    client.post("/soap", content=message, headers={"Content-Type": "text/xml", "SOAPAction": '""'})


def _vendor(client: httpx.Client, api_key: str) -> None:
    message = (
        f'<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/" xmlns:s="{NAMESPACE}"><e:Body>'
        f"<s:authentication><s:code>{api_key}</s:code><s:password>0</s:password></s:authentication>"
        "</e:Body></e:Envelope>"
    )
    headers = {"Content-Type": "text/xml", "SOAPAction": '""', "X-Forwarded-Proto": "https"}
    client.post("/soap/haixi", content=message, headers=headers)


FAILURES: dict[str, Callable[[httpx.Client, str], object]] = {
    "bearer": lambda client, key: client.get("/v1/connectors", headers={"Authorization": f"Bearer {key}.x"}),
    "signature": lambda client, key: client.get(
        "/v1/connectors",
        headers={
            "Authorization": f"YIZHAN-HMAC-SHA256 Credential={key}, Timestamp={int(Clock.now().timestamp())}, "
            f"Nonce=abcdefgh, Signature={'0' * 64}"
        },
    ),
    "soap": _soap,
    "compat12301": lambda client, key: client.post(
        "/v1/econtract/apply/1",
        json={},
        headers={f"X-12301-{name}": key for name in ("Source", "Key", "Timestamp", "Signature")},
    ),
    "vendor": _vendor,
}
