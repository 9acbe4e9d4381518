"""`yizhan demo`: start the whole service, play four partners against it over HTTP, show what became of it."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from gateway.access.accounts import Accounts, Role
from gateway.client import open_client
from gateway.demo.partners import PARTNERS, DemoPartner, Played
from gateway.demo.summary import show
from gateway.errors import UserError
from gateway.sealing import MasterKey
from gateway.serving import database_of
from gateway.settings import Settings
from gateway.store.database import Database

_START_SECONDS = 60.0
SUMMARY = "demo-summary.json"


def run(settings: Settings, port: int, once: bool) -> int:
    """Play the demo; serve on until Ctrl-C unless `once`. The exit status is 0 when everything went as it should."""
    for name in (signal.SIGTERM, signal.SIGHUP):  # closing the terminal must end the service too
        signal.signal(name, lambda number, _: sys.exit(128 + number))
    console = Console()
    settings = settings.model_copy(update={"home": settings.home / "demo"})
    url = f"http://127.0.0.1:{port}"
    started = time.monotonic()
    with database_of(settings) as database_url, _service(settings, database_url, url, port) as service:
        console.print(f"[green]✓[/green] 服务已启动 serving on [b]{url}[/b]  ({time.monotonic() - started:.1f} s)")
        credentials = asyncio.run(_credentials(settings, database_url))
        played = [_play(console, settings, url, partner, credentials[partner.id]) for partner in PARTNERS]
        summary = _summary(url, credentials, played)
        path = settings.home / SUMMARY
        path.touch(mode=0o600)  # it holds the partners' secrets
        path.write_text(json.dumps(summary, ensure_ascii=False, indent=2), encoding="utf-8")
        show(console, url, played, summary)
        if not once:
            console.print("[dim]服务继续运行，按 Ctrl-C 结束 / serving on, Ctrl-C ends it[/dim]")
        console.print(f"全部完成 done in {time.monotonic() - started:.1f} s; summary: {path}", soft_wrap=True)
        if not once:
            _serve_on(console, service)
    return 0


@contextmanager
def _service(settings: Settings, database_url: str, url: str, port: int) -> Iterator[subprocess.Popen[bytes]]:
    """`yizhan serve` in a process of its own, ready when this yields, ended when it is left."""
    _must_be_free(url)
    environment = os.environ | {
        "YIZHAN_HOME": str(settings.home),
        "YIZHAN_DATABASE__URL": database_url,
        "YIZHAN_HTTP__PORT": str(port),
        "YIZHAN_HTTP__PUBLIC_URL": url,
    }
    process = subprocess.Popen([sys.executable, "-m", "gateway.cli", "serve"], env=environment)
    try:
        _await_ready(process, url)
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=30)


def _must_be_free(url: str) -> None:
    try:
        httpx.get(f"{url}/healthz", timeout=1, trust_env=False)
    except httpx.ConnectError:
        return
    except httpx.HTTPError:
        pass
    raise UserError(
        f"{url} 已被占用，请用 --port 另选端口 / is in use, choose another with --port (make demo PORT=...)"
    )


def _await_ready(process: subprocess.Popen[bytes], url: str) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise UserError(f"服务启动失败（退出码 {process.returncode}）/ the service ended at start; see above")
        try:
            if httpx.get(f"{url}/readyz", timeout=2, trust_env=False).status_code == 200:
                return
        except httpx.HTTPError:
            time.sleep(0.05)
    raise UserError("服务未能及时启动 / the service did not become ready in time")


async def _credentials(settings: Settings, database_url: str) -> dict[str, dict[str, str]]:
    """Credentials of the partners: those of an earlier demo where they still hold, else fresh ones."""
    path = settings.home / SUMMARY
    known = {}
    if path.exists():
        known = {partner["id"]: partner for partner in json.loads(path.read_text(encoding="utf-8"))["partners"]}
    database = Database(database_url, 2)
    accounts = Accounts(database, MasterKey.load(settings.master_key, settings.home / "master.key"))
    found = {}
    try:
        for partner in PARTNERS:
            before = known.get(partner.id)
            if before and await accounts.principal(before["api_key"]):
                found[partner.id] = before
                continue
            tenant = await accounts.ensure_tenant(partner.id, partner.title, partner.division, partner.uscc)
            issued = await accounts.issue(tenant, Role.PARTNER)
            found[partner.id] = {"id": partner.id, "api_key": issued.id, "secret": issued.secret}
    finally:
        await database.close()
    return found


def _play(console: Console, settings: Settings, url: str, partner: DemoPartner, credential: dict[str, str]) -> Played:
    """Send all documents of a partner, with a bar."""
    documents = list(partner.documents(settings.mappings / partner.connector))
    answers = []
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with (
        open_client(url, credential["api_key"], credential["secret"]) as client,
        Progress(*columns, console=console) as progress,
    ):
        task = progress.add_task(partner.how, total=len(documents))
        for document in documents:
            answer = client.post(
                "/v1/submissions",
                params={"connector": partner.connector, "filename": document.name},
                content=document.body,
                headers={"Content-Type": document.content_type},
            )
            answers.append((document.name, answer.status_code, answer.json()))
            progress.advance(task)
    return Played(partner, answers)


def _summary(url: str, credentials: dict[str, dict[str, str]], played: list[Played]) -> dict[str, Any]:
    """What `demo-summary.json` holds."""
    contracts, rejections = [], []
    for play in played:
        for document, _, answer in play.answers:
            for record in answer.get("records", ()):
                if "code" in record:
                    contracts.append(
                        {
                            "code": record["code"],
                            "business_no": record["key"],
                            "qr_text": record["qr_text"],
                            "partner": play.partner.id,
                        }
                    )
                elif record["status"] in ("rejected", "conflict"):
                    rejections.append(
                        {
                            "partner": play.partner.id,
                            "document": document,
                            "submission_id": answer["submission_id"],
                            "ordinal": record["ordinal"],
                            "locator": record["locator"],
                            "findings": record["findings"],
                        }
                    )
    return {
        "base_url": url,
        "partners": [credentials[play.partner.id] for play in played],
        "contracts": contracts,
        "rejections": rejections,
    }  # fmt: skip


def _serve_on(console: Console, service: subprocess.Popen[bytes]) -> None:
    try:
        service.wait()
    except KeyboardInterrupt:
        console.print()
