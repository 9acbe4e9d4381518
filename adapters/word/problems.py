"""FORMAT-06x and FORMAT-07x: what can be wrong with a contract in Word, and with the places in a template of one."""

from __future__ import annotations

from adapters.errors import Unreadable
from schemas.findings import Finding, Problem, Text, error, warning

DOCUMENT = Text("文档", "Document")
PLACE = Text("填写处", "Place")

NOT_WORD = error(
    "FORMAT-060",
    "文件已损坏或不是 Word 文档",
    "The file is damaged or no Word document",
    "请用 Word 或 WPS 打开，另存为 .docx 后上传",
    "Open it in a word processor, save it as .docx and upload that",
)
OLD_WORD = error(
    "FORMAT-061",
    "不读取旧版 .doc 文档",
    "Documents in the old form .doc are not read",
    "请用 Word 或 WPS 打开，另存为 .docx 后上传",
    "Open it in a word processor, save it as .docx and upload that",
)
UNSAFE = error(
    "FORMAT-062",
    "文档含有{what}（{where}），不予接受",
    "The document has {what} ({where}), which is refused",
    "请在 Word 中删除后重新上传；拿不准时，全选、复制到新文档后保存",
    "Remove it in the word processor and upload again; when in doubt copy everything into a new document",
)
HAS_MARKS = error(
    "FORMAT-063",
    "文档中有模板标记“{mark}”，不予接受",
    "The document has the mark of a template {mark!r}, which is refused",
    "请删除成对的大括号；填写处留空即可，由平台生成标记",
    "Remove the double braces; leave blanks as they are, the platform makes the marks",
)
REVISED = error(
    "FORMAT-064",
    "文档含有未接受的修订",
    "The document has changes that were tracked and not accepted",
    "请在 Word 中接受或拒绝全部修订后重新上传",
    "Accept or reject all changes in the word processor and upload again",
)
NO_BLANKS = error(
    "FORMAT-065",
    "文档中找不到填写处",
    "No blank was found in the document",
    "填写处可用下划线、括号、表格空格或表单域表示，请核对是否上传了正确的文件",
    "Blanks are lines, brackets, empty cells or form fields: check that this is the right file",
)
TOO_MANY = error(
    "FORMAT-066",
    "文档的{what}超过上限 {limit}",
    "The document has more {what} than {limit}",
    "请删除与合同无关的内容后重新上传",
    "Remove what is no part of the contract and upload again",
)

UNPARSED = error(
    "FORMAT-070",
    "模板标记有语法错误：{detail}",
    "A mark of the template cannot be read: {detail}",
    "请核对大括号与标记的写法",
    "Check the braces and how the mark is written",
)
UNKNOWN_FIELD = error(
    "FORMAT-071",
    "合同中没有字段“{name}”{nearest}",
    "Contracts have no field {name!r}{nearest}",
    "字段名见合同数据规范",
    "The names are those of the contract's schema",
)
NOT_A_VALUE = error(
    "FORMAT-072",
    "“{name}”不是一个值，不能直接填入",
    "{name!r} is no value that could be filled in",
    "列表请写在循环中，对象请写到具体字段",
    "Put lists into a loop, and name a field of an object",
)
NOT_A_LIST = error(
    "FORMAT-073",
    "“{name}”不是列表，不能循环",
    "{name!r} is no list to go through",
    "可循环的有旅游者、逐日行程、自费项目、购物安排等",
    "Travellers, days, activities and shopping are lists",
)
NOT_ALLOWED = error(
    "FORMAT-074",
    "模板中不能使用“{what}”",
    "A template has no {what!r}",
    "模板只能取字段、循环、判断是否有值，并使用规定的格式",
    "A template takes fields, loops over lists, asks whether there is a value, and uses the given forms",
)
WRONG_FORM = error(
    "FORMAT-075",
    "格式“{form}”不能用于“{name}”",
    "The form {form!r} does not fit {name!r}",
    "请选择与字段类型相符的格式",
    "Choose a form that fits the type of the field",
)

BOXES = warning(
    "FORMAT-080",
    "{count} 个文本框中的内容未查找填写处",
    "Text boxes were not searched for blanks: {count}",
    "如其中有填写处，请移到正文后重新上传",
    "If they have blanks, move them into the text and upload again",
)
COMMENTS = warning(
    "FORMAT-081",
    "批注不会出现在合同中：{count} 条",
    "Comments do not appear in contracts: {count}",
    "如需保留，请写入正文",
    "If they are needed, write them into the text",
)
PICTURES = warning(
    "FORMAT-082",
    "文档含有 {count} 张图片，原样保留",
    "The document has pictures, which are kept as they are: {count}",
    "请在样张中核对位置",
    "Check in the sample that they stand right",
)


def unreadable(problem: Problem, *, locator: str = "", **details: object) -> Unreadable:
    """The exception for a document that is refused as a whole."""
    return Unreadable(problem.found("", DOCUMENT, locator=locator, **details))


def at_place(problem: Problem, locator: str, **details: object) -> Finding:
    """What is wrong with one place of a template."""
    return problem.found("", PLACE, locator=locator, **details)
