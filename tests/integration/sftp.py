"""The real `yizhan sftp` as a process, and ways into it as a partner has them."""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path

import paramiko
from paramiko.sftp import CMD_RENAME

from gateway.access.accounts import Accounts, ProofKind, Role
from gateway.base.settings import Settings
from gateway.store.database import Database
from gateway.trust.sealing import MasterKey
from tests.conftest import Partner, until
from tests.processes import Command, Ending

HEAD = (
    "合同号,合同类型,旅行社,许可证号,团号,线路,出发日期,返回日期,人数,总价,"
    "序号,姓名,性别,签约人,证件类型,证件号码,手机,备注"
)


class DropProcess:
    """`yizhan sftp` on a free port, as an operator runs it. `variables` are settings without their prefix."""

    def __init__(self, settings: Settings, *arguments: str, **variables: str) -> None:
        assert settings.database.url is not None
        assert settings.master_key is not None
        self.folder = settings.home / "sftp"
        self.port = 0
        self._arguments = arguments
        self.environment = os.environ | {
            "YIZHAN_HOME": str(settings.home),
            "YIZHAN_MASTER_KEY": settings.master_key,
            "YIZHAN_DATABASE__URL": settings.database.url,
            "YIZHAN_HTTP__PUBLIC_URL": str(settings.http.public_url),
            "YIZHAN_SFTP__SWEEP_SECONDS": "0.2",
            **{f"YIZHAN_{name}": value for name, value in variables.items()},
        }
        self.process: Command | None = None
        self.fingerprint = ""

    def start(self) -> None:
        """Start and wait until it listens."""
        reading, writing = os.pipe()
        self.process = Command("sftp", "--port", "0", *self._arguments, environment=self.environment, stdout=writing)
        os.close(writing)
        with os.fdopen(reading, encoding="utf-8") as said:
            line = said.readline()
        if match := re.match(r"SFTP 127\.0\.0\.1:(\d+) (SHA256:\S+)", line):
            self.port, self.fingerprint = int(match[1]), match[2]
        else:
            assert "watching" in line, line

    def kill(self) -> None:
        assert self.process is not None
        self.process.kill()
        self.process.wait(timeout=30)

    def stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(timeout=30)

    @contextmanager
    def connect(self, user: str, password: str | None = None, key: paramiko.PKey | None = None) -> Iterator[Client]:
        """A partner's connection."""
        with paramiko.Transport(("127.0.0.1", self.port)) as transport:
            transport.connect(username=user, password=password, pkey=key)
            client = Client.from_transport(transport)
            assert client is not None
            try:
                yield client
            finally:
                with suppress(EOFError):  # a test may have killed the server
                    client.close()

    def login(self, partner: Partner) -> AbstractContextManager[Client]:
        return self.connect(partner.api_key, partner.secret)


class Client(paramiko.SFTPClient):
    """paramiko's client with the two ways in which a partner says that a file is complete."""

    def put_bytes(self, path: str, content: bytes) -> None:
        with self.open(path, "wb") as file:
            file.write(content)

    def drop(self, name: str, content: bytes, folder: str = "in") -> None:
        """Upload as .part, then rename."""
        self.put_bytes(f"{folder}/{name}.part", content)
        self.rename(f"{folder}/{name}.part", f"{folder}/{name}")

    def rename_unanswered(self, old: str, new: str) -> None:
        """Ask for it and hang up."""
        self._async_request(type(None), CMD_RENAME, old.encode(), new.encode())
        self.sock.get_transport().sock.close()

    def drop_with_manifest(self, name: str, content: bytes, manifest: bytes = b"", folder: str = "in") -> None:
        self.put_bytes(f"{folder}/{name}", content)
        self.put_bytes(f"{folder}/{name}.ok", manifest)

    def get_bytes(self, path: str) -> bytes:
        with self.open(path, "rb") as file:
            return file.read()

    def exists(self, path: str) -> bool:
        try:
            self.stat(path)
        except FileNotFoundError:
            return False
        return True


def issue_account(
    settings: Settings, name: str, connector: str | None, key: bytes | None = None, role: Role = Role.PARTNER
) -> Partner:
    """A credential that belongs to a connector, known by an SSH public key (wire format) when one is given."""

    async def issue() -> Partner:
        assert settings.database.url is not None
        database = Database(settings.database.url, 2)
        accounts = Accounts(database, MasterKey.load(settings.master_key, settings.home / "master.key"))
        tenant = await accounts.ensure_tenant(name, f"{name} 旅行社", "350203", speaks_for="000000")
        issued = await accounts.issue(tenant, role, connector)
        if key is not None:
            await accounts.add_proof(issued.id, ProofKind.SSH, key)
        await database.close()
        return Partner(name, issued.id, issued.secret)

    return asyncio.run(issue())


def revoke(settings: Settings, partner: Partner) -> None:
    async def run() -> None:
        assert settings.database.url is not None
        database = Database(settings.database.url, 2)
        await Accounts(database, MasterKey.load(settings.master_key, settings.home / "master.key")).revoke(
            partner.api_key
        )
        await database.close()

    asyncio.run(run())


def example(partner: str, name: str) -> bytes:
    """A golden example of a partner folder."""
    return (Path(__file__).parents[2] / "mappings" / partner / "examples" / name).read_bytes()


def export(*numbers: str, days: str = "2026/12/01,2026/12/03") -> bytes:
    """A legacy export in GBK: one contract with one traveller a row."""
    rows = [
        f"{number},国内,上海示例旅行社有限公司,L-SH-00321,SH-01,黄山三日游,{days},1,1980,1,张示例,女,是,身份证,"
        "11010519491231002X,13800138000,"
        for number in numbers
    ]
    return "\r\n".join([HEAD, *rows, ""]).encode("gb18030")


def awaited(client: Client, path: str, of: Ending | None = None) -> bytes:
    """A file that the process `of`, or the server itself, is to make."""
    until(lambda: client.exists(path), f"{path} appeared", 20, of=of)
    return client.get_bytes(path)
