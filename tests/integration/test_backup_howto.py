"""The how-to of backup and restore, as it stands: lose what came after a moment, and nothing else."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import httpx
import psycopg

from gateway.base.settings import DatabaseSettings, Settings
from gateway.store.database import migrate
from gateway.store.embedded import EmbeddedPostgres
from schemas import samples
from tests.conftest import Partner, issue_partner, open_folder, running, until
from tests.processes import Command

HOWTO = Path(__file__).parents[2] / "docs/howto/back-up.md"
_NAME = "restored"


class Operator:
    """Follows the how-to, block by block."""

    def __init__(self, server: EmbeddedPostgres, folder: Path) -> None:
        self.home, self.keys, backup = (folder / name for name in ("home", "keys", "backup"))
        for path in (self.home, self.keys, backup, backup / "wal"):
            path.mkdir()
        server._account.owns(backup / "wal")
        self._blocks = re.findall(r"^```bash\n(.*?)^```", HOWTO.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
        self.environment = os.environ | {
            "PATH": f"{server._binary('psql').parent}:{os.environ['PATH']}",
            "DATABASE": server.url(),
            "DATA": str(server.data),
            "OWNER": f"{server._account.uid}:{server._account.gid}",
            "BACKUP": str(backup),
            "KEYS": str(self.keys),
            "YIZHAN_HOME": str(self.home),
        }

    def next(self, **more: str) -> None:
        done = subprocess.run(
            ["bash", "-euc", self._blocks.pop(0)], env=self.environment | more, capture_output=True, check=False
        )
        assert done.returncode == 0, done.stderr.decode()


def push(client: httpx.Client, partner: Partner, *indexes: int) -> list[dict[str, Any]]:
    answers = [client.post("/v1/contracts", json=samples.contract(each), headers=partner.bearer) for each in indexes]
    return [answer.json()["records"][0] for answer in answers]


def later(client: httpx.Client, partner: Partner, first: int) -> str:
    """A document that is kept as a blob, and where one sees what has become of it."""
    headers = {**partner.bearer, "Prefer": "respond-async"}
    body = [samples.contract(first + index) for index in range(3)]
    return f"/v1/submissions/{client.post('/v1/contracts', json=body, headers=headers).json()['submission_id']}"


def changes(client: httpx.Client, partner: Partner, after: int) -> httpx.Response:
    return client.get("/v1/changes", params={"after": after, "limit": 1000}, headers=partner.bearer)


def query(server: EmbeddedPostgres, statement: str) -> Any:
    with psycopg.connect(server.url(_NAME), autocommit=True) as connection:
        row = connection.execute(statement.encode()).fetchone()
    assert row is not None
    return row[0]


def test_the_howto_restores_a_moment_and_followers_are_told(settings: Settings) -> None:
    with open_folder() as folder:
        server = EmbeddedPostgres(folder / "postgres")
        server.start()
        try:
            operator = Operator(server, folder)
            operator.next()
            server.stop()
            server.start()
            migrate(server.ensure_database(_NAME))
            kept = settings.model_copy(
                update={
                    "database": DatabaseSettings(url=server.url(_NAME)),
                    "home": operator.home,
                    "master_key": None,
                }
            )
            partner = issue_partner(kept)
            with running(kept) as client:
                document = later(client, partner, 100)
                before = push(client, partner, 1, 2)
                operator.next()
                before += push(client, partner, 3)
                known = changes(client, partner, 0).json()["high_water"]
                moment = query(server, "SELECT clock_timestamp()::text")
                lost = push(client, partner, 4, 5)
                forgotten = changes(client, partner, 0).json()["high_water"]
                last = query(server, "SELECT pg_walfile_name(pg_switch_wal())")
                until(
                    lambda: query(server, "SELECT coalesce(last_archived_wal, '') FROM pg_stat_archiver") >= last,
                    "archived",
                )
            server.stop()
            for path in (operator.home / "blobs", operator.home / "master.key"):
                shutil.rmtree(path) if path.is_dir() else path.unlink()
            operator.next(MOMENT=moment)
            server.start()
            until(lambda: not query(server, "SELECT pg_is_in_recovery()"), "it has left recovery")
            with running(kept) as client:
                worker = Command("work", environment=operator.environment | {"YIZHAN_DATABASE__URL": server.url(_NAME)})
                until(
                    lambda: client.get(document, headers=partner.bearer).json().get("state") == "done",
                    "the document is read",
                    of=worker,
                )
                worker.terminate()
                worker.wait()
                again = push(client, partner, 1, 2, 3)
                told = changes(client, partner, forgotten)
                anew = push(client, partner, 4, 5)
                told_again = changes(client, partner, forgotten)
                followed = changes(client, partner, known).json()
        finally:
            server.stop()
    assert again == before
    assert {record["status"] for record in anew} == {"accepted"}
    assert {record["code"] for record in anew}.isdisjoint(record["code"] for record in lost)
    for answer in (told, told_again):
        assert (answer.status_code, answer.json()["code"], answer.json()["resume_after"]) == (410, "CHANGES-001", known)
    assert [change["key"] for change in followed["changes"]][-2:] == [record["key"] for record in anew]
    assert all(change["position"] > forgotten + 2**39 for change in followed["changes"])
