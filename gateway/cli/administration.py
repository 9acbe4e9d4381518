"""What an administrator does at the terminal: partners, credentials, signing keys."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeVar

from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import load_pem_x509_certificate
from rich.console import Console
from rich.table import Table

from gateway.access.accounts import EVERYTHING, Accounts, Credential, ProofKind, Role
from gateway.access.divisions import SANDBOX
from gateway.access.rows import ListedCredential
from gateway.base.clock import CHINA, Clock, read_moment
from gateway.base.errors import UserError
from gateway.base.settings import Settings
from gateway.onboarding.live import LiveConnectors
from gateway.serving.serving import database_of
from gateway.store.database import Database
from gateway.trust.keyring import Keyring
from gateway.trust.master import master_key
from gateway.trust.signing import Algorithm, Purpose
from gateway.trust.sm2 import Sm2PublicKey
from schemas.codelists import codelist

_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,39}")
T = TypeVar("T")
Choice = TypeVar("Choice", bound=StrEnum)


def add_partner(
    settings: Settings,
    name: str,
    title: str,
    division: str,
    *,
    uscc: str,
    license_no: str = "",
    speaks_for: str = "",
    role: str,
    connector: str | None = None,
    ssh_key: Path | None = None,
    certificate: Path | None = None,
    sm2_key: Path | None = None,
    expires: str = "",
    sandbox: bool = False,
) -> None:
    """Make the tenant when needed, issue a credential with its proofs and show it."""
    wanted = _choice(Role, role)
    proofs, expires_at = _proofs(ssh_key, certificate, sm2_key), _end_of(expires)
    if not _NAME.fullmatch(name):
        raise UserError(f"名称 {name!r} 只能用小写字母、数字和 . _ - / a name is made of a-z 0-9 . _ -")
    for code in filter(None, (division, speaks_for)):
        must_be_division(code)

    async def add() -> Credential:
        async with open_database(settings) as database:
            await _must_know(database, settings, connector)
            accounts = Accounts(database, await master_key(database, settings))
            tenant = await accounts.ensure_tenant(
                name, title, SANDBOX if sandbox else division, uscc, license_no=license_no, speaks_for=speaks_for
            )
            if tenant.is_sandbox is not sandbox:
                raise UserError(
                    f"{name} 已是{'沙箱' if tenant.is_sandbox else '正式'}对接方，请换一个名称 / "
                    f"{name} is {'of the sandbox' if tenant.is_sandbox else 'no sandbox'} already: choose another name"
                )
            if sandbox:  # it may have been begun anew
                tenant = await accounts.newest(name) or tenant
            issued = await accounts.issue(tenant, wanted, connector, expires_at=expires_at)
            for kind, material in proofs.items():
                await accounts.add_proof(issued.id, kind, material)
            return issued

    credential = with_database(settings, add)
    console = Console(soft_wrap=True, highlight=False)
    console.print(f"对接方 partner: [b]{name}[/b] ({title}), {wanted.value}")
    console.print(f"数据目录 home:   {settings.home}（演示的在其 demo 子目录 the demo's is its demo/）")
    console.print(f"api key:        {credential.id}")
    console.print(f"secret:         {credential.secret}   （仅显示一次 shown once）")
    console.print(f"到期 expires:    {_shown(expires_at) or '吊销为止 when revoked'}")
    console.print(f"Authorization:  Bearer {credential.bearer}")


async def _must_know(database: Database, settings: Settings, connector: str | None) -> None:
    """Raises UserError for a connector that is not in service."""
    if connector is None:
        return
    known = LiveConnectors(database, settings.mappings, settings.home / "connectors")
    await known.refresh()
    if connector not in known:
        raise UserError(f"没有名为 {connector} 的对接配置 / no connector {connector!r}, see yizhan connector list")


def list_credentials(settings: Settings, partner: str | None) -> None:
    """Every credential, or those of one partner: until when it is good and when it was last used."""

    async def run() -> list[ListedCredential]:
        async with open_accounts(settings) as accounts:
            tenant = None if partner is None else await accounts.named(partner)
            if partner is not None and tenant is None:
                raise UserError(f"没有对接方 {partner} / no partner {partner}")
            return await accounts.listed(EVERYTHING, tenant)

    table = Table(
        "api key",
        "对接方 partner",
        "角色 role",
        "对接配置 connector",
        "到期 expires",
        "最近使用 last used",
        "吊销 revoked",
    )
    for row in with_database(settings, run):
        moments = map(_shown, (row.expires_at, row.last_used_at, row.revoked_at))
        table.add_row(row.id, row.partner, row.role.value, row.connector or "", *moments)
    Console(soft_wrap=True).print(table)


def _end_of(expires: str) -> datetime | None:
    """The moment at which a credential ends: as given, or the end of a day in China. Raises UserError."""
    if not expires:
        return None
    try:
        moment = datetime.fromisoformat(expires)
    except ValueError:
        raise UserError(f"{expires!r} 不是日期或时间 / not a day or a moment: 2027-06-30") from None
    if len(expires) <= len("2027-06-30"):
        moment += timedelta(days=1)
    return moment if moment.tzinfo else moment.replace(tzinfo=CHINA)


def _shown(moment: datetime | None) -> str:
    return "" if moment is None else f"{moment.astimezone(CHINA):%Y-%m-%d %H:%M}"


def must_be_division(code: str) -> None:
    """Raises UserError for what is no division of GB/T 2260, nor the whole country."""
    if code != "000000" and code not in codelist("divisions"):
        raise UserError(f"{code} 不是 GB/T 2260 行政区划代码 / not a GB/T 2260 division code")


def _proofs(ssh_key: Path | None, certificate: Path | None, sm2_key: Path | None) -> dict[ProofKind, bytes]:
    """The public keys in these files, as they are compared later. Raises UserError."""
    found: dict[ProofKind, bytes] = {}
    try:
        if ssh_key is not None:
            found[ProofKind.SSH] = _wire_form(ssh_key.read_bytes())
        if certificate is not None:
            parsed = load_pem_x509_certificate(certificate.read_bytes())
            found[ProofKind.X509] = parsed.public_bytes(Encoding.DER)
        if sm2_key is not None:
            found[ProofKind.SM2] = Sm2PublicKey.from_pem(sm2_key.read_text(encoding="ascii")).point
    except ValueError as error:
        raise UserError(f"公钥或证书无法读取 / the key or certificate cannot be read: {error}") from None
    return found


def _wire_form(public_key: bytes) -> bytes:
    """A public key as SSH sends it, from a file of OpenSSH or PuTTY (RFC 4716). Raises ValueError."""
    import asyncssh  # costs more than all other commands need

    return asyncssh.import_public_key(public_key.removeprefix(b"\xef\xbb\xbf")).public_data


def revoke(settings: Settings, api_key: str) -> None:
    async def run() -> bool:
        async with open_accounts(settings) as accounts:
            return await accounts.revoke(api_key)

    if not with_database(settings, run):
        raise UserError(f"没有有效的凭证 {api_key} / no live credential {api_key}")


def rotate(settings: Settings, purpose: str, algorithm: str) -> str:
    """The new key's kid. Running processes sign with it within seconds."""
    wanted, with_algorithm = _choice(Purpose, purpose), _choice(Algorithm, algorithm)

    async def run() -> bytes:
        async with _keyring(settings) as keyring:
            return await keyring.rotate(wanted, with_algorithm)

    return with_database(settings, run).hex()


