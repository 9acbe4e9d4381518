"""What is wrong with a partner folder is said in Chinese and in English, and neither stands in the other."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from adapters.check import check_connector
from gateway.cli.onboarding import check_folders
from tests.unit.adapters.test_partners import ROOT
from tests.unit.adapters.test_source_check import change
from tests.unit.test_texts import english_in

FOREIGN = re.compile(r"laoqiao(\.contract@\d)?|contract\.(v1|yaml)|connector\.yaml|\w+\.csv|export\.\S+")


@pytest.mark.parametrize(
    ("file", "before", "after", "zh", "en"),
    [
        (
            "connector.yaml",
            "channel: upload",
            "channel: upload\nchanel: upload",
            "没有键“chanel”；是否应为“channel”？",
            "did you mean",
        ),
        ("connector.yaml", "partner: 老桥软件（示例）", "partner: TODO", "待填写对接方全称", "TODO partner"),
        ("connector.yaml", "channel: upload", "channel: pigeon", "校验器报告“", "is not one of"),
        ("connector.yaml", "channel: upload", "channel: upload\nchannel: upload", "键“channel”重复", "appears twice"),
        ("connector.yaml", "contract: contract.yaml", "roster: contract.yaml", "映射的是“contract”", "not roster"),
        ("connector.yaml", "contract: contract.yaml", "contract: gone.yaml", "无法读取，系统报告“", "cannot be read"),
        ("contract.yaml", "{from: 线路}", "{from: 线路, via: [trimm]}", "没有名为“trimm”的清洗函数", "no cleaner"),
        ("contract.yaml", "{from: 线路}", "{from: 路线}", "没有示例含有“路线”", "no golden example has '路线'"),
        ("contract.yaml", "{from: 人数, via: [count]}", "{from: 人数}", "应为“integer”", "is integer"),
        (
            "contract.yaml",
            "  total_price:          {from: 总价, via: [cn_amount]}\n",
            "",
            "必填项“/total_price”",
            "required",
        ),
        (
            "contract.yaml",
            "lookup: document_types.csv",
            "lookup: gone.csv",
            "对照表 gone.csv：系统报告“",
            "lookup gone",
        ),
        ("contract.yaml", "{from: 线路}", "{from: 线路, times: ten}", "不是大于零的小数", "no decimal number"),
        ("contract.yaml", "key: [business_no]", "key: [number]", "主键“number”不在字段中", "not among the fields"),
        ("contract.yaml", "route_name:", "nonsense:", "没有字段“/nonsense”", "has no field /nonsense"),
        ("document_types.csv", "from,to", "a,b", "须有“from”“to”两列", "needs the columns"),
    ],
)
def test_each_finding_is_said_in_both_languages(
    tmp_path: Path, file: str, before: str, after: str, zh: str, en: str
) -> None:
    folder = Path(shutil.copytree(ROOT / "laoqiao", tmp_path / "laoqiao"))
    change(folder / file, before, after)
    found = check_connector(folder)
    assert any(zh in each.zh and en in each.en for each in found), found
    assert [word for each in found for word in english_in(FOREIGN.sub(" ", each.zh))] == []


def test_the_terminal_shows_one_under_the_other(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = Path(shutil.copytree(ROOT / "laoqiao", tmp_path / "laoqiao"))
    change(folder / "connector.yaml", "partner: 老桥软件（示例）", "partner: TODO")
    assert check_folders([folder], None) == 1
    shown = [line.strip() for line in capsys.readouterr().out.splitlines() if "laoqiao" in line]
    assert shown == [
        "✗ laoqiao",
        "laoqiao：“TODO”待填写对接方全称（connector.yaml）",
        "laoqiao: TODO partner (connector.yaml)",
    ]
