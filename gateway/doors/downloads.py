"""Discrepancies and dead letters as files to download."""

from __future__ import annotations

import asyncio
from uuid import UUID

import orjson
from starlette.responses import Response, StreamingResponse

from gateway.access.accounts import Actor
from gateway.access.tenants import Tenant
from gateway.dead_letters.workbook import workbook
from gateway.doors.requests import lane_of
from gateway.ledger.rows import SubmissionRow
from gateway.reconcile import exports
from gateway.reconcile.rows import Run
from gateway.wiring.services import Services

SPREADSHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def csv_response(services: Services, actor: Actor, run_id: UUID) -> Response:
    """The discrepancies of a run that the caller may see, slice by slice."""
    lines = exports.csv_lines(services.reconciliations.slices(actor.scope, run_id))
    return StreamingResponse(lines, headers=_named(run_id, "csv"), media_type="text/csv; charset=utf-8")


async def workbook_response(services: Services, actor: Actor, run: Run) -> Response:
    """The first of them as a workbook, with totals and summary."""
    totals = await services.reconciliations.totals(actor.scope, run.id)
    rows = await exports.first_rows(services.reconciliations.slices(actor.scope, run.id))
    async with services.lanes.turn(lane_of(actor)):
        content = await asyncio.to_thread(exports.workbook, run, totals, rows)
    return Response(content, headers=_named(run.id, "xlsx"), media_type=SPREADSHEET)


async def rejected_response(services: Services, actor: Actor, sender: Tenant, row: SubmissionRow) -> Response:
    """The records of a sender's submission that did not pass as a workbook, bad cells marked, the reasons beside."""
    letters = await services.reader.dead_letters(actor.scope, row.id)
    progress = await services.batches.progress(actor.scope, row.id)
    notes = orjson.loads(row.answer).get("notes", ()) if progress is None else progress.notes

    def made() -> bytes:
        return workbook([(each, orjson.loads(sender.seal.open(each.source, row.id.bytes))) for each in letters], notes)

    async with services.lanes.turn(sender.id):
        content = await asyncio.to_thread(made)
    headers = {"Content-Disposition": f'attachment; filename="dead-letters-{row.id}.xlsx"'}
    return Response(content, media_type=SPREADSHEET, headers=headers)


def _named(run_id: UUID, extension: str) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="reconciliation-{run_id}.{extension}"'}
