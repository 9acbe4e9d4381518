"""What is asked of the workshop, by programs and by its pages alike: JSON objects, with documents in Base64."""

from __future__ import annotations

import binascii
from base64 import b64decode
from typing import Any

from adapters.trial import Trial
from gateway.access.accounts import Actor
from gateway.doors.requests import bad_parameter, json_object, lane_of
from gateway.onboarding.workshop import MOST_SAMPLE_BYTES, Flaw, Workshop

MOST_BYTES = MOST_SAMPLE_BYTES * 4 // 3 + 6 * 1024 * 1024
"""Of a request: a sample in Base64, and a folder beside it."""


async def tried(workshop: Workshop, actor: Actor, body: bytes) -> Trial | Flaw:
    """`{"files": {"connector.yaml": text}, "kind": "roster", "document": Base64}`. Raises Refused (REQUEST-001)."""
    given = json_object(body, "files", "kind", "document")
    files = {name: text.encode() for name, text in _texts(given, "files").items()}
    document, kind = _document(given.get("document"), "document"), _text(given, "kind")
    return await workshop.attempt(lane_of(actor), files, document, kind)


async def drafted(workshop: Workshop, actor: Actor, body: bytes) -> dict[str, bytes]:
    """`{"name": "acme", "samples": {"a.xlsx": Base64}, "target": "roster"}`. Raises Refused (REQUEST-001)."""
    given = json_object(body, "name", "samples", "target")
    name, target = _text(given, "name"), _text(given, "target")
    if name is None:
        raise bad_parameter("name", "a-z0-9_")
    samples = {each: _document(content, "samples") for each, content in _texts(given, "samples").items()}
    return await workshop.draft(lane_of(actor), name, samples, target)


async def ranked(workshop: Workshop, actor: Actor, body: bytes) -> list[dict[str, Any]]:
    """`{"samples": {"a.xlsx": Base64}, "kind": "roster"}`, one sample. Raises Refused (REQUEST-001)."""
    given = json_object(body, "samples", "kind")
    kind, samples = _text(given, "kind"), _texts(given, "samples")
    if kind is None:
        raise bad_parameter("kind", "contract | roster | ...")
    if len(samples) != 1:
        raise bad_parameter("samples", "{name: Base64}")
    ((name, content),) = samples.items()
    return await workshop.rank(lane_of(actor), (name, _document(content, "samples")), kind)


def _text(given: dict[str, Any], name: str) -> str | None:
    value = given.get(name)
    if value is not None and not isinstance(value, str):
        raise bad_parameter(name, "text")
    return value or None


def _texts(given: dict[str, Any], name: str) -> dict[str, str]:
    value = given.get(name)
    if not isinstance(value, dict) or not all(isinstance(each, str) for each in value.values()):
        raise bad_parameter(name, "{name: text}")
    return value


def _document(value: object, name: str) -> bytes:
    try:
        return b64decode(value, validate=True)  # pyright: ignore[reportArgumentType] - what is no text is told below
    except (binascii.Error, TypeError, ValueError):
        raise bad_parameter(name, "Base64") from None
