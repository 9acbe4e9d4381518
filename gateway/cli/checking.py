"""`yizhan verify`: is this QR, code or receipt genuine? With the service, or offline with saved keys."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import httpx
from rich.console import Console

from gateway.base.errors import UserError
from gateway.contracts.revocations import is_revoked
from gateway.trust import qr, receipts
from gateway.trust.signing import PublicKey, Purpose

_IMAGES = {".png", ".jpg", ".jpeg", ".gif", ".bmp", ".tif", ".tiff", ".webp"}
_console = Console(highlight=False)


def verify_offline(argument: str, keys: Path, revocations: Path | None) -> int:
    """0 genuine, 1 not genuine or void, 2 cannot tell."""
    text = _text_of(argument)
    try:
        jwks = json.loads(keys.read_text(encoding="utf-8"))["keys"]
        by_purpose = {purpose: _keys(jwks, purpose) for purpose in Purpose}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UserError(f"无法读取密钥集 {keys}：{error} / cannot read the key set") from None
    if text.count(".") == 2 and "/" not in text:
        return _receipt(text, by_purpose[Purpose.RECEIPT])
    try:
        statement = qr.verify(qr.as_printed(text), by_purpose[Purpose.QR])
    except qr.NotAStatement as error:
        _console.print(f"[red]✗ 未通过核验 not genuine[/red]: {error}")
        return 1
    if revocations is not None:
        try:
            bundle = revocations.read_text(encoding="ascii")
            void = is_revoked(statement.code, bundle, by_purpose[Purpose.RECEIPT])
        except (OSError, ValueError) as error:
            raise UserError(f"无法使用撤销清单：{error} / cannot use the revocation bundle") from None
        if void:
            _console.print(f"[red]✗ 合同已作废 the contract is void[/red]: {statement.code}")
            return 1
    _console.print(
        "[green]✓ 二维码真实有效 the QR is genuine[/green]"
        + ("" if revocations else "（未查撤销清单 state not checked）")
    )
    for label, value in _facts(statement):
        _console.print(f"  {label}: {value}")
    return 0


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
    try:
        claims = receipts.verify(text, keys)
    except receipts.NotAReceipt as error:
        _console.print(f"[red]✗ 回执无效 not a genuine receipt[/red]: {error}")
        return 1
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
