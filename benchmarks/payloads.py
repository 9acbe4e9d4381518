"""Contracts and requests: never the same contract twice in a run, the same contracts for everybody measured."""

from __future__ import annotations

import json
import secrets
import time
from base64 import b64encode
from collections.abc import Iterator
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from functools import cache
from hashlib import sha1
from itertools import count
from pathlib import Path
from typing import Any

import orjson
from lxml import etree

from adapters.formats.canonical_xml import element_of
from adapters.transports.soap import Version
from adapters.transports.wss import PASSWORD_DIGEST, WSSE, WSU
from gateway.access.signatures import SignedRequest, Stamp, signature
from gateway.base.settings import Settings
from schemas import samples
from schemas.projections.yizhan_service import YIZHAN

_numbers = count(1)
_SURNAMES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华"
_GIVEN = "示例样本测试演模拟安宁海山云林江河晓明文武春秋冬夏月星辰光"


def contracts(amount: int) -> list[bytes]:
    """Canonical contracts of three travellers, as JSON, that nobody has had before."""
    return [orjson.dumps(samples.contract(next(_numbers))) for _ in range(amount)]


def erp_contracts(amount: int) -> list[bytes]:
    """The same in the shape of the ERP whose mapping is `lvy`: nested, .NET dates, nulls, prices as numbers."""
    return [orjson.dumps(_erp_contract(next(_numbers))) for _ in range(amount)]


def pushes(bodies: list[bytes], path: str, bearer: str) -> list[bytes]:
    """One HTTP request for each body, with an idempotency key of its own."""
    return [
        _post(path, bearer, body, "application/json", f"Idempotency-Key: k-{next(_numbers)}\r\n") for body in bodies
    ]


def signed_pushes(bodies: list[bytes], path: str, bearer: str) -> list[bytes]:
    """The same with signed requests: a nonce each, to be used within minutes."""
    return [_signed(path, bearer, body) for body in bodies]


def soap_calls(bodies: list[bytes], bearer: str) -> list[bytes]:
    """One SubmitContracts call for each contract, with a username token of its own, to be used within minutes."""
    return [_soap_call(bearer, orjson.loads(body)) for body in bodies]


def batches(bodies: list[bytes], path: str, bearer: str, size: int) -> list[bytes]:
    """NDJSON requests of `size` contracts."""
    return [
        _post(path, bearer, b"\n".join(bodies[at : at + size]), "application/x-ndjson")
        for at in range(0, len(bodies), size)
    ]


def gets(paths: list[str]) -> list[bytes]:
    return [f"GET {path} HTTP/1.1\r\nHost: bench\r\nAccept: */*\r\n\r\n".encode() for path in paths]


def traveller_rows(contracts_wanted: int) -> Iterator[list[str]]:
    """A legacy export, heading first: three rows a contract, one a traveller."""
    yield [
        *("合同号", "合同类型", "旅行社", "许可证号", "团号", "线路", "出发日期", "返回日期", "人数", "总价"),
        *("序号", "姓名", "性别", "签约人", "证件类型", "证件号码", "手机", "备注"),
    ]
    for _ in range(contracts_wanted):
        index = next(_numbers)
        depart_on = samples.DEPARTURE + timedelta(days=index % 200)
        trip = [
            *(f"LQ{index:08d}", "国内", "上海示例旅行社有限公司", "L-SH-00321", f"T{index // 10:06d}", "桂林四日游"),
            *(f"{depart_on:%Y/%m/%d}", f"{depart_on + timedelta(days=3):%Y/%m/%d}", "3", f"{4000 + index % 5000}.00"),
        ]
        for row in range(3):
            number = samples.resident_id(index * 3 + row)
            sex, signs = "男" if int(number[16]) % 2 else "女", "是" if row == 0 else "否"
            yield [*trip, str(row + 1), _name(index * 3 + row), sex, signs, "身份证", number, _mobile(index + row), ""]


def _post(path: str, bearer: str, body: bytes, content_type: str, more: str = "") -> bytes:
    return _request(path, body, content_type, f"Authorization: Bearer {bearer}\r\n{more}")


