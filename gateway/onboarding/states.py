"""The life of a version of a partner folder."""

from __future__ import annotations

from enum import StrEnum

from gateway.base.states import Machine, Move
from schemas.findings import Text


class VersionState(StrEnum):
    DRAFT = "draft"
    STAGED = "staged"
    """It passes every check, and waits to be brought into service."""
    LIVE = "live"
    RETIRED = "retired"


_DRAFT, _STAGED, _LIVE, _RETIRED = VersionState
VERSIONS = Machine(
    "connector version",
    Text("对接配置版本", "Connector version"),
    VersionState,
    [
        Move(None, _DRAFT, Text("保存", "it is saved")),
        Move(None, _LIVE, Text("安装时已在用", "it was in service as installed")),
        Move(_DRAFT, _STAGED, Text("检查通过", "it passes the check")),
        Move(_DRAFT, _RETIRED, Text("放弃", "it is given up")),
        Move(_STAGED, _LIVE, Text("上线", "it is brought into service")),
        Move(_STAGED, _RETIRED, Text("放弃", "it is given up")),
        Move(_LIVE, _RETIRED, Text("另一版本上线，或停用", "another takes its place, or it is taken out of service")),
        Move(_RETIRED, _LIVE, Text("回退", "it is rolled back to")),
    ],
)
