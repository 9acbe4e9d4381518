"""The catalogue of refusals: RFC 9457 problem documents with stable codes, the same by every channel.

Findings speak of a record's data; a refusal speaks of a request. Titles are fixed, details name the occasion.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from schemas.findings import Text

CONTENT_TYPE = "application/problem+json"


@dataclass(frozen=True, slots=True)
class ProblemType:
    """One kind of refusal: its stable code, HTTP status and what to do about it."""

    code: str
    status: int
    title: Text
    advice: Text


class Refused(Exception):
    """A request that is not carried out. `headers` go with the answer (Retry-After, WWW-Authenticate ...)."""

    def __init__(
        self,
        problem: ProblemType,
        detail: Text | None = None,
        *,
        headers: dict[str, str] | None = None,
        **members: Any,
    ) -> None:
        super().__init__(f"{problem.code}: {(detail or problem.advice).en}")
        self.problem = problem
        self.detail = detail
        self.headers = headers or {}
        self.members = members

    @property
    def text(self) -> Text:
        """Code and detail, as a person is told them."""
        words = self.detail or self.problem.advice
        return Text(f"{self.problem.code}：{words.zh}", f"{self.problem.code}: {words.en}")

    @property
    def is_temporary(self) -> bool:
        """Whether the cause is on our side: the same request may be carried out later."""
        return self.problem.status >= 500

    def as_dict(self) -> dict[str, Any]:
        return document(self.problem, self.detail, **self.members)


def document(problem: ProblemType, detail: Text | None = None, **members: Any) -> dict[str, Any]:
    """The problem document: Chinese in the standard members, English beside it."""
    words = detail or problem.advice
    return {
        "type": f"/problems/{problem.code}",
        "title": problem.title.zh,
        "title_en": problem.title.en,
        "status": problem.status,
        "code": problem.code,
        "detail": words.zh,
        "detail_en": words.en,
        "advice": problem.advice.zh,
        "advice_en": problem.advice.en,
        **members,
    }


def _row(code: str, status: int, zh: str, en: str, advice_zh: str, advice_en: str) -> ProblemType:  # noqa: PLR0917 - a line of a table
    return ProblemType(code, status, Text(zh, en), Text(advice_zh, advice_en))


BAD_REQUEST = _row(
    "REQUEST-001",
    400,
    "请求参数有误",
    "Malformed request",
    "请按接口文档检查参数的名称与取值。",
    "Check names and values of the parameters against the API reference.",
)
TOO_LARGE = _row(
    "REQUEST-002",
    413,
    "请求体过大",
    "Request body too large",
    "请拆分为多个请求，或用 POST /v1/uploads 分块上传；合同终稿请用 PUT /v1/contracts/{code}/document 上传。",
    "Split it into several requests, or upload it in parts with POST /v1/uploads; a final contract document goes to "
    "PUT /v1/contracts/{code}/document.",
)
NOT_FOUND = _row(
    "REQUEST-003",
    404,
    "未找到",
    "Not found",
    "请核对编号；对无权查看的记录，同样答复“未找到”。",
    "Check the identifier; what you may not see is also answered as not found.",
)
POSITION_UNKNOWN = _row(
    "CHANGES-001",
    410,
    "该位置不在变更流中",
    "The feed does not know this position",
    "数据可能已恢复到较早的时刻：请从 resume_after 继续，并核对此后曾收到的变更；恢复后的位置不与恢复前的重复。",
    "The data may have been restored to an earlier moment: go on from resume_after, and check what you were told of "
    "after it; positions given since the restore are never those of before.",
)
UNFIT_CONNECTOR = _row(
    "CONNECTOR-001",
    422,
    "对接配置未通过检查",
    "The partner folder does not pass its check",
    "请按所列问题逐项修改后重新提交；可先运行 yizhan connector check。",
    "Mend what `problems` lists and submit it again; yizhan connector check says the same.",
)
VERSION_STATE = _row(
    "CONNECTOR-002",
    409,
    "版本的状态不允许该操作",
    "The version is not in a state for that",
    "请先查询该对接配置的各个版本（GET /v1/connectors/{id}/versions）。",
    "Look at the versions of the connector first (GET /v1/connectors/{id}/versions).",
)
SECOND_PERSON_NEEDED = _row(
    "CONNECTOR-003",
    403,
    "上线须由另一人执行",
    "A second person brings it into service",
    "提交检查与上线不能使用同一凭证，请由另一名操作人员上线。",
    "Who has staged a version does not bring it into service: ask another operator.",
)
UNFIT_SAMPLE = _row(
    "CONNECTOR-004",
    422,
    "样本无法用于起草",
    "Nothing can be drafted from the sample",
    "请按所述原因更换或修正样本后重试；样本须是对接方实际报送的文件。",
    "Mend or replace the sample as it says: it is to be a document as the partner sends it.",
)
REGISTRATION_STATE = _row(
    "REGISTRATION-001",
    409,
    "登记的状态不允许该操作",
    "The registration is not in a state for that",
    "请先查询登记的进度；受理后方可领取沙箱凭证。",
    "Look how far it is first; credentials of the sandbox are given once it is accepted.",
)
METHOD_NOT_ALLOWED = _row(
    "REQUEST-004",
    405,
    "不支持的请求方法",
    "Method not allowed",
    "请按 Allow 响应头所列方法重试。",
    "Use one of the methods in the Allow header.",
)
BODY_INCOMPLETE = _row(
    "REQUEST-005",
    400,
    "请求体不完整",
    "Request body incomplete",
    "连接在请求体传完之前中断，未保存任何内容，请重新发送。",
    "The connection ended before the body did; nothing was stored, send it again.",
)
UNSUPPORTED_MEDIA = _row(
    "REQUEST-006",
    415,
    "不支持的请求体形式",
    "Unsupported form of body",
    "请将文件内容原样作为请求体发送（curl 用 --data-binary @文件），不要使用表单或压缩。",
    "Send the file itself as the body (curl: --data-binary @file), not as a form and not compressed.",
)
HEAD_TOO_LARGE = _row(
    "REQUEST-007",
    431,
    "请求头过大",
    "Request head too large",
    "请求行与请求头合计不得超过 32768 字节、100 行，内容类型不得超过 1000 字节。",
    "Request line and headers have at most 32 KiB and 100 lines, a Content-Type at most 1000 bytes.",
)
TOO_SLOW = _row(
    "REQUEST-008",
    408,
    "请求传输过慢",
    "Request too slow",
    "请求头未能及时传完，或请求体传输慢于每秒 1024 字节；未保存任何内容，请重新发送。",
    "The head did not arrive in time, or the body at less than 1 KiB a second; nothing was stored, send it again.",
)
UNAUTHENTICATED = _row(
    "AUTH-001",
    401,
    "缺少或无法识别的凭证",
    "Missing or unknown credential",
    "请使用 Bearer 密钥或 YIZHAN-HMAC 签名；如已使用，请核对密钥编号（key id）与密钥（secret），也可能是凭证已被吊销。",
    "Send a bearer key or a YIZHAN-HMAC signature; if you did, key id or secret is wrong, or it was revoked.",
)
BAD_SIGNATURE = _row(
    "AUTH-002",
    401,
    "签名不正确",
    "Wrong signature",
    "请逐字节核对参与签名的各行：方法、路径、查询、时间戳、随机数、请求头与正文摘要。",
    "Compare the lines that are signed byte for byte: method, path, query, timestamp, nonce, headers, body digest.",
)
BAD_TIMESTAMP = _row(
    "AUTH-003",
    401,
    "时间戳超出允许范围",
    "Timestamp outside the window",
    "请校准客户端时钟，并核对时间戳的单位（秒或毫秒）。",
    "Set the client's clock, and check the unit of the timestamp: seconds or milliseconds.",
)
NONCE_REPLAYED = _row(
    "AUTH-004",
    401,
    "随机数重复使用",
    "Nonce used before",
    "每个请求（包括重试）都要使用新的随机数；请用 Idempotency-Key 保证重试安全。",
    "Use a fresh nonce for every request, retries too; Idempotency-Key makes the retry safe.",
)
FORBIDDEN = _row(
    "AUTH-005",
    403,
    "无权执行此操作",
    "Not permitted",
    "请使用具有相应角色的凭证。",
    "Use a credential whose role allows it.",
)
TOKEN_EXPIRED = _row(
    "AUTH-006",
    401,
    "令牌已过期",
    "Token expired",
    "请重新调用 authentication 取得令牌后重试。",
    "Get a new token by authentication and try again.",
)
OLD_SIGNATURE = _row(
    "AUTH-007",
    401,
    "签名版本已停用",
    "Signature version no longer taken",
    "请改用第 2 版签名（YIZHAN2-HMAC-SHA256 或 YIZHAN2-HMAC-SM3）。",
    "Sign by version 2: YIZHAN2-HMAC-SHA256 or YIZHAN2-HMAC-SM3.",
)
RATE_LIMITED = _row(
    "LIMIT-001",
    429,
    "请求过于频繁",
    "Too many requests",
    "请在 Retry-After 所示秒数后重试。",
    "Try again after the seconds in Retry-After.",
)
BUSY = _row(
    "LIMIT-002",
    503,
    "系统繁忙，请求未保存",
    "Busy, nothing was stored",
    "请在 Retry-After 所示秒数后用同一 Idempotency-Key 重试。",
    "Try again after the seconds in Retry-After with the same Idempotency-Key.",
)
NO_ROOM = _row(
    "LIMIT-003",
    507,
    "存储空间不足，请求未保存",
    "No room left, nothing was stored",
    "请在 Retry-After 所示秒数后用同一 Idempotency-Key 重试；运维人员需清理磁盘。",
    "Try again after the seconds in Retry-After with the same Idempotency-Key; the operators must free disk space.",
)
QUOTA_USED = _row(
    "LIMIT-004",
    507,
    "存储配额已用完，文件未保存",
    "Your storage quota is used up, nothing was stored",
    "请联系平台运维人员调整配额；逐份报送的合同和名单不受影响。",
    "Ask the operators for a larger quota; contracts and rosters that are pushed one by one are not concerned.",
)
NOT_DURABLE = _row(
    "LIMIT-005",
    503,
    "数据库持久性设置不足，暂停受理",
    "The database is not durable, nothing is taken",
    "未保存任何内容。请在 Retry-After 所示秒数后用同一 Idempotency-Key 重试；运维人员须恢复数据库的持久性设置。",
    "Nothing was stored. Try again after the seconds in Retry-After; the operator has to restore the settings.",
)
UNREADABLE = _row(
    "INTAKE-001",
    400,
    "文件无法读取",
    "Document unreadable",
    "请按 findings 所列说明更正后重新提交。",
    "Correct it as the findings say and submit again.",
)
REJECTED = _row(
    "INTAKE-002",
    422,
    "记录未通过校验",
    "Record rejected",
    "请按 findings 所列说明更正后重新提交。",
    "Correct it as the findings say and submit again.",
)
CONFLICT = _row(
    "INTAKE-003",
    409,
    "与已存记录不一致",
    "Differs from the stored record",
    "如确需变更，请加参数 amend=true 提交变更。",
    "If a change is meant, submit it as an amendment with amend=true.",
)
IDEMPOTENCY_MISMATCH = _row(
    "INTAKE-004",
    422,
    "Idempotency-Key 已用于另一请求",
    "Idempotency-Key belongs to another request",
    "重试必须发送完全相同的内容；新的内容请换用新的 Idempotency-Key。",
    "A retry must send the same bytes; use a new Idempotency-Key for new content.",
)
ATOMIC_REFUSED = _row(
    "INTAKE-005",
    422,
    "整批未保存",
    "Nothing of the batch was stored",
    "该请求要求整批成功（atomic=true），请更正有误的记录后整批重新提交。",
    "The request asked for all or nothing (atomic=true): correct the bad records and submit the whole batch again.",
)
UNKNOWN_CONNECTOR = _row(
    "INTAKE-006",
    400,
    "未知的对接配置",
    "Unknown connector",
    "请核对 connector 参数；可用的配置见 GET /v1/connectors。",
    "Check the connector parameter; GET /v1/connectors lists what may be used.",
)
MANIFEST_MISMATCH = _row(
    "DROP-001",
    422,
    "文件与清单不符",
    "The file is not what its manifest says",
    "请核对文件与 .ok 清单后重新上传两者，先文件后清单。",
    "Check the file and its .ok manifest and upload both again, the file first.",
)
STATE_REFUSED = _row(
    "STATE-001",
    409,
    "当前状态不允许此操作",
    "Not possible in this state",
    "请先查询记录的当前状态。",
    "Look up the record's present state first.",
)
VERSION_MOVED = _row(
    "STATE-002",
    412,
    "记录已有新的版本",
    "The record has a newer version",
    "请重新查看记录，在最新版本上提交变更。",
    "Look at the record again and make the change on its latest version.",
)
NOT_PULLED = _row(
    "STATE-003",
    409,
    "尚未取回门户的版本",
    "The portal's version has not been fetched yet",
    "请先与该门户同步，再行核定。",
    "Synchronise with the portal first, then decide.",
)
ALREADY_DECIDED = _row(
    "STATE-004",
    409,
    "此事项已由他人核定",
    "Somebody has decided already",
    "请重新查看列表；如需更改，请在最新状态上重新核定。",
    "Look at the list again; to decide otherwise, decide on it as it stands now.",
)
DECIDED_ELSEWHERE = _row(
    "STATE-005",
    409,
    "此事项在另一处核定",
    "This is decided in another place",
    "请到所指的版本冲突或对账中核定。",
    "Decide it there: the answer names the conflict or the reconciliation.",
)
DOCUMENT_REFUSED = _row(
    "DOCUMENT-001",
    422,
    "合同文件与本合同不符",
    "The document does not belong to this contract",
    "文件中必须包含本合同的编码与二维码，且二维码能被识读。",
    "The file must carry this contract's code and its QR, large enough to be read.",
)
DOCUMENT_TOO_LARGE = _row(
    "DOCUMENT-002",
    413,
    "合同文件过大",
    "The document is too large",
    "请降低扫描分辨率或压缩图片后重新导出 PDF，只上传合同本身，附件另行保存。",
    "Export the PDF again with smaller pictures, and upload the contract alone: keep its attachments elsewhere.",
)
PLEDGE_FILE_REFUSED = _row(
    "DOCUMENT-003",
    422,
    "承诺书与申请不符",
    "The pledge file does not belong to this application",
    "请上传申请中写明的那份承诺书：PDF 格式，摘要（SHA-256）与 pledge_file.sha256 一致，且申请尚待核实。",
    "Upload the very file that the application names: a PDF whose SHA-256 is pledge_file.sha256, while it waits.",
)
MATERIAL_REFUSED = _row(
    "DOCUMENT-004",
    422,
    "申请材料未保存",
    "The material was not stored",
    "材料须为未加密的 PDF，一件办件至多五十份；照片和扫描件请先转为 PDF。",
    "A material is a PDF without a password, at most fifty of a filing: make photographs and scans a PDF first.",
)
UNKNOWN_CODE = _row(
    "VERIFY-001",
    404,
    "未查到该合同编码",
    "Code not found",
    "请核对编码；编码含校验位，抄错一位即无法查到。",
    "Check the code; it carries a check character, one mistyped character is not found.",
)
FORGED = _row(
    "VERIFY-002",
    404,
    "二维码签名不符",
    "The QR's signature does not match",
    "该二维码并非本系统签发，或内容已被改动；请勿据此付款，并向旅游主管部门核实。",
    "This QR was not issued here or has been altered; do not pay on it, ask the tourism authority.",
)
ALTERED = _row(
    "VERIFY-003",
    409,
    "登记信息已被改动，不可信",
    "The register was altered: do not trust it",
    "平台所存与签发时的电子签名不符。请勿据此签字、付款或出行，并向旅游主管部门核实；平台已告警。",
    "What is stored does not agree with what was signed. Do not sign, pay or travel on it, ask the tourism authority; "
    "the operators have been alerted.",
)
NOT_YET_LOGGED = _row(
    "VERIFY-004",
    503,
    "回执尚未写入存证日志",
    "The receipt has no place in the log yet",
    "一般在数秒内写入，请在 Retry-After 所示秒数后再取；日志启用之前的回执没有证明。",
    "It gets one within seconds: try again after those in Retry-After. Receipts from before the log have no proof.",
)
SEAL_STATE = _row(
    "SEAL-001",
    409,
    "印章的状态不允许该操作",
    "The seal is not in a state for that",
    "请先查询印章的状态；已结束的印章不再改变，请重新申请。",
    "Look at the seal first; one that has ended changes no more: apply for another.",
)
UNPRINTABLE = _row(
    "SEAL-002",
    422,
    "含有无法绘制或打印的内容",
    "It holds what cannot be drawn or printed",
    "请核对所列的字；字库没有的字不会打印成空框，请使用证件上的规范写法。",
    "Check the characters that are named: what the font lacks is never printed as an empty box.",
)
NOT_A_SIGNED_PDF = _row(
    "SEAL-003",
    422,
    "文件不是可核验的 PDF",
    "The file is no PDF that can be checked",
    "请上传电子文件本身，而非扫描件、照片或重新打印的 PDF。",
    "Upload the electronic file itself, not a scan, a photograph or a PDF that was printed again.",
)
NOT_SET = _row(
    "SEAL-004",
    422,
    "名单表无法在时限内生成",
    "The roster could not be printed in time",
    "请稍后重试；人数过多时请分团报送。",
    "Try again later; report a very large group as several.",
)
TEMPLATE_STATE = _row(
    "TEMPLATE-001",
    409,
    "模板的状态不允许该操作",
    "The template is not in a state for that",
    "请先查询模板的状态；已发布的模板不再修改，请上传新版本。",
    "Look at the template first; what is published changes no more: upload a new version.",
)
TEMPLATE_MOVED = _row(
    "TEMPLATE-002",
    409,
    "模板已被他人修改",
    "Somebody has changed the template",
    "请重新打开后再修改，`revision` 以最新的为准。",
    "Open it again and change that, with its present `revision`.",
)
TEMPLATE_UNFIT = _row(
    "TEMPLATE-003",
    422,
    "文档或模板不符合要求",
    "The document or template will not do",
    "请按 `findings` 逐条修改后重新提交。",
    "Correct what `findings` says and send it again.",
)
NOT_PRINTED = _row(
    "TEMPLATE-004",
    503,
    "合同文件无法生成",
    "The contract could not be printed",
    "请稍后重试；仍不成功请联系平台，内容未丢失。",
    "Try again in a while; if it does not help, tell the platform. Nothing was lost.",
)
ONLINE_STATE = _row(
    "ONLINE-001",
    409,
    "在线合同的状态不允许该操作",
    "The online contract is not in a state for that",
    "请先查看合同的状态；已签署的合同变更后须重新签署，解除须经签约人确认。",
    "Look at the contract first; what was signed is signed anew when amended, and ends when its signers confirm it.",
)
ONLINE_UNFIT = _row(
    "ONLINE-002",
    422,
    "合同未通过校验",
    "The contract does not pass",
    "请按 `findings` 逐条修改后重新提交；已填写的内容仍在草稿中。",
    "Correct what `findings` says and conclude it again; what was filled in is kept as a draft.",
)
ONLINE_MOVED = _row(
    "ONLINE-003",
    409,
    "草稿已在别处修改或提交",
    "The draft was changed or concluded elsewhere",
    "请重新打开草稿后再修改。",
    "Open the draft again and change that.",
)
ONLINE_UNSEALED = _row(
    "ONLINE-004",
    409,
    "旅行社没有有效的电子印章",
    "The agency has no seal in force",
    "签署后的合同须加盖旅行社电子印章；请先在“电子印章”中申请。",
    "What is signed stands under the agency's seal: apply for one first.",
)
ONLINE_NO_PHONE = _row(
    "ONLINE-005",
    422,
    "签约人没有可用的手机号",
    "A signer has no mobile telephone",
    "签署链接发送到签约人的手机；请填写大陆手机号后重新提交。",
    "The link is sent to the signer's telephone: give a number of the mainland and conclude it again.",
)
SIGNING_ENDED = _row(
    "SIGNING-001",
    410,
    "签署链接已失效",
    "This link to sign has ended",
    "请联系旅行社重新发送链接。",
    "Ask the agency for another.",
)
SIGNING_CODE = _row(
    "SIGNING-002",
    403,
    "验证码不正确或已失效",
    "Not the code, or no longer",
    "请核对短信中的 6 位验证码；连续输错须重新获取。",
    "Look at the six digits in the message; after several attempts ask for another code.",
)
SIGNING_WAITS = _row(
    "SIGNING-003",
    429,
    "验证码发送过于频繁",
    "Too many codes were asked for",
    "请稍后再试；多次收不到请联系旅行社核对手机号。",
    "Try again in a while; if none comes, have the agency look at the number.",
)
SIGNING_UNSENT = _row(
    "SIGNING-004",
    503,
    "短信暂时无法发送",
    "The message cannot be sent now",
    "请稍后重新获取验证码；本次未计入次数。",
    "Ask for the code again in a while; this one does not count.",
)
PART_REFUSED = _row(
    "UPLOAD-001",
    422,
    "分块不符",
    "Part refused",
    "请按会话的 part_bytes 切分文件，并重新上传该分块。",
    "Cut the file as the session's part_bytes says and send the part again.",
)
UPLOAD_INCOMPLETE = _row(
    "UPLOAD-002",
    409,
    "文件尚未传完",
    "Upload incomplete",
    "请补传 missing 所列的部分；文件有改动时请新建会话。",
    "Send the missing parts; if the file has changed, open a new session.",
)
UPLOADS_FULL = _row(
    "UPLOAD-003",
    429,
    "未完成的上传过多",
    "Too many open uploads",
    "请先完成已开始的上传；未完成的会话数日后自动清除。",
    "Complete those you began; what is never completed is removed after some days.",
)
TARGET_REFUSED = _row(
    "TARGET-001",
    422,
    "投递目标不可用",
    "Target refused",
    "请使用公网可访问的 https 地址；内网地址须由运营方列入允许名单。",
    "Give an https address that is reachable on the internet; the operator must allow private ones.",
)
SIGN_IN_FAILED = _row(
    "SIGNIN-001",
    401,
    "登录信息不正确",
    "Not the right name, password or code",
    "请核对登录名、密码或验证码；忘记密码请联系本单位的系统管理员重置。",
    "Check name, password or code; who has forgotten a password asks the administrator of the office to reset it.",
)
SIGN_IN_WAITS = _row(
    "SIGNIN-002",
    429,
    "登录失败次数过多",
    "Too many failed attempts",
    "请按提示的时间稍后再试；通行密钥登录不受影响。",
    "Try again after the time that is told; signing in by passkey goes on working.",
)
LINK_ENDED = _row(
    "SIGNIN-003",
    410,
    "链接已失效",
    "This link has ended",
    "激活和重置链接只能使用一次，且有有效期；请联系本单位的系统管理员重新发出。",
    "Invitations and resets are good once and until a day: ask the administrator of the office for a new one.",
)
SIGN_IN_FIRST = _row(
    "SIGNIN-004",
    401,
    "请先登录",
    "Sign in first",
    "登录已过期或尚未登录；登录后请重新提交。",
    "You are not signed in, or not any more: sign in and send it again.",
)
PROVIDER_AWAY = _row(
    "SIGNIN-005",
    502,
    "统一身份认证暂不可用",
    "The identity provider cannot be used",
    "请稍后再试，或用本平台的登录名和密码登录；持续出现时请联系技术支持。",
    "Try again later, or sign in with the login and password of this platform; tell support when it lasts.",
)
DUTIES_REFUSED = _row(
    "PERSON-001",
    422,
    "人员信息或职责不符合规定",
    "These facts or duties cannot stand",
    "请按提示修改姓名、电话、登录名或职责。",
    "Change name, phone, login or duties as it says.",
)
QUOTA_REACHED = _row(
    "PERSON-002",
    409,
    "系统管理员名额已满",
    "There are as many administrators as there may be",
    "请先由现任管理员移交，或注销不再使用的管理员账号。",
    "Have one of them hand over, or close an account that is no longer used.",
)
LOGIN_TAKEN = _row(
    "PERSON-003",
    409,
    "登录名已被使用",
    "This login is taken",
    "请换一个登录名；已注销账号的登录名不再使用。",
    "Choose another; the logins of closed accounts are not used again.",
)
WEAK_PASSWORD = _row(
    "PERSON-004",
    422,
    "密码过于简单",
    "This password is easily guessed",
    "请使用更长、不含姓名和常见词语的密码，例如几个不相关的词语连写。",
    "Use a longer one without your name or common words, for example some words that have nothing in common.",
)
SECOND_FACTOR_NEEDED = _row(
    "PERSON-005",
    409,
    "须保留一种二次验证方式",
    "One second factor has to stay",
    "请先添加另一种验证方式，再删除这一种。",
    "Add another one before you remove this.",
)
KEPT_NO_LONGER = _row(
    "RETENTION-001",
    410,
    "已过保存期限，内容不再保存",
    "Kept no longer: the content was removed at the end of its time",
    "编号、合同编码、状态和回执仍可查询；个人信息已按规定删除，无法恢复。",
    "Number, code, state and receipt can still be asked for; the personal content was removed as the rules demand.",
)
INTERNAL = _row(
    "SERVER-001",
    500,
    "系统内部错误",
    "Internal error",
    "请求尚未确认，可用同一 Idempotency-Key 重试；请将 trace_id 告知技术支持。",
    "Nothing was acknowledged; retry with the same Idempotency-Key and tell support the trace_id.",
)

CATALOGUE: dict[str, ProblemType] = {
    problem.code: problem for problem in list(globals().values()) if isinstance(problem, ProblemType)
}