def _request(path: str, body: bytes, content_type: str, headers: str) -> bytes:
    head = (
        f"POST {path} HTTP/1.1\r\nHost: bench\r\n{headers}"
        f"Content-Type: {content_type}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def _signed(path: str, bearer: str, body: bytes) -> bytes:
    key_id, _, secret = bearer.partition(".")
    timestamp, nonce = str(int(time.time())), secrets.token_hex(8)
    stamp, key = Stamp(timestamp=timestamp, nonce=nonce), f"k-{next(_numbers)}"
    covered = (key.encode(), b"", b"application/json", b"")
    made = signature(secret.encode(), SignedRequest(method="POST", target=path, body=body, covered=covered), stamp)
    proof = f"Credential={key_id}, Timestamp={timestamp}, Nonce={nonce}, Signature={made}"
    headers = f"Authorization: {stamp.scheme} {proof}\r\nIdempotency-Key: {key}\r\n"
    return _request(path, body, "application/json", headers)


def _soap_call(bearer: str, contract: dict[str, Any]) -> bytes:
    key_id, _, secret = bearer.partition(".")
    request = {"idempotencyKey": f"k-{next(_numbers)}", "contract": [contract]}
    schema = next(each.request for each in YIZHAN.operations if each.name == "SubmitContracts")
    operation = etree.tostring(element_of("SubmitContracts", request, schema), encoding="unicode")
    nonce, created = secrets.token_bytes(16), f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
    digest = sha1(nonce + created.encode() + secret.encode(), usedforsecurity=False).digest()
    message = (
        f'<soap:Envelope xmlns:soap="{Version.SOAP11.namespace}" xmlns:wsse="{WSSE}" xmlns:wsu="{WSU}"><soap:Header>'
        f"<wsse:Security><wsse:UsernameToken><wsse:Username>{key_id}</wsse:Username>"
        f'<wsse:Password Type="{PASSWORD_DIGEST}">{b64encode(digest).decode()}</wsse:Password>'
        f"<wsse:Nonce>{b64encode(nonce).decode()}</wsse:Nonce><wsu:Created>{created}</wsu:Created>"
        f"</wsse:UsernameToken></wsse:Security></soap:Header><soap:Body>{operation}</soap:Body></soap:Envelope>"
    )
    return _request("/soap", message.encode(), Version.SOAP11.content_type, "")


def _erp_contract(index: int) -> dict[str, Any]:
    contract = deepcopy(_golden())
    depart_on = samples.DEPARTURE + timedelta(days=index % 200)
    contract["ERPContractId"] = f"LVY-2017-{index:08d}"
    contract["itinerary"] |= {
        "groupId": f"SY-{depart_on:%Y%m%d}-{index % 100:02d}",
        "startDate": f"{depart_on}T00:00:00",
        "endDate": f"{depart_on + timedelta(days=4)}T00:00:00",
    }
    contract["cost"]["totalCost"] = 6000.5 + index % 5000
    for row, tourist in enumerate(contract["touristsInfo"]["tourists"]):
        number = samples.resident_id(index * 3 + row)
        birthday = f"{depart_on:%m%d}"
        tourist |= {
            "name": _name(index * 3 + row),
            "gender": "1" if int(number[16]) % 2 else "2",
            "age": depart_on.year - int(number[6:10]) - (birthday < number[10:14]),
            "phone": _mobile(index * 3 + row),
        }
        tourist["ID"]["IDNumber"] = number
    return contract


@cache
def _golden() -> dict[str, Any]:
    file: Path = Settings().mappings / "lvy" / "examples" / "clean.json"
    return json.loads(file.read_text(encoding="utf-8"))


def _name(index: int) -> str:
    given, rest = divmod(index, len(_SURNAMES))
    return _SURNAMES[rest] + _GIVEN[given % len(_GIVEN)] + _GIVEN[given // len(_GIVEN) % len(_GIVEN)]


def _mobile(index: int) -> str:
    return f"139{index % 10**8:08d}"
