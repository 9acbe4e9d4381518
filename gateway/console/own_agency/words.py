"""What the pages of an agency's own desk say. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from gateway.wording.languages import ZH, word
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
_MOST_NAMED = 8


def shown_missing(titles: Sequence[Text], language: str) -> dict[str, Any]:
    """How many fields are not filled in, the first of them by name."""
    first = [word(title, language) for title in titles[:_MOST_NAMED]]
    named = "、".join(first) if language == ZH else ", ".join(first)
    return {"count": len(titles), "first": f"{named}…" if len(titles) > _MOST_NAMED else named}
