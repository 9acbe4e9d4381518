"""FORMAT-0xx: what can be wrong with a document before anyone looks at its fields."""

from __future__ import annotations

from adapters.envelope import Rejection
from adapters.errors import Unreadable
from schemas.findings import Finding, Problem, Text, error, warning
from schemas.structure import TYPE_NAMES

DOCUMENT = Text("文件", "Document")
RECORD = Text("记录", "Record")
LINE = Text("一行", "A line")
ELEMENT = Text("一个元素", "An element")
FOUND_NAMES: dict[type, Text] = {
    str: TYPE_NAMES["string"],
    bool: TYPE_NAMES["boolean"],
    int: TYPE_NAMES["integer"],
    float: Text("数值", "a number"),
    list: TYPE_NAMES["array"],
    type(None): Text("空值", "null"),
}
"""What stands where a record should stand."""


EMPTY = error(
    "FORMAT-001",
    "文件为空",
    "The document is empty",
    "请检查导出是否成功后重新发送",
    "Check the export and send it again",
)
ENCODING = error(
    "FORMAT-002",
    "无法按 {encoding} 解码",
    "The bytes are not valid {encoding}",
    "请用 UTF-8 或 GB18030 保存，或在映射中声明编码（encoding）",
    "Save as UTF-8 or GB18030, or declare `encoding` in the mapping",
)
TOO_DEEP = error(
    "FORMAT-003",
    "嵌套超过 {limit} 层",
    "Nested more than {limit} levels deep",
    "请减少嵌套层数",
    "Send a flatter document",
)
TOO_LARGE = error(
    "FORMAT-004",
    "{what}超过上限 {limit}",
    "{what} exceeds the limit of {limit}",
    "请拆分后分批发送",
    "Split it and send the parts",
)
NUL = error(
    "FORMAT-005",
    "文本中含有空字符 U+0000",
    "Text contains the null character U+0000",
    "请在导出前删除该字符",
    "Remove the character before exporting",
)
RECORDS_MISSING = error(
    "FORMAT-006",
    "找不到记录：{path}",
    "No records found at {path}",
    "请核对映射中的 read.records 与文件结构",
    "Compare `read.records` of the mapping with the document",
)
NOT_A_RECORD = error(
    "FORMAT-007",
    "此处应为一条记录，实际为{actual}",
    "A record was expected here, found {actual}",
    "每条记录须为一个对象",
    "Every record must be an object",
)
BAD_BYTES = error(
    "FORMAT-008",
    "此处有无法解码的字节，文字已损坏",
    "Bytes here are not valid in the encoding of the document: text is damaged",
    "请从来源系统重新导出该行；不要用其他编码打开后另存",
    "Export the row again from the source system; do not save it from a program that opens it in another encoding",
)

JSON_SYNTAX = error(
    "FORMAT-010",
    "JSON 语法错误：{detail}",
    "Malformed JSON: {detail}",
    "请用 JSON 库生成报文，不要手工拼接",
    "Produce the document with a JSON library, not by joining text",
)
JSON_DUPLICATE = error(
    "FORMAT-011",
    "字段“{key}”在同一对象中出现多次",
    "Key {key!r} appears more than once in one object",
    "每个字段只保留一个值",
    "Send every key once",
)
JSON_NUMBER = error(
    "FORMAT-012",
    "NaN 和 Infinity 不是合法的 JSON 数值",
    "NaN and Infinity are not JSON numbers",
    "没有值时请用 null 或省略该字段",
    "Use null or leave the field out",
)
JSON_SURROGATE = error(
    "FORMAT-013",
    "文本含有不成对的代理字符",
    "Text contains a lone surrogate",
    "请检查发送端对生僻字的编码",
    "Check how the sender encodes rare characters",
)

