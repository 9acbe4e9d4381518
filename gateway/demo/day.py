"""`yizhan demo --portals`: a day with three portals, from the morning's sync to a reconciliation that comes out clean.

Seven discrepancies of five classes are planted; five are repaired by themselves and a person is asked about two.
"""

from __future__ import annotations

import asyncio
import shutil
import signal
import sys
from collections import Counter
from contextlib import ExitStack
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from rich.console import Console
from stdnum.cn import uscc

from adapters.errors import Retriable
from gateway.access.accounts import TERMINAL, Role
from gateway.access.divisions import NATION
from gateway.base.errors import UserError
from gateway.base.settings import Settings
from gateway.demo import service_process
from gateway.demo.day_summary import show, show_what_is_left, show_what_to_do
from gateway.demo.memory import Memory, write_private
from gateway.demo.people import OFFICIALS, sign_ins
from gateway.demo.portals import DIVISIONS, TITLES, SimulatedPortal, open_portals, write_variables
from gateway.demo.reading_back import reading_back
from gateway.portals.pull import totals
from gateway.portals.push import PORTAL
from gateway.reconcile import classes
from gateway.serving.serving import database_of
from gateway.store.embedded import is_in_use
from gateway.wiring.services import Services, open_services

SUMMARY, _MEMORY = "demo-portals-summary.json", "demo-memory.json"
_EVENTS = [f"{kind}.{event}" for kind in ("agency", "filing") for event in ("created", "amended")]
_DECISION = {"result": "approved", "decided_on": "2026-12-31", "authority": "示例文化和旅游厅"}
Portals = dict[str, SimulatedPortal]


def run(settings: Settings, port: int, once: bool) -> int:
    """Play the day in a store of its own, which is made anew; serve on beside the portals until Ctrl-C unless `once`.

    The exit status is 0 when all went as it should. Raises UserError when somebody uses the store of the last day.
    """
    for name in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(name, lambda number, _: sys.exit(128 + number))
    if not once:
        service_process.must_be_free(port)
    console, plain = Console(), Console(soft_wrap=True, highlight=False)
    settings = settings.model_copy(update={"home": settings.home / "demo-portals"})
    _make_anew(settings.home, plain)
    folder = Path(mkdtemp(prefix="yizhan-portals-"))
    with ExitStack() as background:
        background.callback(shutil.rmtree, folder, ignore_errors=True)
        portals = open_portals(folder, background)
        url = background.enter_context(database_of(settings))
        summary = asyncio.run(_play(settings, url, portals))
        summary["people"] = asyncio.run(sign_ins(settings, url, Memory(settings.home / _MEMORY), OFFICIALS))
        write_private(settings.home / SUMMARY, summary)
        show(console, summary)
        if not once:
            _serve_on(settings, url, port, portals, summary=summary, console=plain, background=background)
    if once:
        show_what_is_left(plain, settings.home, Path(sys.executable).with_name("yizhan"), summary)
        plain.print(f"全部完成 done; summary: {settings.home / SUMMARY}")
    return 0 if summary["reconciliation"]["rerun"] == summary["reconciliation"]["asked"] else 1


def _make_anew(home: Path, console: Console) -> None:
    if is_in_use(home / "postgres"):
        raise UserError(
            f"{home} 正由一个服务或另一场演示使用，请先结束它 / is in use by a service or another demo: end that first"
        )
    if home.exists():
        shutil.rmtree(home)
        console.print(f"已清除上次演示的数据 removed the data of the last demo: {home}")
    home.mkdir(parents=True, mode=0o755)


def _serve_on(
    settings: Settings,
    database_url: str,
    port: int,
    portals: Portals,
    *,
    summary: dict[str, Any],
    console: Console,
    background: ExitStack,
) -> None:
    """The service beside the portals, until Ctrl-C: what is left is for a person to decide and repair."""
    service = service_process.started(service_process.environment(settings, database_url, port), background)
    service_process.await_answers(service, port)
    background.enter_context(reading_back(settings, database_url, portals))
    variables = write_variables(settings.home, service_process.url_of(port), summary["official"])
    show_what_to_do(console, service_process.url_of(port), summary, variables)
    console.print("服务与门户继续运行，按 Ctrl-C 结束 / service and portals go on, Ctrl-C ends them")
    console.print(f"全部完成 done; summary: {settings.home / SUMMARY}")
    service_process.serve_on(console, service)


