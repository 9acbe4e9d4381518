"""What an inspection may find, in words. The codes are stable."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from schemas.findings import Text


class FlawCode(StrEnum):
    ALTERED_ROW = "LOG-001"
    REMOVED_ROW = "LOG-002"
    ADDED_ROW = "LOG-003"
    TRUNCATED = "LOG-004"
    MISSING_LEAF = "LOG-005"
    REWRITTEN = "LOG-006"
    BAD_TILE = "LOG-007"
    BAD_CHECKPOINT = "LOG-008"
    FORK = "LOG-009"
    BAD_SAVED = "LOG-010"


TITLES: Mapping[FlawCode, Text] = {
    FlawCode.ALTERED_ROW: Text("记录内容被改动，与存证不符", "A row was altered: it is not what the log attests"),
    FlawCode.REMOVED_ROW: Text("记录被删除，存证仍在", "A row was removed: the log attests it"),
    FlawCode.ADDED_ROW: Text("记录未经存证，可能为事后插入", "A row was added that the log does not attest"),
    FlawCode.TRUNCATED: Text("日志末尾被截断", "The tail of the log was cut off"),
    FlawCode.MISSING_LEAF: Text("日志中缺少条目", "A leaf is missing in the log"),
    FlawCode.REWRITTEN: Text(
        "历史被改写：日志内容与签名的检查点不符", "History was rewritten: the log has not the root that was signed"
    ),
    FlawCode.BAD_TILE: Text("日志数据块与条目不符", "A tile of the log does not agree with its entries"),
    FlawCode.BAD_CHECKPOINT: Text("没有有效签名的检查点", "There is no checkpoint with a good signature"),
    FlawCode.FORK: Text(
        "日志出现分叉：两个检查点互相矛盾", "The log has forked: two checkpoints contradict each other"
    ),
    FlawCode.BAD_SAVED: Text("留存的检查点签名无效", "The saved checkpoint is not signed by this log"),
}


@dataclass(frozen=True, slots=True)
class Flaw:
    """One thing that is wrong, and where."""

    code: FlawCode
    where: str

    @property
    def text(self) -> Text:
        title = TITLES[self.code]
        return Text(f"{self.code} {title.zh}：{self.where}", f"{self.code} {title.en}: {self.where}")