XML_SYNTAX = error(
    "FORMAT-020",
    "XML 语法错误：{detail}",
    "Malformed XML: {detail}",
    "请用 XML 库生成文件",
    "Produce the document with an XML library",
)
XML_DOCTYPE = error(
    "FORMAT-021",
    "不接受含有 DOCTYPE 的 XML",
    "XML with a DOCTYPE is refused",
    "请删除 DOCTYPE 与实体声明",
    "Remove the DOCTYPE and entity declarations",
)
XML_ATTRIBUTES = error(
    "FORMAT-022",
    "元素的属性超过 {limit} 个",
    "An element has more than {limit} attributes",
    "请检查导出程序",
    "Check the export",
)
XML_UNEXPECTED = error(
    "FORMAT-023",
    "此处不应有元素 {name}",
    "The element {name} does not belong here",
    "请按 XSD 检查元素的名称、命名空间与层次",
    "Compare name, namespace and level of the element with the XSD",
)
MIME = error(
    "FORMAT-024",
    "multipart 报文有误：{detail}",
    "Malformed multipart message: {detail}",
    "请用 SOAP 库生成 MTOM 报文，或改用 base64",
    "Produce MTOM with a SOAP library, or send Base64",
)
XOP = error(
    "FORMAT-025",
    "xop:Include 所指的附件不存在或位置有误：{href}",
    "xop:Include does not stand for an attachment here: {href}",
    "附件须有 Content-ID，引用写作 cid:…，且为所在元素的唯一内容",
    "The attachment needs a Content-ID, the reference is cid:... and all that its element holds",
)

HEADER_MISSING = error(
    "FORMAT-030",
    "前 {rows} 行中找不到含有以下列名的表头：{names}{found}",
    "No header row with {names} in the first {rows} rows{found}",
    "请保留约定的表头行，不要改列名",
    "Keep the header row as agreed upon, and do not rename its columns",
)
HEADINGS_TWICE = error(
    "FORMAT-031",
    "表头“{name}”对应多列，无法确定读取哪一列",
    "Several columns are headed {name!r}: it cannot be told which is meant",
    "请使各列的表头（含上级表头）互不相同",
    "Give every column a heading of its own, those above it included",
)
ROW_RAGGED = error(
    "FORMAT-032",
    "该行有 {actual} 列，表头只有 {expected} 列",
    "The row has {actual} cells, the header only {expected}",
    "请检查内容中的分隔符是否加了引号",
    "Quote values that contain the delimiter",
)
GROUP_SPLIT = error(
    "FORMAT-033",
    "“{key}”的各行分散在文件各处，且文件过大，无法归并",
    "The rows of {key!r} stand apart in a document too large to gather them",
    "请核对各行是否属于同一条记录：属于的，排在一起后重新提交；不属于的，请更正编号",
    "Check whether the rows are of one record: if so, put them together and send again; if not, correct the number",
)
GROUP_BLANK = error(
    "FORMAT-034",
    "分组列“{column}”为空",
    "The grouping column {column!r} is empty",
    "请补全该列",
    "Fill the column in",
)
QUOTE_OPEN = error(
    "FORMAT-035",
    "引号没有结束",
    "A quoted value never ends",
    "请检查该行的双引号是否成对",
    "Check that double quotes are balanced",
)

ARCHIVE_BROKEN = error(
    "FORMAT-040",
    "文件已损坏或不是电子表格",
    "The file is damaged or no spreadsheet",
    "请重新保存为 xlsx 后发送",
    "Save it as xlsx again and resend",
)
ARCHIVE_BOMB = error(
    "FORMAT-041",
    "压缩包展开后过大（{detail}）",
    "The archive expands beyond bounds ({detail})",
    "请拆分文件，或删除多余的工作表与图片",
    "Split the file or remove spare sheets and pictures",
)
SHEET_MISSING = error(
    "FORMAT-042",
    "找不到可见的工作表“{sheet}”",
    "No visible sheet {sheet!r}",
    "请核对工作表名称；隐藏的工作表不读取",
    "Check the sheet's name; hidden sheets are not read",
)
SHEET_PASSWORD = error(
    "FORMAT-043", "文件有密码保护", "The file is protected by a password", "请去除密码后发送", "Remove the password"
)
SHEET_BOUNDS = error(
    "FORMAT-044",
    "读取该文件超出时间或内存上限",
    "Reading the file exceeds the bounds of time or memory",
    "请拆分文件后发送",
    "Split the file and send the parts",
)
TEMPLATE_DUPLICATE = error(
    "FORMAT-045",
    "编号“{key}”在基本信息表中出现多次",
    "The number {key!r} stands in more than one row of the main sheet",
    "每条记录只保留一行",
    "Keep one row for every record",
)
TEMPLATE_ORPHAN = error(
    "FORMAT-046",
    "明细行所属的记录“{key}”不存在",
    "The row belongs to {key!r}, which is not in the workbook",
    "请核对第一列的编号与所属行号",
    "Check the number in the first column and the row it belongs to",
)
LABELS_CONTRADICT = error(
    "FORMAT-047",
    "表内“{label}”出现两次且内容不一致（{first}与{other}），无法判断各行属于哪一份",
    "{label!r} stands twice with different values ({first} and {other}): to which do the rows belong?",
    "一个工作表只填一份表；另一份请存为单独的文件提交",
    "Keep one form on a sheet, and send the other as a file of its own",
)
TEMPLATE_EXAMPLE = error(
    "FORMAT-049",
    "该行在示例行上填写了内容，但第一列仍为“{key}”，未能导入",
    "The row was typed over the example, but its first column still says {key!r}: it was not taken",
    "请将第一列改为所属记录的编号；如只是示例，请删除该行",
    "Write the number of its record into the first column; if it is only the example, delete the row",
)
TEMPLATE_MARKS = error(
    "FORMAT-056",
    "文件中没有模板的列标识（隐藏的第一行），无法识别各列",
    "The workbook has no hidden row of a template that says what its columns are",
    "请下载模板，把数据粘贴到原模板的各工作表中（不要删除或复制隐藏行）；不是按模板填写的文件，请在提交时注明对接配置",
    "Download the template and paste the data into its own sheets, leaving the hidden row as it is; for a file that is"
    " no template, name the connector",
)
FORM_UNREAD = error(
    "FORMAT-048",
    "不读取 {what} 格式的表格",
    "Spreadsheets in the form {what} are not read",
    "请另存为 xlsx 后提交",
    "Save it as xlsx and send that",
)

