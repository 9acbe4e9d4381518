"""The four partners of the demo, each with a system of its own, some dirt and some bad records.

Documents come from the golden examples of the partner folders; people are synthetic.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from schemas.samples import resident_id

_PUSHES = 60
_BAD_EVERY = 12


@dataclass(frozen=True, slots=True)
class Document:
    """One request of a partner. `content_type` is what its system says, not always what it is."""

    name: str
    body: bytes
    content_type: str


@dataclass(frozen=True, slots=True)
class DemoPartner:
    """Who it is, how its system connects, and what it sends."""

    id: str
    title: str
    uscc: str
    division: str
    connector: str
    how: str
    documents: Callable[[Path], Iterator[Document]]


@dataclass(frozen=True, slots=True)
class Played:
    """What one partner sent and was answered: (document, status, answer)."""

    partner: DemoPartner
    answers: list[tuple[str, int, dict[str, Any]]]


def _pushed_contracts(folder: Path) -> Iterator[Document]:
    """An ERP that pushes one contract a request: .NET dates, nulls, full-width digits; some documents broken."""
    template = json.loads((folder / "examples" / "clean.json").read_text(encoding="utf-8"))
    for index in range(1, _PUSHES + 1):
        contract = _contract(template, index)
        if index % _BAD_EVERY == 0:
            _spoil(contract, index // _BAD_EVERY)
        yield Document(contract["ERPContractId"], json.dumps(contract, ensure_ascii=False).encode(), "application/json")


def _contract(template: dict[str, Any], index: int) -> dict[str, Any]:
    contract = deepcopy(template)
    contract["ERPContractId"] = f"LVY-DEMO-{index:04d}"
    contract["cost"]["totalCost"] = 9800.5 + index
    for row, tourist in enumerate(contract["touristsInfo"]["tourists"]):
        number = resident_id(1000 + index * 3 + row)
        tourist["ID"]["IDNumber"] = number.lower()
        tourist["gender"] = "1" if int(number[16]) % 2 else "2"
        tourist["age"] = 2017 - int(number[6:10]) - (number[10:14] > "0804")
    return contract


def _spoil(contract: dict[str, Any], variant: int) -> None:
    """One mistake a contract, a different one each time, all of kinds that really arrive."""
    document = contract["touristsInfo"]["tourists"][0]["ID"]
    match variant % 5:
        case 0:
            document["IDNumber"] = 1.10105194912e17
        case 1:
            document["IDNumber"] = document["IDNumber"][:-1] + ("0" if document["IDNumber"][-1] != "0" else "1")
        case 2:
            contract["itinerary"]["startDate"] = "2017-02-30T00:00:00"
        case 3:
            contract["cost"]["totalCost"] = "面议"
        case _:
            contract["itinerary"]["endDate"] = "2017-08-01T00:00:00"


def _files(*names: tuple[str, str]) -> Callable[[Path], Iterator[Document]]:
    def documents(folder: Path) -> Iterator[Document]:
        for name, content_type in names:
            yield Document(name, (folder / "examples" / name).read_bytes(), content_type)

    return documents


_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

PARTNERS = (
    DemoPartner(
        "lvyun", "北京示例国际旅行社有限公司", "91350100M000100Y43", "110105", "lvy",
        "ERP 逐份推送合同 JSON / ERP pushing contracts", _pushed_contracts,
    ),
    DemoPartner(
        "shanhai", "山海国际旅行社（示例）", "91110105MA00ABCD4R", "110105", "shanhai",
        "Excel 导入名单表 / roster form as .xlsx", _files(("form.xlsx", _XLSX), ("mangled.xlsx", _XLSX)),
    ),
    DemoPartner(
        "laoqiao", "上海示例旅行社有限公司", "91110105MA00ABCD4R", "310115", "laoqiao",
        "旧系统导出 GBK CSV / legacy ERP, GBK CSV", _files(("export.csv", "text/csv"), ("ragged.csv", "text/csv")),
    ),
    DemoPartner(
        "huaxia", "华夏旅游集团（示例）", "91350100M000100Y43", "110105", "huaxia",
        "中文标签 XML / XML with Chinese elements",
        _files(("contracts.xml", "application/xml"), ("doctype.xml", "application/xml")),
    ),
)  # fmt: skip
