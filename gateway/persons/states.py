"""The life of an account of a person."""

from __future__ import annotations

from enum import StrEnum

from gateway.base.states import Machine, Move
from schemas.findings import Text


class PersonState(StrEnum):
    INVITED = "invited"
    """There is an account, and nobody has set its password yet."""
    ACTIVE = "active"
    SUSPENDED = "suspended"
    CLOSED = "closed"
    """For good: what the person did stays under its name."""


_INVITED, _ACTIVE, _SUSPENDED, _CLOSED = PersonState
PERSONS = Machine(
    "person",
    Text("人员账号", "Account of a person"),
    PersonState,
    [
        Move(None, _INVITED, Text("受邀开通", "invited")),
        Move(_INVITED, _ACTIVE, Text("本人设置密码", "the person sets a password")),
        Move(_INVITED, _CLOSED, Text("撤回邀请", "the invitation is withdrawn")),
        Move(_ACTIVE, _SUSPENDED, Text("停用", "suspended")),
        Move(_SUSPENDED, _ACTIVE, Text("恢复", "resumed")),
        Move(_ACTIVE, _CLOSED, Text("注销", "closed")),
        Move(_SUSPENDED, _CLOSED, Text("注销", "closed")),
    ],
)
STATE_TITLES = {
    _INVITED: Text("待激活", "Invited"),
    _ACTIVE: Text("正常", "Active"),
    _SUSPENDED: Text("已停用", "Suspended"),
    _CLOSED: Text("已注销", "Closed"),
}
