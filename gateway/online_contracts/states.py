"""The life of a contract that is made here, and of an invitation to sign it."""

from __future__ import annotations

from enum import StrEnum

from gateway.base.states import Machine, Move
from schemas.findings import Text


class OnlineState(StrEnum):
    DRAFT = "draft"
    CONCLUDED = "concluded"
    """It has its code; those who sign it have yet to."""
    SIGNED = "signed"
    CANCELLED = "cancelled"
    DISCARDED = "discarded"


_DRAFT, _CONCLUDED, _SIGNED, _CANCELLED, _DISCARDED = OnlineState
ONLINE_CONTRACTS = Machine(
    "online contract",
    Text("在线合同", "Online contract"),
    OnlineState,
    [
        Move(None, _DRAFT, Text("旅行社选用模板开始填写", "the agency begins it from a template")),
        Move(_DRAFT, _CONCLUDED, Text("通过校验，取得编码", "it passes and gets its code")),
        Move(_DRAFT, _DISCARDED, Text("旅行社删除草稿", "the agency discards it")),
        Move(_CONCLUDED, _SIGNED, Text("各签约人均已签署", "everybody has signed")),
        Move(_CONCLUDED, _DRAFT, Text("旅行社修改后重新签署", "the agency changes it, to be signed again")),
        Move(_SIGNED, _DRAFT, Text("旅行社发起变更，重新签署", "the agency amends it, to be signed again")),
        Move(_CONCLUDED, _CANCELLED, Text("旅行社在签署前取消", "the agency cancels it before it is signed")),
        Move(_SIGNED, _CANCELLED, Text("双方确认解除", "both sides confirm that it ends")),
    ],
)


class SigningState(StrEnum):
    INVITED = "invited"
    DONE = "done"
    DECLINED = "declined"
    REPLACED = "replaced"
    """Another invitation has taken its place, or the contract was changed."""


_INVITED, _DONE, _DECLINED, _REPLACED = SigningState
SIGNINGS = Machine(
    "signing",
    Text("签署邀请", "Invitation to sign"),
    SigningState,
    [
        Move(None, _INVITED, Text("旅行社发出邀请", "the agency invites")),
        Move(_INVITED, _DONE, Text("签约人签署或确认", "the signer signs or confirms")),
        Move(_INVITED, _DECLINED, Text("签约人拒绝", "the signer declines")),
        Move(_INVITED, _REPLACED, Text("重新邀请，或合同有变更", "invited anew, or the contract was changed")),
        Move(_DONE, _REPLACED, Text("合同有变更", "the contract was changed")),
    ],
)


class Purpose(StrEnum):
    """What a signer is asked for: to sign a contract, or to confirm that it ends."""

    SIGN = "sign"
    CANCEL = "cancel"
