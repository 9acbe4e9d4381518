"""`yizhan verify`: is this QR, code or receipt genuine? With the service, or offline with saved keys."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from pathlib import Path

import httpx
from rich.console import Console

from gateway.base.clock import CHINA, Clock
from gateway.base.errors import UserError
from gateway.contracts.revocations import Bundle
from gateway.trust import qr, receipts
from gateway.trust.keyring import AS_OF
from gateway.trust.signing import PublicKey, Purpose

_IMAGES = {".png", ".jpg", ".jpeg", ".gif", ".bmp", ".tif", ".tiff", ".webp"}
CANNOT_TELL = 3
"""The exit status when the saved keys do not suffice: not that of a forgery."""
_console = Console(highlight=False)


def verify_offline(argument: str, keys: Path, revocations: Path | None) -> int:
    """0 genuine, 1 not genuine or void, 2 what was given cannot be read, 3 cannot tell with what is saved."""
    text = _text_of(argument)
    try:
        jwks = json.loads(keys.read_text(encoding="utf-8"))
        by_purpose = {purpose: _keys(jwks["keys"], purpose) for purpose in Purpose}
        _print_age("密钥集 keys", datetime.fromisoformat(jwks[AS_OF]) if AS_OF in jwks else None)
        bundle = None
        if revocations is not None:
            bundle = Bundle.read(revocations.read_text(encoding="ascii"), by_purpose[Purpose.RECEIPT])
            by_purpose = {purpose: bundle.narrowed(known) for purpose, known in by_purpose.items()}
            _print_age("撤销清单 revocations", bundle.made_at)
        if text.count(".") == 2 and "/" not in text:
            return _receipt(text, by_purpose[Purpose.RECEIPT])
        return _statement(text, by_purpose[Purpose.QR], bundle, by_purpose[Purpose.TEST])
    except (qr.UnknownKey, receipts.UnknownKey) as error:
        advice = "签名密钥不在保存的密钥集中，请重新获取密钥集和撤销清单后再验 fetch the keys and revocations anew"
        return _cannot_tell(f"{advice}: {error}")
    except (qr.WithdrawnKey, receipts.WithdrawnKey) as error:
        return _cannot_tell(f"签名密钥已停用，请联机核验 its key was withdrawn, ask the service: {error}")
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UserError(f"无法读取密钥集或撤销清单：{error} / cannot read the keys or the revocations") from None


def _statement(
    text: str, keys: Mapping[bytes, PublicKey], bundle: Bundle | None, tests: Mapping[bytes, PublicKey]
) -> int:
    """Raises UnknownKey and WithdrawnKey."""
    with suppress(qr.NotAStatement):
        qr.verify(qr.as_printed(text), tests)
        _console.print("[red]✗ 测试二维码，不对应任何真实合同 a test QR, of no real contract[/red]")
        return 1
    try:
        statement = qr.verify(qr.as_printed(text), keys)
    except (qr.UnknownKey, qr.WithdrawnKey):
        raise
    except qr.NotAStatement as error:
        _console.print(f"[red]✗ 未通过核验 not genuine[/red]: {error}")
        return 1
    if bundle is not None and bundle.revokes(statement.code):
        _console.print(f"[red]✗ 合同已作废 the contract is void[/red]: {statement.code}")
        return 1
    unchecked = "（未查撤销清单 state not checked）" if bundle is None else ""
    _console.print(f"[green]✓ 二维码真实有效 the QR is genuine[/green]{unchecked}")
    for label, value in _facts(statement):
        _console.print(f"  {label}: {value}")
    return 0


def _cannot_tell(why: str) -> int:
    _console.print(f"[yellow]? 无法判定 cannot tell[/yellow]: {why}")
    return CANNOT_TELL


def _print_age(what: str, made_at: datetime | None) -> None:
    """How old something saved is: what has happened since it does not know."""
    if made_at is None:
        _console.print(f"  {what}: 未注明时间 of unknown age")
        return
    hours = max(0, int((Clock.now() - made_at).total_seconds() // 3600))
    age = f"{hours // 24} 天前 days ago" if hours >= 48 else f"{hours} 小时前 hours ago"
    _console.print(f"  {what}: {made_at.astimezone(CHINA):%Y-%m-%d %H:%M}（{age}）")


def verify_online(argument: str, url: str) -> int:
    """0 valid, 1 not valid, 2 the service cannot be asked."""
    text = _text_of(argument)
    if text.count(".") == 2 and "/" not in text:
        raise UserError("核验回执请加 --offline jwks.json / a receipt is verified with --offline jwks.json")
    try:
        answer = httpx.post(f"{url}/v1/verify", json={"text": text}, timeout=20, trust_env=False)
    except httpx.HTTPError as error:
        raise UserError(f"无法连接 {url}：{error} / cannot reach the service") from None
    document = answer.json()
    if answer.status_code != 200:
        _console.print(f"[red]✗ {document['title']} {document['title_en']}[/red]: {document['detail']}")
        return 1
    style = "green" if document["verdict"] == "valid" else "red"
    _console.print(f"[{style}]{document['verdict']}[/{style}]")
    for label, value in document["contract"].items():
        _console.print(f"  {label}: {value}")
    return 0 if document["verdict"] == "valid" else 1


def _text_of(argument: str) -> str:
    """The argument itself, or what the file of that name holds: text, or a QR in an image."""
    path = Path(argument)
    if len(argument) > 255 or not path.is_file():
        if path.suffix.lower() in {*_IMAGES, ".pdf", ".txt", ".jws"} and "://" not in argument:
            raise UserError(f"没有文件 {argument} / no such file")
        return argument.strip()
    if path.suffix.lower() not in _IMAGES:
        try:
            return path.read_text(encoding="utf-8").strip()
        except UnicodeDecodeError:
            raise UserError(
                f"{argument} 不是文本或图片；PDF 请先截取二维码图片，或拖到核验页比对 / neither text nor an image; "
                "save the QR of a PDF as an image, or drop the PDF onto the verify page"
            ) from None
    from PIL import Image

    from gateway.trust.qr_image import texts_in

    with Image.open(path) as image:
        found = texts_in(image)
    if len(found) != 1:
        raise UserError(f"图片中识读到 {len(found)} 个二维码 / {len(found)} QR codes found in the image")
    return found[0]


def _keys(jwks: list[dict[str, str]], purpose: Purpose) -> Mapping[bytes, PublicKey]:
    keys = [PublicKey.from_jwk(jwk) for jwk in jwks if jwk.get("yizhan:purpose") == purpose.value]
    return {key.kid: key for key in keys}


def _receipt(text: str, keys: Mapping[bytes, PublicKey]) -> int:
    """Raises UnknownKey and WithdrawnKey."""
    try:
        claims = receipts.verify(text, keys)
    except (receipts.UnknownKey, receipts.WithdrawnKey):
        raise
    except receipts.NotAReceipt as error:
        _console.print(f"[red]✗ 回执无效 not a genuine receipt[/red]: {error}")
        return 1
    if claims.get("test"):
        _console.print("[yellow]沙箱的测试回执 a receipt of the sandbox, which acknowledges nothing real[/yellow]")
    _console.print("[green]✓ 回执真实有效 the receipt is genuine[/green]")
    _console.print_json(data=claims)
    return 0


def _facts(statement: qr.QrStatement) -> list[tuple[str, object]]:
    return [
        ("合同编码 code", statement.code),
        ("旅行社 agency", statement.agency_uscc),
        ("合同类型 type", statement.contract_type),
        ("出发 departs", statement.depart_on),
        ("返回 returns", statement.return_on),
        ("人数 headcount", statement.headcount),
        ("签发 issued", statement.issued_at.isoformat()),
        ("内容摘要 content", statement.content_hash.hex()),
    ]
