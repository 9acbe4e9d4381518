"""The SOAP service of the gateway: its operations, each with its messages."""

from __future__ import annotations

from schemas.findings import Text
from schemas.loading import Schema, declared, load
from schemas.projections.namespaces import SERVICE
from schemas.projections.soap_messages import (
    ANSWER,
    FACTS,
    RECORD,
    REFUSAL,
    SUBMITTED,
    body_of,
    many,
    obj,
    value,
)
from schemas.projections.wsdl import Operation, Service

MOST_LOOKUPS = 1000


def _submit(name: str, kind_id: str) -> Operation:
    body = body_of(kind_id)
    words = Text(body["title"], body["title:en"])
    request = {
        "idempotencyKey": value("幂等键，重试时原样重发", "Repeat it with a retry", minLength=1, maxLength=200),
        "atomic": value("全部成功才保存", "Store all or nothing", "boolean"),
        "amend": value("按变更处理", "Amend what is stored", "boolean"),
        kind_id.partition(".")[0]: many(body, minItems=1),
    }
    zh, en = f"报送{words.zh}，一次一条或多条", f"Submit one or many: {words.en}"
    return Operation(
        name,
        Text(zh, en),
        obj(zh, en, request, optional="idempotencyKey atomic amend"),
        obj("答复", "Answer", ANSWER, optional="submission_id records notes receipt original_receipt dry_run"),
    )


def _key(kind_id: str) -> str:
    return declared(kind_id, "x-key")[0]


def _numbers(kind_id: str) -> Schema:
    """Many business numbers of a kind, under the words of its own field."""
    field = load(kind_id)["properties"][_key(kind_id)]
    return many(value(field["title"], field["title:en"]), maxItems=MOST_LOOKUPS)


YIZHAN = Service(
    name="Yizhan",
    title=Text("驿站数据交换网关", "Yizhan data-exchange gateway"),
    namespace=SERVICE,
    operations=(
        *(_submit(name, kind_id) for name, kind_id in SUBMITTED.items()),
        Operation(
            "UploadDocument",
            Text("上传合同的最终 PDF 文件（base64 或 MTOM）", "Upload the final PDF of a contract, as base64 or MTOM"),
            obj(
                "上传合同文件",
                "Upload the document of a contract",
                {
                    "code": value("合同编码", "Contract code"),
                    "document": value(
                        "PDF 文件", "The PDF", contentEncoding="base64", contentMediaType="application/pdf"
                    ),
                },
            ),
            obj(
                "已存的文件",
                "The stored document",
                {
                    "code": value("合同编码", "Contract code"),
                    "sha256": value("文件摘要", "SHA-256 of the file"),
                    "size_bytes": value("字节数", "Bytes", "integer"),
                    "pages": value("页数", "Pages", "integer"),
                    "code_printed": value("文字中是否印有编码", "Whether its text shows the code", "boolean"),
                },
            ),
        ),
        Operation(
            "GetReceipt",
            Text("取回一次提交的回执与原答复", "The receipt and the original answer of a submission"),
            obj("取回执", "Get a receipt", {"submission_id": value("提交编号", "Submission id")}),
            obj(
                "原答复",
                "The original answer",
                ANSWER,
                optional="kind mapping received_at raw_sha256 counts records notes original_receipt dry_run",
            ),
        ),
        Operation(
            "LookUp",
            Text("查询已存的记录", "Look up what is stored"),
            obj(
                "查询，至少一个条件",
                "Look up; give at least one criterion",
                {
                    "kind": value("种类", "Kind", enum=[name.partition(".")[0] for name in SUBMITTED.values()]),
                    "code": many(value("合同编码", "Contract codes"), maxItems=MOST_LOOKUPS),
                    **{_key(kind_id): _numbers(kind_id) for kind_id in SUBMITTED.values()},
                    "content_sha256": many(value("内容摘要", "Content hashes"), maxItems=MOST_LOOKUPS),
                },
                optional=" ".join(("code", *map(_key, SUBMITTED.values()), "content_sha256")),
            ),
            obj("查到的记录", "What was found", {"records": many(RECORD)}),
        ),
        Operation(
            "VerifyContract",
            Text("核验合同编码或二维码，无需凭证", "Verify a contract code or QR; needs no credential"),
            obj("核验", "Verify", {"text": value("合同编码或二维码内容", "A code or a whole QR text", minLength=1)}),
            obj(
                "核验结果",
                "Verdict",
                {
                    "verdict": value("结论", "Verdict", enum=["valid", "void", "superseded", "test"]),
                    "checked_at": value("核验时间", "Checked at", format="date-time"),
                    "contract": FACTS,
                },
            ),
        ),
    ),
    refusals={"Refusal": REFUSAL},
)
