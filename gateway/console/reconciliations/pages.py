"""Reconciliations as pages for officials and operators."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from gateway.access.powers import Power
from gateway.console.reconciliations.words import MOST_SHOWN, shown_list, shown_run
from gateway.console.shell import framing
from gateway.console.shell.framing import framed
from gateway.console.shell.language import chosen
from gateway.console.shell.menu import Entry, Section
from gateway.console.shell.visitors import own_form, visitor
from gateway.doors.downloads import csv_response, workbook_response
from gateway.doors.repairs import compared_again, repaired
from gateway.doors.requests import bad_parameter, services_of
from gateway.reconcile.classes import Class
from gateway.reconcile.states import DiscrepancyState
from gateway.reconcile.trends import trend
from schemas.findings import Text

_MOST_RUNS = 200
_MOST_LISTED = 30
_MOST_DAYS = 31
_PAGE = "/reconciliations/{run_id:uuid}"


async def runs_page(request: Request) -> Response:
    """The newest runs, of one connector with its trend."""
    principal = await visitor(request, Power.RECONCILE)
    connector = request.query_params.get("connector", "").replace("\0", "") or None
    runs = await services_of(request).reconciliations.listed(principal.scope, connector, limit=_MOST_RUNS)
    days = trend(runs)[-_MOST_DAYS:] if connector else []
    shown = shown_list(runs[:_MOST_LISTED], days, _portals(request), chosen(request).language)
    return await framed(request, principal, "reconciliations.html", connector=connector or "", **shown)


async def run_page(request: Request) -> Response:
    """The report of one run."""
    principal, reconciliations = await visitor(request, Power.RECONCILE), services_of(request).reconciliations
    chosen_class = request.query_params.get("class")
    if chosen_class not in (None, *Class):
        raise bad_parameter("class", " | ".join(Class))
    class_ = None if chosen_class is None else Class(chosen_class)
    run = await reconciliations.find(principal.scope, request.path_params["run_id"])
    totals = await reconciliations.totals(principal.scope, run.id)
    first = request.query_params.get("from", "").replace("\0", "")
    kind, _, key = first.partition("/")
    rows = await reconciliations.discrepancies(
        principal.scope, run.id, class_=class_, first=(kind, key), limit=MOST_SHOWN + 1
    )
    titles, language = _portals(request), chosen(request).language
    shown = shown_run(run, totals, rows, titles, language=language, decides=principal.may(Power.RECONCILE))
    was_asked = "repaired" in request.query_params  # what was done the store knows, not the address
    done = await reconciliations.discrepancies(principal.scope, run.id, state=DiscrepancyState.REPAIRED, limit=1)
    shown |= {"is_repaired": was_asked and bool(done), "is_nothing_repaired": was_asked and not done}
    return await framed(
        request, principal, "reconciliation.html", chosen_class=chosen_class or "", first=first, **shown
    )


def _portals(request: Request) -> dict[str, Text]:
    """The titles of the connectors that there are now."""
    return {name: connector.title for name, connector in services_of(request).connectors.items()}


async def csv_file(request: Request) -> Response:
    principal, services = await visitor(request, Power.RECONCILE), services_of(request)
    run = await services.reconciliations.find(principal.scope, request.path_params["run_id"])
    return csv_response(services, principal, run.id)


async def workbook_file(request: Request) -> Response:
    principal, services = await visitor(request, Power.RECONCILE), services_of(request)
    run = await services.reconciliations.find(principal.scope, request.path_params["run_id"])
    return await workbook_response(services, principal, run)


async def repair(request: Request) -> Response:
    """Do what is safe or decided, and tell on the run's page what was done."""
    principal, _ = await own_form(request, Power.RECONCILE)
    services = services_of(request)
    run = await services.reconciliations.find(principal.scope, request.path_params["run_id"])
    await repaired(services, principal, run)
    return RedirectResponse(f"/reconciliations/{run.id}?repaired", 303)


async def compare(request: Request) -> Response:
    """Compare once more, and show the new run."""
    principal, _ = await own_form(request, Power.RECONCILE)
    services = services_of(request)
    run = await services.reconciliations.find(principal.scope, request.path_params["run_id"])
    return RedirectResponse(f"/reconciliations/{await compared_again(services, principal, run)}", 303)


MENU = (
    Entry(30, "/reconciliations", Text("对账", "Reconciliation"), Section.DECIDE, Power.RECONCILE, "discrepancies"),
)

router = APIRouter(include_in_schema=False)
framing.add(router, "/reconciliations", runs_page)
framing.add(router, _PAGE, run_page)
framing.add(router, f"{_PAGE}.csv", csv_file)
framing.add(router, f"{_PAGE}.xlsx", workbook_file)
framing.add(router, f"{_PAGE}/repair", repair, "POST")
framing.add(router, f"{_PAGE}/compare", compare, "POST")
