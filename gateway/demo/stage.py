"""What every step of the demo is given, and what it gives back. A step is one file in `steps`, listed in `STEPS`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from rich.console import Console

from gateway.base.errors import UserError
from gateway.client.client import open_client
from gateway.demo.memory import Memory
from gateway.demo.partners import Credential
from gateway.demo.people import SignInFacts
from gateway.demo.processes import Running, outside, program, running

_START_SECONDS = 30.0
_REFUSED = ("rejected", "conflict")


@dataclass(frozen=True, slots=True)
class Shown:
    """What a step showed. `facts` are the same in every run; `lines` and `links` are for a person to read.

    `records` are the record parts of answers with a partner and a document, good and bad ones.
    """

    sent: str
    taken: int
    rejected: int
    records: list[dict[str, Any]] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)
    lines: tuple[str, ...] = ()
    links: Mapping[str, str] = field(default_factory=dict)

    @property
    def contracts(self) -> Iterator[dict[str, Any]]:
        """Code, business number and QR of everything that has a code."""
        for record in self.records:
            if "code" in record:
                known = {name: record[name] for name in ("code", "qr_text", "partner")}
                yield {"business_no": record["key"], **known}

    @property
    def rejections(self) -> Iterator[dict[str, Any]]:
        """Where and why records did not pass."""
        names = ("partner", "document", "submission_id", "ordinal", "locator", "findings")
        for record in self.records:
            if record["status"] in _REFUSED:
                yield {name: record[name] for name in names}


def records_of(partner: str, document: str, answer: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The records of one answer, each with where it came from."""
    origin = {"partner": partner, "document": document, "submission_id": answer.get("submission_id")}
    return [{**record, **origin} for record in answer.get("records", ())]


def shown(sent: str, records: list[dict[str, Any]], **more: Any) -> Shown:
    """What a step showed, counted from its records."""
    rejected = sum(record["status"] in _REFUSED for record in records)
    return Shown(sent, len(records) - rejected, rejected, records, **more)


@dataclass(frozen=True, slots=True)
class Drop:
    """The SFTP drop, which may still be starting."""

    port: int
    process: Running

    @property
    def fingerprint(self) -> str:
        """Of its first host key, as it says it itself as soon as it listens."""
        return self.process.until(lambda lines: lines and lines[0].split()[2], _START_SECONDS, "SFTP")


@dataclass
class Stage:
    """The running service and the means to play on it. `background` holds what runs on until the demo ends."""

    url: str
    mappings: Path
    console: Console
    memory: Memory
    credentials: Mapping[str, Credential]
    people: Sequence[SignInFacts]
    drop: Drop
    background: ExitStack
    played: dict[str, Shown] = field(default_factory=dict)

    def client(self, partner: str) -> httpx.Client:
        """A client that signs as a partner."""
        credential = self.credentials[partner]
        return open_client(self.url, credential["api_key"], credential["secret"])

    def curl(self, partner: str, path: str) -> str:
        """A command that shows what lies at `path` to a partner."""
        credential = self.credentials[partner]
        return f"curl -sH 'Authorization: Bearer {credential['api_key']}.{credential['secret']}' '{self.url}{path}'"

    def listener(self, port: int, secret: str) -> Running:
        """A partner's receiver on `port`, until the demo ends."""
        command = program("receiver.py", port)
        receiver = self.background.enter_context(running(command, outside({"SECRET": secret})))
        receiver.until(bool, _START_SECONDS, "receiver.py")
        return receiver


@dataclass(frozen=True, slots=True)
class Step:
    """One door: its name in the summary file, its title, what is played."""

    id: str
    title: str
    partner: str
    play: Callable[[Stage], Shown]


def good(answer: httpx.Response) -> dict[str, Any]:
    """The document of an answer that must be a good one. Raises UserError with what the problem says."""
    document = answer.json()
    if answer.is_error:
        raise UserError(f"{document['code']} {document['title']}：{document['detail']} / {document['detail_en']}")
    return document
