"""What intake may find about a document as a whole, whoever reads it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from schemas.findings import Text, error, warning

TOO_MANY = error(
    "INTAKE-104",
    "文件中的记录超过 {limit} 条",
    "The document holds more than {limit} records",
    "请拆分为多个文件，或用 POST /v1/uploads 交后台处理。",
    "Split it, or hand it over to be worked on in the background (POST /v1/uploads).",
)
NO_RECORDS = error(
    "INTAKE-114",
    "文件中没有任何记录",
    "The document holds no record",
    "请核对：文件可能只有表头，或记录不在约定的位置。",
    "Check it: it may hold only headings, or its records in another place than agreed.",
)
PERSONAL_KEY = warning(
    "INTAKE-115",
    "业务编号是证件号码或手机号码",
    "The number of this record is that of a document or a phone",
    "业务编号会出现在列表、回执、推送和日志中，请改用本单位系统的流水号。",
    "It is shown in lists, receipts, deliveries and logs: use a number of your own system.",
)
PARKED = error(
    "INTAKE-105",
    "该记录多次处理失败，已单独隔离，不影响其他记录",
    "The record could not be processed and is parked; its neighbours are not affected",
    "原文已保存；技术支持排除故障后可重放该记录，无需重新提交。",
    "What you sent is kept; it can be replayed once support has removed the cause, there is no need to send it again.",
)
DOCUMENT = Text("文件", "Document")


def is_too_many(answer: Mapping[str, Any]) -> bool:
    """Whether a document was refused at once for what it may hold later: more records than a push may."""
    return any(found["code"] == TOO_MANY.code for record in answer.get("records", ()) for found in record["findings"])
