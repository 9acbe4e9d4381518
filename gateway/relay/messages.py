"""What is sent for a change. A format composes the message and judges the answer; a target names its format."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

import orjson

from gateway.relay.keys import TargetKey
from gateway.relay.rows import Target
from schemas.findings import Text

STANDARD = "standard"


class Undeliverable(Exception):
    """Trying again will not help: the delivery is dead. `text` says why."""

    def __init__(self, text: Text) -> None:
        super().__init__(text.en)
        self.text = text


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """A change on its way to one target. One that `is_repeat` was tried before and may have arrived.

    `tenant_id` is whose record it is, `sender_id` who sent its version.
    """

    position: int
    kind: str
    key: str
    event: str
    version: int
    state: str
    code: str | None
    at: datetime
    reason: str | None
    tenant_id: int
    sender_id: int
    is_repeat: bool = False

    @property
    def type(self) -> str:
        return f"{self.kind}.{self.event}"


@dataclass(frozen=True, slots=True)
class Message:
    """An HTTP POST to make."""

    url: str
    headers: Mapping[str, str]
    content: bytes


class Arrival(StrEnum):
    """How an errand ended. It is settled, whichever it is."""

    TAKEN = "taken"
    SUPERSEDED = "superseded"
    """A newer version is stored here, whose own event tells the other side."""
    DISPUTED = "disputed"
    """The other side holds another version: a conflict, which a person decides."""


class Errand(Protocol):
    """A delivery that is no plain HTTP POST."""

    async def run(self) -> Arrival:
        """How it ended. Raises Retriable, Barred and Undeliverable."""
        ...


class Format(Protocol):
    """How a kind of target wants to be told.

    `in_order` is for a protocol that does not say which of two messages about a record is the later: they go one after
    another, and what a later one has overtaken is not sent.
    """

    in_order: bool

    async def compose(
        self, target: Target, keys: Sequence[TargetKey], event: Event, now: datetime
    ) -> Message | Errand | None:
        """The message for `event`, None when there is nothing to say. Raises Barred and Undeliverable."""
        ...

    def accepts(self, status: int, body: bytes) -> bool:
        """Whether an answer says that the message has been taken."""
        ...


class StandardWebhooks:
    """Standard Webhooks: three headers, one signature for each key, a thin body without personal data.

    Source of the format: the Standard Webhooks specification 1.0 (webhook-id, webhook-timestamp, webhook-signature).
    """

    in_order = False

    async def compose(self, target: Target, keys: Sequence[TargetKey], event: Event, now: datetime) -> Message:
        if target.url is None:
            raise Undeliverable(Text("推送目标没有地址", "the target has no address"))
        message_id, timestamp = f"msg_{event.position}", str(int(now.timestamp()))
        content = orjson.dumps(
            {
                "type": event.type,
                "timestamp": event.at.isoformat(timespec="milliseconds"),
                "data": {
                    "position": event.position,
                    "kind": event.kind,
                    "key": event.key,
                    "version": event.version,
                    "state": event.state,
                    "code": event.code,
                    "reason": event.reason,
                },
            }
        )
        signed = b"%b.%b.%b" % (message_id.encode(), timestamp.encode(), content)
        headers = {
            "Content-Type": "application/json",
            "webhook-id": message_id,
            "webhook-timestamp": timestamp,
            "webhook-signature": " ".join(key.sign(signed) for key in keys),
        }
        return Message(target.url, headers, content)

    def accepts(self, status: int, body: bytes) -> bool:
        return 200 <= status < 300
