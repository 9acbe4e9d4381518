"""What was found in a record, as somebody reads it: whoever did not send it sees no word where none was understood.

A value that is not what its field wants may be anything, also what somebody is called: its sender reads it as it was
sent, authorities and operators its first character. What belongs in a field is masked by its class long before.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

import orjson

from gateway.access.accounts import Actor
from schemas.masking import mask_misplaced

_NOT_UNDERSTOOD = ("SCHEMA-", "MAP-")
Found = Mapping[str, Any]


def findings_shown(actor: Actor, findings: Sequence[Found]) -> Sequence[Found]:
    """Findings of a record that somebody may see."""
    return findings if _is_sender(actor) else [_masked(each) for each in findings]


def fate_shown(actor: Actor, fate: Found) -> Found:
    """What became of a record, or what would."""
    return fate if "findings" not in fate else {**fate, "findings": findings_shown(actor, fate["findings"])}


def answer_shown(actor: Actor, answer: bytes) -> bytes:
    """The answer to a submission; to its sender byte for byte."""
    if _is_sender(actor) or not answer:
        return answer
    told = orjson.loads(answer)
    if "records" in told:
        told["records"] = [fate_shown(actor, each) for each in told["records"]]
    return orjson.dumps(told)


def lines_shown(actor: Actor, lines: bytes) -> bytes:
    """What became of records, a line each."""
    if _is_sender(actor):
        return lines
    return b"".join(orjson.dumps(fate_shown(actor, orjson.loads(line))) + b"\n" for line in lines.splitlines())


async def every_line_shown(actor: Actor, parts: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The same of many, part by part; no line is in two."""
    async for lines in parts:
        yield lines_shown(actor, lines)


def _is_sender(actor: Actor) -> bool:
    """Whoever sees by account has sent what is in sight; others see by division."""
    return actor.scope.tenant_id is not None


def _masked(finding: Found) -> Found:
    value = finding.get("value")
    if value is None or not finding["code"].startswith(_NOT_UNDERSTOOD):
        return finding
    return {**finding, "value": mask_misplaced(value)}
