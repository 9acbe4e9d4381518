"""The one way in which an envelope is made of what a door has received."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TypedDict, Unpack

from adapters.envelope import Channel, Envelope
from gateway.access.tenants import Tenant
from gateway.base.clock import Clock
from schemas.findings import veiled


class About(TypedDict, total=False):
    """What an envelope may say of its document; see `Envelope`."""

    content_type: str
    connector: str | None
    kind: str | None
    filename: str | None
    idempotency_key: str | None
    atomic: bool
    amend: bool
    decided: frozenset[str]
    parameters: Mapping[str, str]


def arriving(
    tenant: Tenant, raw: bytes = b"", *, channel: Channel, received_at: datetime | None = None, **about: Unpack[About]
) -> Envelope:
    """What `tenant` sends, as it comes in now; what had come before says when it did.

    `raw` is empty where the document lies on disk. The content type is kept in clear: no personal number stays in it.
    """
    if "content_type" in about:
        about["content_type"] = veiled(about["content_type"])
    return Envelope(raw=raw, tenant=tenant.name, channel=channel, received_at=received_at or Clock.now(), **about)
