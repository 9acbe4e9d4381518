"""Pushes contracts and rosters to a Yizhan gateway: signed, retried safely, receipts and webhooks verified.

with Client("https://gateway.example", key_id, secret) as client:
    answer = client.push("contract", record, key="ERP-2026-000123-1")
    print(answer.records[0].code)
"""

from yizhan_client.answers import Answer, Changes, RecordFate, Upload
from yizhan_client.client import AsyncClient, Client
from yizhan_client.errors import (
    Conflict,
    NotDone,
    NotVerified,
    PositionUnknown,
    Refused,
    Rejected,
    Unreachable,
    YizhanError,
)
from yizhan_client.inbox import Inbox
from yizhan_client.receipts import verify_receipt
from yizhan_client.retrying import Retrying
from yizhan_client.webhooks import verify_webhook

__all__ = [
    "Answer",
    "AsyncClient",
    "Changes",
    "Client",
    "Conflict",
    "Inbox",
    "NotDone",
    "NotVerified",
    "PositionUnknown",
    "RecordFate",
    "Refused",
    "Rejected",
    "Retrying",
    "Unreachable",
    "Upload",
    "YizhanError",
    "verify_receipt",
    "verify_webhook",
]
