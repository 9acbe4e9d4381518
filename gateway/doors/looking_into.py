"""A record as people look into it: masked, with what was found in it, its earlier versions, and where it came from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from gateway.base.clock import day_in_china
from gateway.doors.findings_shown import findings_shown
from gateway.doors.lookup import seen_body
from gateway.doors.requests import Inquiry
from gateway.ledger import lifecycle
from gateway.ledger.rows import EarlierBody, RecordRow, SubmissionRow
from gateway.ledger.sealed import ending_of, open_body, open_word
from schemas import catalog
from schemas.masking import masked

_MOST_VERSIONS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """From one version to the next: when it was replaced, and the fields in which they differ, personal ones masked."""

    before: int
    after: int
    at: datetime
    fields: Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class LookedInto:
    """What is shown of a record. `submission` is None for who may not see what it came with, `filename` is its name."""

    body: Mapping[str, Any]
    findings: Sequence[Mapping[str, Any]]
    steps: Sequence[Step]
    submission: SubmissionRow | None
    filename: str | None


async def looked_into(call: Inquiry, row: RecordRow) -> LookedInto:
    """A record in sight. That an authority looks is kept."""
    body = await seen_body(call, row)
    tenant = await call.services.accounts.tenant(row.tenant_id)
    reader, scope = call.services.reader, call.principal.scope
    earlier = await reader.earlier_bodies(scope, row.tenant_id, row.kind, row.key, limit=_MOST_VERSIONS)
    opened = [(each, open_body(each, tenant.seal)) for each in earlier]
    submission = await reader.submission(scope, row.submission_id)
    filename = None
    if submission is not None:
        sender = await call.services.accounts.tenant(submission.tenant_id)
        name = open_word(submission.filename, sender.seal, submission.id)
        is_own = call.principal.scope.tenant_id is not None
        filename = name if name is None or is_own else ending_of(name)
    return LookedInto(
        body=masked(body, catalog.kind(row.schema)),
        findings=findings_shown(call.principal, _findings(row, body, submission)),
        steps=_steps(row, body, opened),
        submission=submission,
        filename=filename,
    )


def _findings(row: RecordRow, body: dict[str, Any], submission: SubmissionRow | None) -> Sequence[Mapping[str, Any]]:
    """What its sender was told of the record; where that is not in sight, what its kind says of it."""
    if submission is not None:
        answer = orjson.loads(submission.answer) if submission.answer else {}
        for record in answer.get("records", ()):
            if record["ordinal"] == row.ordinal:
                return record["findings"]
    found = catalog.kind(row.schema).check(body, today=day_in_china(row.stored_at))
    return [each.as_dict() for each in found]


def _steps(
    row: RecordRow, body: Mapping[str, Any], earlier: Sequence[tuple[EarlierBody, dict[str, Any]]]
) -> list[Step]:
    """The newest first."""
    found, after, later = [], row.version, body
    for version, content in earlier:
        fields = lifecycle.differences(row.schema, content, later)
        found.append(Step(before=version.version, after=after, at=version.replaced_at, fields=fields))
        after, later = version.version, content
    return found
