"""Which connector reads an envelope, and what makes two envelopes the same request. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256

from adapters.canonical import builtin
from adapters.connector import Connector, Route
from adapters.envelope import Envelope
from adapters.errors import Fatal
from adapters.formats.source import Source
from gateway.base import problems
from gateway.base.problems import Refused
from gateway.ledger.repeats import BY_CONTENT
from schemas.findings import Text


def route_of(connectors: Mapping[str, Connector], envelope: Envelope, source: Source) -> tuple[Connector, Route]:
    """The connector and route for `source`, the envelope's bytes wherever they lie. Raises Refused (INTAKE-006)."""
    name = envelope.connector
    try:
        connector = builtin(f"{envelope.kind}.v1", source) if name is None else connectors[name]
        return connector, connector.route(envelope.kind)
    except KeyError:
        detail = Text(f"没有名为 {name} 的对接配置", f"There is no connector named {name}")
    except Fatal:
        detail = Text(f"对接配置 {name} 不接收 {envelope.kind}", f"Connector {name} does not take {envelope.kind}")
    raise Refused(problems.UNKNOWN_CONNECTOR, detail)


def request_hash_of(raw_hash: bytes, envelope: Envelope, kind: str, *, later: bool = False) -> bytes:
    """What makes two requests the same request. A mapping may be upgraded between a request and its retry.

    A document that was too much for an answer at once may be handed over `later`: that is another request.
    """
    context = f"{envelope.connector}|{kind}|{envelope.atomic}|{envelope.amend}"
    if later:
        context += "|later"
    if envelope.parameters:
        context += f"|{sorted(envelope.parameters.items())}"
    return sha256(raw_hash + context.encode()).digest()


def idempotency_key_of(envelope: Envelope, request_hash: bytes, stamp: str) -> str | None:
    """The sender's key; without one, a file sent again is recognised by its content.

    After a mapping has changed the same file is worth reading again. An amendment without a key is never a repeat:
    going back to earlier content is a change of its own.
    """
    if envelope.idempotency_key is not None:
        return envelope.idempotency_key
    return None if envelope.amend else f"{BY_CONTENT}{sha256(request_hash + stamp.encode()).hexdigest()}"