_UNTIL_ALL_KNOW = timedelta(seconds=15)
"""Running processes read the keys every ten seconds; what they sign till then is honest."""


def withdraw(settings: Settings, kid: str, since: str) -> str:
    """The kid of the key that signs in its place, or what is known when it signed no longer."""
    try:
        moment = read_moment(since) if since else Clock.now() + _UNTIL_ALL_KNOW
        wanted = bytes.fromhex(kid)
    except ValueError as error:
        raise UserError(f"密钥编号或时间无法识别 / not a kid or a moment: {error}") from None

    async def run() -> bytes | None:
        async with _keyring(settings) as keyring:
            return await keyring.withdraw(wanted, moment)

    try:
        key = with_database(settings, run)
    except KeyError:
        raise UserError(f"没有密钥 {kid} / no key {kid}") from None
    return "已停用 withdrawn" if key is None else key.hex()


def list_keys(settings: Settings) -> None:
    async def run() -> list[dict[str, str]]:
        async with _keyring(settings) as keyring:
            return await keyring.listing()

    table = Table("kid", "purpose", "algorithm", "created", "retired", "withdrawn")
    for row in with_database(settings, run):
        table.add_row(*row.values())
    Console().print(table)


@asynccontextmanager
async def open_accounts(settings: Settings) -> AsyncIterator[Accounts]:
    async with open_database(settings) as database:
        yield Accounts(database, await master_key(database, settings))


@asynccontextmanager
async def _keyring(settings: Settings) -> AsyncIterator[Keyring]:
    async with open_database(settings) as database:
        master = await master_key(database, settings)
        keyring = Keyring(database, master, settings.public_url)
        await keyring.open()
        yield keyring


@asynccontextmanager
async def open_database(settings: Settings) -> AsyncIterator[Database]:
    logins = settings.database
    assert logins.url is not None  # noqa: S101 - set by with_database
    database = Database(logins.url, 2, reader_url=logins.reader_url, public_url=logins.public_url)
    try:
        yield database
    finally:
        await database.close()


def with_database(settings: Settings, work: Callable[[], Coroutine[Any, Any, T]]) -> T:
    with database_of(settings) as url:
        settings.database.url = url
        return asyncio.run(work())


def _choice(kinds: type[Choice], value: str) -> Choice:
    try:
        return kinds(value)
    except ValueError:
        raise UserError(f"{value!r}: 应为 / must be {' | '.join(kinds)}") from None
