"""What the label cells of a printed form say, and what they leave empty."""

from __future__ import annotations

from typing import Any

import pytest

from adapters.formats import labels

NAMES = ("团队编号", "年份", "编号", "组团社名称", "许可证号", "授权人签字", "线路", "联络人", "联络电话", "男")


@pytest.mark.parametrize(
    ("cells", "found"),
    [
        (["授权人签字：", "", "组团社盖章"], {}),
        (["授权人签字：", "组团社盖章：", ""], {}),
        (["授权人签字：    组团社盖章：    旅游行政管理部门审验章："], {}),
        (["授权人签字：吴示例  组团社盖章：（章）"], {"授权人签字": "吴示例"}),
        (["组团社名称", "", "地址", "北京市朝阳区示例路 1 号"], {}),
        (["组团社名称", "", "接待社联系人", "钱示例"], {}),
        (["组团社名称", "北京示例国际旅行社有限公司", "地址", "北京市"], {"组团社名称": "北京示例国际旅行社有限公司"}),
        (["组团社名称", "集合地点：首都机场"], {}),
        (["线路", "", "出境日期：2026-12-04"], {}),
        (["线路", "", "泰国六日游", "备注", "x"], {"线路": "泰国六日游"}),
        (["线路", "罗湖口岸一日游"], {"线路": "罗湖口岸一日游"}),
        (
            ["组团社名称：X公司（许可证号：L-BJ-CJ00144）"],
            {"组团社名称": "X公司", "许可证号": "L-BJ-CJ00144"},
        ),
        (["组团社名称：X旅行社（北京）有限公司"], {"组团社名称": "X旅行社（北京）有限公司"}),
        (["组团社名称：X公司（传真：010-1）"], {"组团社名称": "X公司"}),
        (["联络人：钱示例，联络电话：010-1；男：2"], {"联络人": "钱示例", "联络电话": "010-1", "男": "2"}),
        (["年份：2017  编号：", 7.0], {"年份": "2017", "编号": 7.0}),
        (["年份：2017  打印时间：9:30"], {"年份": "2017"}),
        (["线路：北京 上海  备 注：无"], {"线路": "北京 上海"}),
        (["线路：曼谷（不含：签证费）"], {"线路": "曼谷（不含：签证费）"}),
        (["线路：北京 9:30 出发"], {"线路": "北京 9:30 出发"}),
    ],
)  # fmt: skip
def test_a_value_ends_where_a_label_begins(cells: list[Any], found: dict[str, Any]) -> None:
    values: dict[str, Any] = {}
    labels.collect(1, cells, NAMES, values, places={})
    assert values == found


def test_an_empty_label_leaves_the_answer_to_a_later_one() -> None:
    values: dict[str, Any] = {}
    places: dict[str, tuple[int, int]] = {}
    labels.collect(2, ["授权人签字：   日期：", ""], NAMES, values, places=places)
    labels.collect(9, ["授权人签字：吴示例"], NAMES, values, places=places)
    assert (values, places) == ({"授权人签字": "吴示例"}, {"授权人签字": (9, 0)})
