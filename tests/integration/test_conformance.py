"""A system shows what it does in the sandbox, scenario by scenario, until its result is signed."""

from __future__ import annotations

import json
from typing import Any

import httpx
import psycopg
import pytest
from yizhan_client import Client, Refused, Rejected, Retrying

from gateway.access.divisions import SANDBOX
from gateway.base.settings import Settings
from schemas import samples
from tests.conftest import Partner, issue_partner
from tests.integration.test_records import pdf_with
from tests.processes import running_beside, yizhan

_numbers = iter(range(1, 10_000))


@pytest.fixture
def tester(settings: Settings) -> Partner:
    return issue_partner(settings, f"shows-{next(_numbers)}", division=SANDBOX, speaks_for="")


def opened(client: httpx.Client, who: Partner) -> Client:
    quick = Retrying(attempts=5, first=0.02, most=0.1)
    return Client(str(client.base_url), who.api_key, who.secret, retrying=quick, trust_env=False)


def fresh() -> dict[str, Any]:
    return samples.contract(next(_numbers))


def shown(system: Client, **asked: str) -> dict[str, bool]:
    query = "&".join(f"{name}={value}" for name, value in asked.items())
    found = system.ask("GET", f"/v1/sandbox/conformance?{query}")
    return {each["scenario"]: each["passed"] for each in found["scenarios"]}


def test_nothing_has_been_shown_at_first(client: httpx.Client, tester: Partner) -> None:
    with opened(client, tester) as system:
        assert set(shown(system).values()) == {False}
        with pytest.raises(Refused, match="REGISTRATION-001"):
            system.ask("GET", "/v1/sandbox/conformance/result")


def test_each_scenario_is_seen_once_it_has_been_played(
    client: httpx.Client, settings: Settings, tester: Partner
) -> None:
    with opened(client, tester) as system:
        passed: set[str] = set()

        def now(*expected: str) -> None:
            found = {name for name, is_seen in shown(system).items() if is_seen}
            assert found - passed == set(expected)
            passed.update(found)

        record = system.push("contract", body := fresh(), key="one").records[0]
        now("ordinary", "every_field")
        system.push("contract", body, key="one")
        now("retry")
        system.ask("PUT", "/v1/sandbox/faults", {"lost_reply": 1})
        system.push("contract", fresh())
        now("lost_reply")
        with pytest.raises(Rejected):
            system.push("contract", (bad := fresh()) | {"headcount": 0})
        system.push("contract", bad)
        now("bad_rows")
        system.push("contract", body | {"route_name": "改线"}, amend=True)
        now("amendment")
        system.push("contract", [fresh() for _ in range(10)])
        now("batch")
        code = record.code or ""
        system.put_document(code, pdf_with(system.picture(code)))
        now("document")
        system.set_state("contract", code, "void")
        now("void")
        with running_beside(settings, "work"):
            system.upload(json.dumps([fresh()]).encode(), kind="contract")
        now("large_file")
        system.ask("PUT", "/v1/sandbox/faults", {"expired_key": 1})
        with pytest.raises(Refused, match="AUTH-001"):
            system.push("contract", fresh())
        system.push("contract", fresh())
        now("unknown_key")
    successor = issue_partner(settings, tester.name, division=SANDBOX, speaks_for="")
    with psycopg.connect(settings.database.url or "", autocommit=True) as database:
        database.execute("UPDATE credential SET last_used_at = now() WHERE id = %s", [tester.api_key])
        assert yizhan(settings, "partner", "revoke", tester.api_key).returncode == 0
        database.execute("UPDATE credential SET last_used_at = now() WHERE id = %s", [successor.api_key])
    with opened(client, successor) as system:
        now("key_rotation")
        left = [name for name, is_seen in shown(system).items() if not is_seen]
        assert left == ["webhook", "webhook_twice", "webhook_order"], "see test_relay"


def test_what_is_asked_goes_by_channel_and_kind(client: httpx.Client, tester: Partner) -> None:
    with opened(client, tester) as system:
        assert "document" not in shown(system, channel="rest", kind="roster")
        assert "lost_reply" not in shown(system, channel="soap", kind="contract")
        system.push("contract", fresh())
        assert not shown(system, channel="sftp", kind="contract")["ordinary"], "it came by REST"
        for query in ("channel=pigeon", "kind=poem"):
            with pytest.raises(Refused, match="REQUEST-001"):
                system.ask("GET", f"/v1/sandbox/conformance?{query}")


def test_what_others_have_shown_is_theirs(client: httpx.Client, settings: Settings, tester: Partner) -> None:
    other = issue_partner(settings, f"shows-{next(_numbers)}", division=SANDBOX, speaks_for="")
    with opened(client, tester) as system, opened(client, other) as others:
        system.push("contract", fresh())
        assert set(shown(others).values()) == {False}


def test_a_real_partner_has_nothing_to_show(client: httpx.Client, partner: Partner) -> None:
    answer = client.get("/v1/sandbox/conformance", headers=partner.bearer)
    assert answer.status_code == 403
