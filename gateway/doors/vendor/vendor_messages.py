"""The messages of the regional e-contract vendor's SOAP service.

The names of the operations and the JSON text inside `return` are known from a public client; its WSDL is not public, so
namespace and argument names are synthetic. A partner folder holds the WSDL as a pinned file that says just this.
"""

from __future__ import annotations

from schemas.findings import Text
from schemas.loading import Schema
from schemas.projections.soap_messages import many, obj, value
from schemas.projections.wsdl import Operation, Service

NAMESPACE = "https://schemas.yizhan.example/soap/econtract"
RETURN = "return"

_TOKEN = value("令牌，由 authentication 取得", "Token from authentication")
_NO = value("合同号，即报文中的 no", "Number of the contract, `no` in its document")


def _operation(name: str, zh: str, en: str, **arguments: Schema) -> Operation:
    answer = value(
        'JSON 文本：{"result":"success|fail","errors":[],"contract":{}}',
        "A JSON text: result, errors, contract",
    )
    return Operation(name, Text(zh, en), obj(zh, en, arguments), obj("答复", "Answer", {RETURN: answer}))


_REFUSAL = obj(
    "报文无法处理",
    "The message cannot be handled",
    {
        "code": value("问题代码", "Problem code", examples=["REQUEST-001"]),
        "title": value("标题", "Title in Chinese"),
        "title_en": value("英文标题", "Title in English"),
        "detail": value("详情", "Detail in Chinese"),
        "detail_en": value("英文详情", "Detail in English"),
        "trace_id": value("追踪编号", "Trace id"),
        "xsd_errors": many(
            obj(
                "不符合 XSD 之处",
                "Where the message departs from the XSD",
                {"locator": value("XPath", "XPath"), "reason": value("原因", "Reason")},
                **{"x-type": "SchemaError"},
            )
        ),
    },
    optional="trace_id xsd_errors",
)

ECONTRACT = Service(
    name="EContract",
    title=Text(
        "区域电子合同服务（示例协议，非任何厂商的正式接口）",
        "A regional e-contract service; synthetic, not any vendor's official interface",
    ),
    namespace=NAMESPACE,
    operations=(
        _operation(
            "authentication",
            "取令牌",
            "Get a token",
            code=value("凭证编号", "Credential id"),
            password=value("密钥的 MD5（32 位十六进制）", "MD5 of the secret in hexadecimal"),
        ),
        _operation(
            "submitContract",
            "报送合同",
            "Submit a contract",
            token=_TOKEN,
            contract=value("合同 JSON 文本", "The contract as a JSON text"),
        ),
        _operation(
            "uploadContract",
            "上传合同文件",
            "Upload the document of a contract",
            token=_TOKEN,
            no=_NO,
            document=value("PDF 文件", "The PDF", contentEncoding="base64", contentMediaType="application/pdf"),
        ),
        _operation(
            "submitStatus",
            "报送状态",
            "Submit the state of a contract",
            token=_TOKEN,
            no=_NO,
            status=value("状态：1 已生成，2 已签署，3 已作废", "State: 1 generated, 2 signed, 3 void"),
        ),
        _operation("cancelContract", "作废合同", "Cancel a contract", token=_TOKEN, no=_NO),
        _operation(
            "complementInsurance",
            "补录保险",
            "Complement the insurance",
            token=_TOKEN,
            no=_NO,
            contract=value("合同 JSON 文本，只含保险", "The contract's JSON text with its insurance alone"),
        ),
        _operation(
            "complementGuest",
            "补录游客",
            "Complement the guests",
            token=_TOKEN,
            no=_NO,
            contract=value("合同 JSON 文本，只含游客与人数", "The contract's JSON text with guests and qty alone"),
        ),
        _operation("submitSign", "报送签署", "Submit that a contract is signed", token=_TOKEN, no=_NO),
        _operation(
            "getContractBaseInfo", "查询合同基本信息", "The base information of a contract", token=_TOKEN, no=_NO
        ),
    ),
    refusals={"Refusal": _REFUSAL},
)