async def _play(settings: Settings, url: str, portals: Portals) -> dict[str, Any]:
    async with open_services(settings, url) as services:
        for name in portals:
            tenant = await services.accounts.ensure_tenant(name, f"{TITLES[name]}政务服务网（示例）", DIVISIONS[name])
            await services.accounts.issue(tenant, Role.PARTNER, name)
            await services.targets.link(tenant, PORTAL, name, _EVENTS, below=())
        ministry = await services.persons.bureau(TERMINAL, NATION)
        official = await services.accounts.issue(ministry, Role.OFFICIAL)
        summary = {
            "synced": await _morning(services, portals),
            "decision": await _decision(services, portals["minjiang"]),
        }
        await _plant(services, portals)
        evening, left = await _evening(services, portals)
        known = {"key_id": official.id, "secret": official.secret}
        return summary | {"reconciliation": evening, "left": left, "official": known}


async def _morning(services: Services, portals: Portals) -> dict[str, Any]:
    """Everything comes in; one portal is down at first, and the others do not wait for it."""
    donghai = portals["donghai"]
    donghai.control("faults", set={"down": True})
    shown: dict[str, Any] = {}
    for name, portal in portals.items():
        portal.export()
        try:
            shown[name] = await _synced(services, name)
        except Retriable:
            shown["was_down"] = name
    donghai.control("faults", set={})
    shown["donghai"] = await _synced(services, "donghai")
    return shown


async def _synced(services: Services, name: str) -> dict[str, int]:
    found = totals(await services.pulls.pull(name))
    return {fate: found.get(fate, 0) for fate in ("accepted", "amended", "rejected")}


async def _decision(services: Services, portal: SimulatedPortal) -> dict[str, Any]:
    """An authority approves a filing here; the portal takes it and shows it from then on."""
    key = portal.keys("filing")[0]
    await _change(services, "filing", key, {"status": "approved", "decision": _DECISION})
    await services.relay.drain()
    (pushed,) = portal.control("pushed")
    await services.pulls.pull(portal.name)
    (row,) = await services.reader.by_keys(TERMINAL.scope, "filing", [key])
    return {"key": key, "pushed": pushed["outcome"], "state": row.state, "version": row.version}


async def _change(services: Services, kind: str, key: str, patch: dict[str, Any]) -> None:
    (row,) = await services.reader.by_keys(TERMINAL.scope, kind, [key])
    answer = await services.desk.change(TERMINAL, row, patch, row.version)
    if answer.is_refusal:
        raise UserError(answer.body.decode())


async def _plant(services: Services, portals: Portals) -> None:
    """Make the two sides differ in seven places, in five ways."""
    minjiang, donghai, jiangnan = portals["minjiang"], portals["donghai"], portals["jiangnan"]
    here = {name: portal.keys("agency") for name, portal in portals.items()}
    # Records that the portals have added since, and one they have changed: we do not know yet.
    minjiang.add("agency", here["minjiang"][1], _new_code("91350100MA9990011"))
    jiangnan.add("agency", here["jiangnan"][1], _new_code("91320100MA9990012"))
    minjiang.control("change", kind="agency", key=here["minjiang"][2], set={"法定代表人": "冯示例"})
    # Changes of ours that have not been sent; on the third the portal has meanwhile made one of its own.
    for key in here["donghai"][:3]:
        await _change(services, "agency", key, {"principal": "卫示例"})
    donghai.control("change", kind="agency", key=here["donghai"][2], set={"legalPerson": "蒋示例"})
    # A record that a portal no longer shows.
    jiangnan.control("delete", kind="agency", key=here["jiangnan"][3])
    jiangnan.export(full=True)


def _new_code(stem: str) -> str:
    """A synthetic credit code that no record has yet."""
    return stem + uscc.calc_check_digit(stem)


async def _evening(services: Services, portals: Portals) -> tuple[dict[str, Any], dict[str, str]]:
    """What was found and repaired, and by portal the run that is left for a person."""
    found, repaired, asked, rerun = Counter[str](), 0, Counter[str](), Counter[str]()
    runs: dict[str, str] = {}
    for name, portal in portals.items():
        first = await services.portal_reconciliations.compare(name)
        planted = await services.reconciliations.discrepancies(TERMINAL.scope, first, limit=1000)
        found.update(row.class_.value for row in planted)
        run = await services.reconciliations.find(TERMINAL.scope, first)
        done = await services.portal_reconciliations.repair(TERMINAL, run)
        repaired += len(planted) - done.waiting
        portal.export()
        await services.pulls.pull(name)  # what was sent comes back confirmed
        portal.export(full=True)
        second = await services.portal_reconciliations.compare(name, repeats=first)
        left = await services.reconciliations.discrepancies(TERMINAL.scope, second, limit=1000)
        rerun.update(row.class_.value for row in left)
        runs |= {name: str(second)} if left else {}
        asked.update(row.class_.value for row in planted if row.repair is classes.Repair.APPROVE)
    numbers = {
        "found": sum(found.values()),
        "classes": dict(sorted(found.items())),
        "repaired": repaired,
        "asked": dict(sorted(asked.items())),
        "rerun": dict(sorted(rerun.items())),
    }
    return numbers, runs
