"""What the partners send: made from the golden examples of the partner folders, with dirt and bad records."""

from __future__ import annotations

import json
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from schemas.samples import resident_id

_PUSHES = 60
_BAD_EVERY = 12
_HEADINGS = (
    "合同号,合同类型,旅行社,许可证号,团号,线路,出发日期,返回日期,人数,总价,"
    "序号,姓名,性别,签约人,证件类型,证件号码,手机,备注"
)


@dataclass(frozen=True, slots=True)
class Document:
    """One request of a partner. `content_type` is what its system says, not always what it is."""

    name: str
    body: bytes
    content_type: str


def example(folder: Path, name: str, content_type: str) -> Document:
    """A golden example of a partner folder, as it is."""
    return Document(name, (folder / "examples" / name).read_bytes(), content_type)


def pushed_contracts(folder: Path) -> Iterator[Document]:
    """An ERP that pushes one contract a request: .NET dates, nulls, full-width digits; some documents broken."""
    for index in range(1, _PUSHES + 1):
        contract = lvy_contract(folder, index, f"LVY-DEMO-{index:04d}")
        if index % _BAD_EVERY == 0:
            _spoil(contract, index // _BAD_EVERY)
        yield Document(contract["ERPContractId"], json.dumps(contract, ensure_ascii=False).encode(), "application/json")


def lvy_contract(folder: Path, index: int, number: str) -> dict[str, Any]:
    """A good contract as the ERP of partner folder lvy writes it; another index, other people."""
    contract = deepcopy(json.loads((folder / "examples" / "clean.json").read_text(encoding="utf-8")))
    contract["ERPContractId"] = number
    contract["cost"]["totalCost"] = 9800.5 + index
    for row, tourist in enumerate(contract["touristsInfo"]["tourists"]):
        identity = resident_id(1000 + index * 3 + row)
        tourist["ID"]["IDNumber"] = identity.lower()
        tourist["gender"] = "1" if int(identity[16]) % 2 else "2"
        tourist["age"] = 2017 - int(identity[6:10]) - (identity[10:14] > "0804")
    return contract


def laoqiao_export(prefix: str, contracts: int, bad_every: int) -> bytes:
    """The old system's GB18030 CSV, one traveller a contract; now and then a number that a spreadsheet has spoilt."""
    rows = (_laoqiao_row(prefix, index, index % bad_every == 0) for index in range(1, contracts + 1))
    return "".join(f"{line}\r\n" for line in ("上海老桥合同导出", "", _HEADINGS, *rows)).encode("gb18030")


def _laoqiao_row(prefix: str, index: int, bad: bool) -> str:
    identity = resident_id(50_000 + index)
    sex = "男" if int(identity[16]) % 2 else "女"
    shown = "1.10105E+17" if bad else identity
    return (
        f"{prefix}-{index:05d},国内,上海示例旅行社有限公司,L-SH-00321,SH-{index % 50:02d},黄山三日游,"
        f'2017/8/4,2017/8/6,1,"￥{7000 + index % 1000:,}.00",1,欧阳样本,{sex},是,身份证,{shown},139{index:08d},'
    )


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
