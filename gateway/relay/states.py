"""The lives of a delivery and of the target that it goes to."""

from __future__ import annotations

from enum import StrEnum

from gateway.base.states import Machine, Move
from schemas.findings import Text


class DeliveryState(StrEnum):
    WAITING = "waiting"
    DELIVERED = "delivered"
    DISPUTED = "disputed"
    """The other side holds another version: it is settled, and a person decides the conflict."""
    DEAD = "dead"


class TargetState(StrEnum):
    ACTIVE = "active"
    PAUSED = "paused"
    GONE = "gone"


_WAITING, _DELIVERED = DeliveryState.WAITING, DeliveryState.DELIVERED
_DISPUTED, _DEAD = DeliveryState.DISPUTED, DeliveryState.DEAD
DELIVERIES = Machine(
    "delivery",
    Text("投递", "Delivery"),
    DeliveryState,
    [
        Move(None, _WAITING, Text("出现投递目标订阅的变更", "a change that a target wants")),
        Move(_WAITING, _WAITING, Text("投递失败，稍后重试", "an attempt failed and another follows")),
        Move(_WAITING, _DELIVERED, Text("接收方已接收，或已无须告知", "it was taken, or need not be said any more")),
        Move(_WAITING, _DISPUTED, Text("门户持有另一版本，由人工核定版本冲突", "the portal holds another version")),
        Move(_WAITING, _DEAD, Text("重试用尽，或无法投递", "the attempts are used up, or none would help")),
        Move(_DEAD, _WAITING, Text("重新投递", "it is sent again")),
        Move(_DELIVERED, _WAITING, Text("全部重新投递", "everything is sent again")),
        Move(_DISPUTED, _WAITING, Text("全部重新投递", "everything is sent again")),
    ],
)
_ACTIVE, _PAUSED, _GONE = TargetState.ACTIVE, TargetState.PAUSED, TargetState.GONE
TARGETS = Machine(
    "target",
    Text("投递目标", "Target"),
    TargetState,
    [
        Move(None, _ACTIVE, Text("添加", "it is added")),
        Move(_ACTIVE, _ACTIVE, Text("恢复并重置熔断", "it is resumed: its circuit closes")),
        Move(_ACTIVE, _PAUSED, Text("暂停，或接收方答复 410", "it is paused, or has answered 410")),
        Move(_PAUSED, _ACTIVE, Text("恢复", "it is resumed")),
        Move(_PAUSED, _PAUSED, Text("再次暂停", "it is paused once more")),
        Move(_ACTIVE, _GONE, Text("移除", "it is removed")),
        Move(_PAUSED, _GONE, Text("移除", "it is removed")),
    ],
)

UNDER_WAY = DELIVERIES.before(_DELIVERED, _DISPUTED, _DEAD)
"""Where a delivery stands of which an attempt tells how it went."""
