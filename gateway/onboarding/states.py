"""The lives of a version of a partner folder, and of the registration of a system."""

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
    """It was in service, and may be again."""
    GIVEN_UP = "given_up"


_DRAFT, _STAGED, _LIVE, _RETIRED, _GIVEN_UP = VersionState
VERSIONS = Machine(
    "connector version",
    Text("对接配置版本", "Connector version"),
    VersionState,
    [
        Move(None, _DRAFT, Text("保存", "it is saved")),
        Move(None, _LIVE, Text("安装时已在用", "it was in service as installed")),
        Move(_DRAFT, _STAGED, Text("检查通过", "it passes the check")),
        Move(_DRAFT, _GIVEN_UP, Text("放弃", "it is given up")),
        Move(_STAGED, _LIVE, Text("上线", "it is brought into service")),
        Move(_STAGED, _GIVEN_UP, Text("放弃", "it is given up")),
        Move(_LIVE, _RETIRED, Text("另一版本上线，或停用", "another takes its place, or it is taken out of service")),
        Move(_RETIRED, _LIVE, Text("回退", "it is rolled back to")),
    ],
)


class RegistrationState(StrEnum):
    APPLIED = "applied"
    SANDBOX = "sandbox"
    """It may try everything out."""
    CONFORMANCE = "conformance"
    """It shows that it does what is asked of it."""
    LIVE = "live"
    REJECTED = "rejected"


_APPLIED, _SANDBOX, _CONFORMANCE, _IN_SERVICE, _REJECTED = RegistrationState
REGISTRATIONS = Machine(
    "registration",
    Text("系统登记", "Registration of a system"),
    RegistrationState,
    [
        Move(None, _APPLIED, Text("填报", "the form is filled in")),
        Move(_APPLIED, _SANDBOX, Text("受理，开通沙箱", "it is accepted, and may use the sandbox")),
        Move(_SANDBOX, _CONFORMANCE, Text("开始联调验证", "it begins to show what it does")),
        Move(_CONFORMANCE, _SANDBOX, Text("退回沙箱调试", "it goes back to try things out")),
        Move(_CONFORMANCE, _IN_SERVICE, Text("验证通过，正式接入", "it has passed, and is connected")),
        Move(_APPLIED, _REJECTED, Text("不予受理", "it is not accepted")),
        Move(_SANDBOX, _REJECTED, Text("终止接入", "it is given up")),
        Move(_CONFORMANCE, _REJECTED, Text("终止接入", "it is given up")),
    ],
)
