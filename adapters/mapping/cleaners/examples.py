"""What every cleaner takes and what it refuses, by example: the reference page shows them, and a test runs them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Examples:
    """`takes` gives the canonical value of what is written, `refuses` the code of the finding."""

    takes: Mapping[Any, Any]
    refuses: Mapping[Any, str]


EXAMPLES: Mapping[str, Examples] = {
    "nfkc": Examples({"ＡＢ－１２": "AB-12"}, {}),
    "trim": Examples({" 示例　": "示例"}, {"a\0b": "MAP-004"}),
    "squeeze": Examples({"ZHANG   SAN": "ZHANG SAN"}, {}),
    "upper": Examples({"e12345678": "E12345678"}, {}),
    "code": Examples({"A 001": "A001"}, {"a/b": "MAP-053"}),
    "cn_date": Examples(
        {
            "2026-12-04": "2026-12-04",
            "2026/12/4": "2026-12-04",
            "20261204": "2026-12-04",
            "2026年12月4日（周五）": "2026-12-04",
            "二〇二六年十二月四日": "2026-12-04",
            "2026-12-04T00:00:00": "2026-12-04",
            "2026-11-30T16:00:00.000Z": "2026-12-01",
            "2026-12-03+08:00": "2026-12-03",
            46360: "2026-12-04",
        },
        {
            "2026/12/4 改 2026/12/5": "MAP-010",
            "2026-12-04 至 2026-12-09": "MAP-010",
            "2026-12-01 foo": "MAP-010",
            "2026-12-01T99:99:99": "MAP-010",
            "2026-12-03-05:00": "MAP-010",
            "2026-02-30": "MAP-011",
            "2026年12月4日（周六）": "MAP-011",
            3: "MAP-012",
        },
    ),
    "cn_date(mdy)": Examples(
        {"12/4/2026": "2026-12-04", "12.04.2026": "2026-12-04", "2026-12-04": "2026-12-04"},
        {"13/4/2026": "MAP-011", "12/4/26": "MAP-010"},
    ),
    "cn_date(dmy)": Examples(
        {"4/12/2026": "2026-12-04", "2026年12月4日": "2026-12-04"},
        {"4/13/2026": "MAP-011", "4/12": "MAP-010"},
    ),
    "cn_time": Examples(
        {"8:30": "08:30", "8时30分": "08:30", "8点": "08:00", "2026-11-30T16:30:00Z": "00:30"},
        {"25:00": "MAP-013", "08:30:99": "MAP-013", "上午": "MAP-013"},
    ),
    "cn_datetime": Examples(
        {
            "2026-11-02 09:30:00": "2026-11-02T09:30:00",
            "2026-11-02T01:30:00Z": "2026-11-02T09:30:00",
            "20261102093000": "2026-11-02T09:30:00",
            "/Date(1793583000000+0800)/": "2026-11-02T09:30:00",
            1793583000000: "2026-11-02T09:30:00",
        },
        {"2026-11-02 25:00:00": "MAP-014", "昨天": "MAP-010"},
    ),
    "cn_amount": Examples(
        {
            "¥12,800.5": "12800.50",
            "1.28万元": "12800.00",
            "1980": "1980.00",
            1980.0: "1980.00",
            "壹仟玖佰元整": "1900.00",
            "人民币叁万零贰佰元伍分": "30200.05",
        },
        {"一万": "MAP-020", "1,28": "MAP-020", "0.001": "MAP-023", "壹佰仟元": "MAP-020", "壹仟零零伍元": "MAP-020"},
    ),
    "percent": Examples({"30%": "30", "5‰": "0.5"}, {"三成": "MAP-022"}),
    "share": Examples({"0.3": "30", "30%": "30"}, {"三成": "MAP-022"}),
    "count": Examples({"3人": 3, 3.0: 3}, {2.5: "MAP-021", "三人": "MAP-021"}),
    "person_name": Examples({"张 三": "张三", "买买提•吐尔逊": "买买提·吐尔逊"}, {"张三1": "MAP-032"}),
    "pinyin": Examples({"ZHANG/SAN": "ZHANG SAN", "lü": "LYU"}, {"张三": "MAP-033"}),
    "sex": Examples({"男": "1", "F": "2"}, {"未知": "MAP-034"}),
    "cn_mobile": Examples({"+86 138-0013-8000": "13800138000"}, {"12345678901": "MAP-030"}),
    "phone": Examples({"010-1234 5678": "010-12345678"}, {"无此号": "MAP-031"}),
    "document_no": Examples(
        {"11010519491231002x": "11010519491231002X", '="00123"': "00123"},
        {"1.10105E+17": "MAP-040", 12345678.0: "MAP-041", "身份证": "MAP-042"},
    ),
    "license_no": Examples({"l-bj-cj 00144": "L-BJ-CJ00144"}, {"京A00144": "MAP-043"}),
    "uscc": Examples({"91350100m000100y43": "91350100M000100Y43"}, {"9135": "MAP-044"}),
    "yes_no": Examples({"是": True, "N": False}, {"也许": "MAP-050"}),
    "country": Examples({"中国": "CN", "THA": "TH"}, {"亚特兰蒂斯": "MAP-052"}),
    "division": Examples({"110105": "110105", "110105001000": "110105"}, {"朝阳区": "MAP-051"}),
}
