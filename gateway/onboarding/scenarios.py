"""What a partner's system shows before it is connected: scenarios by channel, judged from what has arrived. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from gateway.onboarding.rows import EvidenceRow
from schemas.findings import Text

LARGE_BATCH = 10
LEAST_FIELDS = 0.5
"""Of the fields of a kind's record itself, those that a system must have shown that it can send."""


class Scenario(StrEnum):
    ORDINARY = "ordinary"
    EVERY_FIELD = "every_field"
    BAD_ROWS = "bad_rows"
    RETRY = "retry"
    LOST_REPLY = "lost_reply"
    AMENDMENT = "amendment"
    VOID = "void"
    BATCH = "batch"
    DOCUMENT = "document"
    LARGE_FILE = "large_file"
    KEY_ROTATION = "key_rotation"
    UNKNOWN_KEY = "unknown_key"
    WEBHOOK = "webhook"
    WEBHOOK_TWICE = "webhook_twice"
    WEBHOOK_ORDER = "webhook_order"


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What has arrived of one kind by one channel, and in the space of the partner altogether."""

    row: EvidenceRow
    fields_seen: float
    lost_replies: int
    refused_keys: int
    repeated_deliveries: int
    overtaken_deliveries: int


TITLES: Mapping[Scenario, Text] = {
    Scenario.ORDINARY: Text("报送一条合格记录", "Send a record that passes"),
    Scenario.EVERY_FIELD: Text("用到该种类半数以上的字段", "Use at least half of the fields of the kind"),
    Scenario.BAD_ROWS: Text("报送一条不合格记录，此后报送通过", "Have a record rejected, then send one that passes"),
    Scenario.RETRY: Text("重复发送同一请求并得到原答复", "Send a request again and get the original answer"),
    Scenario.LOST_REPLY: Text("在答复丢失后重试（故障 lost_reply）", "Try again after a lost reply (fault lost_reply)"),
    Scenario.AMENDMENT: Text("变更一条记录", "Amend a record"),
    Scenario.VOID: Text("作废一份合同", "Void a contract"),
    Scenario.BATCH: Text("一次报送十条以上", "Send ten records or more at once"),
    Scenario.DOCUMENT: Text("上传带二维码的合同终稿", "Register a final document with its QR"),
    Scenario.LARGE_FILE: Text("以分块上传报送大文件", "Hand over a large document by upload"),
    Scenario.KEY_ROTATION: Text("更换凭证后停用旧凭证", "Use a new credential, and have the old one revoked"),
    Scenario.UNKNOWN_KEY: Text(
        "凭证被拒后恢复报送（故障 expired_key）", "Go on after a refused credential (fault expired_key)"
    ),
    Scenario.WEBHOOK: Text("接收一次推送", "Take a delivery of a webhook"),
    Scenario.WEBHOOK_TWICE: Text(
        "接收重复的推送（故障 duplicate_webhook）", "Take a delivery twice (fault duplicate_webhook)"
    ),
    Scenario.WEBHOOK_ORDER: Text(
        "接收次序颠倒的推送（故障 out_of_order_webhook）", "Take deliveries out of order (fault out_of_order_webhook)"
    ),
}
_JUDGES: Mapping[Scenario, Callable[[Evidence], bool]] = {
    Scenario.ORDINARY: lambda seen: seen.row.accepted > 0,
    Scenario.EVERY_FIELD: lambda seen: seen.fields_seen >= LEAST_FIELDS,
    Scenario.BAD_ROWS: lambda seen: seen.row.corrected,
    Scenario.RETRY: lambda seen: seen.row.replays > 0,
    Scenario.LOST_REPLY: lambda seen: seen.lost_replies > 0 and seen.row.replays > 0,
    Scenario.AMENDMENT: lambda seen: seen.row.amended > 0,
    Scenario.VOID: lambda seen: seen.row.void > 0,
    Scenario.BATCH: lambda seen: seen.row.largest >= LARGE_BATCH,
    Scenario.DOCUMENT: lambda seen: seen.row.documents > 0,
    Scenario.LARGE_FILE: lambda seen: seen.row.large_files > 0,
    Scenario.KEY_ROTATION: lambda seen: seen.row.rotated,
    Scenario.UNKNOWN_KEY: lambda seen: seen.refused_keys > 0 and seen.row.accepted > 0,
    Scenario.WEBHOOK: lambda seen: seen.row.delivered > 0,
    Scenario.WEBHOOK_TWICE: lambda seen: seen.repeated_deliveries > 0 and seen.row.delivered > 0,
    Scenario.WEBHOOK_ORDER: lambda seen: seen.overtaken_deliveries > 0 and seen.row.delivered > 1,
}
_ANY = (Scenario.ORDINARY, Scenario.EVERY_FIELD, Scenario.BAD_ROWS, Scenario.AMENDMENT, Scenario.BATCH, Scenario.RETRY)
_BY_CHANNEL: Mapping[str, tuple[Scenario, ...]] = {
    "rest": (
        *_ANY, Scenario.LOST_REPLY, Scenario.LARGE_FILE, Scenario.KEY_ROTATION, Scenario.UNKNOWN_KEY, Scenario.WEBHOOK,
        Scenario.WEBHOOK_TWICE, Scenario.WEBHOOK_ORDER,
    ),
    "soap": (*_ANY, Scenario.KEY_ROTATION),
    "sftp": _ANY,
}  # fmt: skip
_OF_CONTRACTS = (Scenario.VOID, Scenario.DOCUMENT)
CHANNELS = tuple(_BY_CHANNEL)


def scenarios_of(channel: str, kind: str) -> tuple[Scenario, ...]:
    """What is asked of a system that sends a kind by a channel. Raises KeyError for another channel."""
    found = _BY_CHANNEL[channel]
    return (*found, *_OF_CONTRACTS) if kind == "contract" and channel != "sftp" else found


def judged(channel: str, kind: str, evidence: Evidence) -> dict[Scenario, bool]:
    """Which of the scenarios have been seen."""
    return {scenario: _JUDGES[scenario](evidence) for scenario in scenarios_of(channel, kind)}