SHEET_UNREAD = warning(
    "FORMAT-050",
    "工作表“{sheet}”未读取",
    "The sheet {sheet!r} was not read",
    "其中如有需要报送的内容，请另存为单独的文件提交",
    "If it holds anything to be reported, send it as a file of its own",
)
COLUMNS_UNREAD = warning(
    "FORMAT-051",
    "以下列未读取：{names}",
    "These columns were not read: {names}",
    "其中如有需要报送的内容，请按约定的列名填写，或联系平台调整映射",
    "If they hold anything to be reported, use the headings agreed upon, or ask for the mapping to be changed",
)
UNTITLED_UNREAD = warning(
    "FORMAT-052",
    "有 {count} 个单元格所在的列没有列名，未读取",
    "Cells in columns without a heading were not read: {count}",
    "请为该列填写列名，或清除多余内容",
    "Give the column a heading, or clear what is not needed",
)
ROWS_SKIPPED = warning(
    "FORMAT-053",
    "{rows}不是记录，未读取：{what}",
    "Not read, because they are no records: {rows} ({what})",
    "请核对；如确为记录，请补全该行",
    "Check them; if one is a record, complete the row",
)
ROWS_HIDDEN = warning(
    "FORMAT-054",
    "{rows}是隐藏行，已照常读取",
    "Hidden, but read like the others: {rows}",
    "如不应报送，请删除这些行后重新提交",
    "If they are not to be reported, delete them and send again",
)
MORE_NOTES = warning(
    "FORMAT-055",
    "另有 {more} 条提示未列出",
    "{more} more notes are not shown",
    "请先处理已列出的提示",
    "Deal with those that are shown first",
)


def unreadable(problem: Problem, *, locator: str = "", value: object = None, **details: object) -> Unreadable:
    """The exception for a document that cannot be read as a whole."""
    return Unreadable(problem.found("", DOCUMENT, value, locator=locator, **details))


def rejected(problem: Problem, ordinal: int, locator: str, *, value: object = None, **details: object) -> Rejection:
    """The value for one record that cannot be read among others that can."""
    return Rejection(ordinal, locator, (problem.found("", RECORD, value, locator=locator, **details),))


def reported(words: str) -> Text:
    """What a parser says in its own words, which Chinese quotes."""
    return Text(f"解析器报告“{words}”", words)


def rejected_with(finding: Finding, ordinal: int, locator: str) -> Rejection:
    """Turn what made a whole element unreadable into the rejection of that element alone."""
    return Rejection(ordinal, locator, (finding.at(_join(locator, finding.locator)),))


def _join(outer: str, inner: str) -> str:
    if not inner or not outer:
        return inner or outer
    if inner.startswith("/"):
        return f"{outer}{inner}" if outer.startswith("/") else f"{outer} {inner}"
    return f"{outer}, {inner.removeprefix('line 1, ')}"
