"""The OpenAPI document is complete, and no request that can be made from it gets a 5xx."""

from __future__ import annotations

import re
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import content_type_conformance, status_code_conformance

from gateway.base.problems import CATALOGUE
from tests.conftest import Partner


@schemathesis.serializer("application/pdf", "application/x-ndjson")
def raw_bytes(ctx: Any, value: Any) -> bytes:
    """Bodies that are not JSON are sent as they are drawn."""
    return value if isinstance(value, bytes) else str(value).encode("utf-8", "replace")


@pytest.fixture(scope="module")
def document(client: httpx.Client) -> dict[str, Any]:
    return client.get("/openapi.json").json()


def test_every_operation_has_words_a_problem_schema_and_security(document: dict[str, Any]) -> None:
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            where = f"{method} {path}"
            assert operation["summary"], where
            assert "security" in operation, where
            refusals = [status for status in operation["responses"] if status[0] in "45"]
            assert refusals, where
            for status in refusals:
                assert "application/problem+json" in operation["responses"][status]["content"], where


def test_every_problem_code_is_described_somewhere(document: dict[str, Any]) -> None:
    words = str(document["paths"])
    described = set(re.findall(r"[A-Z]+-\d{3}", words))
    everywhere = {"REQUEST-004"}  # any path may be asked with a wrong method
    other_doors = {"DROP-001", "AUTH-006"}  # SFTP has no OpenAPI, the vendor's service has a WSDL of its own
    assert set(CATALOGUE) - everywhere - other_doors <= described


def test_bodies_refer_to_the_canonical_schemas(document: dict[str, Any]) -> None:
    for path, kind in (("/v1/contracts", "contract.v1"), ("/v1/rosters", "roster.v1")):
        content = document["paths"][path]["post"]["requestBody"]["content"]["application/json"]
        assert content["schema"]["anyOf"][0] == {"$ref": f"#/components/schemas/{kind}"}
        assert document["components"]["schemas"][kind]["properties"]


def test_no_request_gets_a_server_error(client: httpx.Client, partner: Partner, document: dict[str, Any]) -> None:
    schema = schemathesis.openapi.from_dict(document)
    operations = [result.ok() for result in schema.get_all_operations()]
    assert len(operations) > 15
    for operation in operations:
        _probe(operation, client, partner)


def _probe(operation: Any, client: httpx.Client, partner: Partner) -> None:
    @settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True, database=None)
    @given(case=operation.as_strategy())
    def run(case: Any) -> None:
        case.headers = {**(case.headers or {}), **partner.bearer}
        answer = case.call(base_url=str(client.base_url))
        case.validate_response(answer, checks=[not_a_server_error, status_code_conformance, content_type_conformance])

    run()
