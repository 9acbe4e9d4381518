"""What the queries of operations give, a class each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from urllib.parse import urlsplit
from uuid import UUID

from adapters.envelope import Channel
from gateway.relay.states import TargetState
from gateway.store.typed import TypedRow


class Queue(StrEnum):
    """Where something waits: for a process of ours, for another side, or for a person."""

    DOCUMENTS = "documents"
    """Large documents that are not finished."""
    UPLOADS = "uploads"
    """Sessions whose parts are not all there."""
    CHANGES = "changes"
    """Changes without a place in the feed; they get one when somebody asks what is new."""
    LEAVES = "leaves"
    """What has no place in the transparency log yet."""
    WEBHOOK = "webhook"
    PORTAL = "portal"
    DEAD_LETTERS = "dead_letters"
    CONFLICTS = "conflicts"
    ALERTS = "alerts"
    ROSTERS = "rosters"
    PLEDGES = "pledges"


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueRow(TypedRow):
    """QUEUES: how many wait, and since when the first; a queue in which nothing waits may be missing."""

    queue: Queue
    depth: int
    since: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldUpTarget(TypedRow):
    """HELD_UP: a target that is paused, or whose last attempt failed; nothing is sent to it until `open_until`."""

    id: UUID
    partner: str
    connector: str | None
    format: str
    url: str | None
    state: TargetState
    failures: int
    open_until: datetime | None
    waiting: int
    dead: int

    @property
    def host(self) -> str | None:
        """Where it goes: the rest of an address may hold a secret of whoever it belongs to."""
        return None if self.url is None else urlsplit(self.url).hostname


@dataclass(frozen=True, slots=True, kw_only=True)
class Stream(TypedRow):
    """STREAMS: when the last of a connector's streams was read on."""

    connector: str
    moved_at: datetime
    streams: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DepthSample(TypedRow):
    """DEPTHS: a queue at a moment."""

    at: datetime
    queue: Queue
    depth: int
    oldest_seconds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TrafficHour(TypedRow):
    """TRAFFIC: what came by a channel in an hour; `rejected` counts dead letters and what was set aside."""

    at: datetime
    channel: Channel
    submissions: int
    accepted: int
    rejected: int
