"""What the pages of an agency's own desk say. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from schemas.findings import Text

BASE = "/agency"
TITLES: Mapping[str, Text] = {
    "agency": Text("完善企业信息", "Complete your agency's facts"),
    "branch": Text("登记分社", "Enter a branch"),
    "outlet": Text("登记服务网点", "Enter a service outlet"),
    "leader": Text("备案领队", "File a tour leader"),
}
NO_FILE = Text("请选择承诺书（PDF）", "Choose the pledge, a PDF")
CHANGED = Text("您查看之后已有变更，请重新查看", "It has changed since you looked: look again")
