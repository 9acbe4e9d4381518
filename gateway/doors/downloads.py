"""Discrepancies as files to download."""

from __future__ import annotations

import asyncio
from uuid import UUID

from starlette.responses import Response, StreamingResponse

from gateway.access.accounts import Actor
from gateway.doors.requests import lane_of
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


def _named(run_id: UUID, extension: str) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="reconciliation-{run_id}.{extension}"'}
