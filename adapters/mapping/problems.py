"""MAP-0xx: what a cleaner or a mapping can say about one value, and the exception that carries it to the compiler."""

from __future__ import annotations

from typing import Any

from schemas.findings import Problem, error


class Dirty(Exception):
    """A cleaner's refusal of one value. Never leaves the mapping: it becomes a Finding.

    What makes one value of several says which one it refuses: `value`, and `way`, where it stands in the object.
    `is_mixed` tells that the value holds more than its field would, which may be personal.
    """

    def __init__(self, problem: Problem, **details: object) -> None:
        super().__init__(problem.code)
        self.problem = problem
        self.details = details
        self.value: Any = None
        self.way: tuple[str | int, ...] | None = None
        self.is_mixed = False

    def at(self, value: Any, way: tuple[str | int, ...] | None, *, is_mixed: bool = False) -> Dirty:
        """Itself, with the value that is refused and where it stands."""
        self.value, self.way, self.is_mixed = value, way, is_mixed
        return self


NOT_TEXT = error(
    "MAP-001", "此处应为单个值", "A single value was expected here", "请核对字段的结构", "Check the field's structure"
)
NOT_AN_OBJECT = error(
    "MAP-002", "此处应为一个对象", "An object was expected here", "请核对字段的结构", "Check the field's structure"
)
NOT_LISTED = error(
    "MAP-003",
    "对照表中没有该值",
    "The value is not in the look-up table",
    "请改用下列写法之一：{allowed}；确需使用该值的，请联系平台补充对照表",
    "Use one of: {allowed}; if this value is meant, ask for it to be added to the look-up table",
)
NUL = error("MAP-004", "文本中含有空字符", "Text contains a null character", "请删除该字符", "Remove the character")
SHEET_ERROR = error(
    "MAP-005",
    "该单元格显示为错误值 {shown}，不是数据",
    "The cell shows the error {shown}, which is no data",
    "请在表格中排除该错误（或直接填写正确内容）后重新提交",
    "Remove the error from the sheet, or write the value itself, and send it again",
)
FORMULA = error(
    "MAP-006",
    "该单元格只有公式，没有计算结果",
    "The cell holds a formula without its result",
    "请用电子表格软件打开文件，待公式计算完成后保存，再重新提交；也可将该列粘贴为数值",
    "Open the file in a spreadsheet program, save it once the formulas are computed and send it again, or paste the"
    " column as values",
)
TEXT_LONG = error(
    "MAP-007",
    "文本超过 {most} 字，未作读取",
    "Text of more than {most} characters is not read",
    "请缩短后重新提交；确有长文的，请作为附件提交",
    "Shorten it and send it again; a text that long belongs into an attachment",
)
TEXT_MARKS = error(
    "MAP-008",
    "同一字符上叠加了超过 {most} 个组合符号，未作读取",
    "Text with more than {most} combining marks in a row is not read",
    "请删除叠加的符号后重新提交",
    "Remove the marks and send it again",
)
DATE = error(
    "MAP-010",
    "无法识别的日期",
    "Not a recognisable date",
    "请写成 2017-08-04、2017/8/4、20170804 或 2017年8月4日",
    "Write 2017-08-04, 2017/8/4, 20170804 or 2017年8月4日",
)
DATE_IMPOSSIBLE = error(
    "MAP-011", "日历上没有这一天", "No such day in the calendar", "请核对年月日", "Check year, month and day"
)
DATE_SERIAL = error(
    "MAP-012",
    "该数字不是合理的日期序号",
    "The number is no plausible date serial",
    "请将单元格格式设为日期或文本",
    "Format the cell as date or text",
)
TIME = error("MAP-013", "无法识别的时间", "Not a recognisable time", "请写成 08:30", "Write 08:30")
MOMENT = error(
    "MAP-014",
    "无法识别的日期时间",
    "Not a recognisable date and time",
    "请写成 2026-11-02 09:30:00",
    "Write 2026-11-02 09:30:00",
)
AMOUNT = error(
    "MAP-020",
    "无法识别的金额",
    "Not a recognisable amount",
    "请写成 1234.50，单位为元",
    "Write 1234.50, in yuan",
)
AMOUNT_FRACTION = error(
    "MAP-023",
    "金额不是整分：小数多于两位",
    "The amount has fractions of a fen: more than two decimals",
    "请按实际收取的金额填写，精确到分；系统不作四舍五入",
    "Write what is really charged, to the fen; amounts are never rounded here",
)
COUNT = error("MAP-021", "应为整数", "A whole number was expected", "请只写整数", "Write a whole number only")
RATIO = error("MAP-022", "无法识别的比例", "Not a recognisable ratio", "请写成 30% 或 0.3", "Write 30% or 0.3")
MOBILE = error(
    "MAP-030",
    "不是有效的大陆手机号",
    "Not a mainland mobile number",
    "请填写 11 位手机号，可带 +86",
    "Give 11 digits, +86 allowed",
)
PHONE = error(
    "MAP-031",
    "不是有效的电话号码",
    "Not a telephone number",
    "请填写带区号的电话号码",
    "Give the number with area code",
)
NAME = error(
    "MAP-032",
    "姓名中含有不应出现的字符：{letters}",
    "The name contains characters that no name has: {letters}",
    "请按证件填写姓名；“?”和方框通常是来源系统丢失的生僻字",
    "Write the name as on the document; a question mark or box usually stands for a rare character that was lost",
)
PINYIN = error(
    "MAP-033",
    "拼音只能由字母组成",
    "A romanised name consists of letters",
    "请按护照填写，如 ZHANG/SAN",
    "Write it as in the passport, e.g. ZHANG/SAN",
)
SEX = error(
    "MAP-034", "无法识别的性别", "Not a recognisable sex", "请填写 男/女、M/F 或 1/2", "Write 男/女, M/F or 1/2"
)
DIGITS_LOST = error(
    "MAP-040",
    "证件号码被电子表格当作数字，末尾数位已丢失",
    "A spreadsheet stored the document number as a number: spreadsheet lost digits",
    "请将该列设为文本格式，按证件重新录入后发送；系统不会猜测丢失的数位",
    "Format the column as text and enter the number again; lost digits are never guessed",
)
DIGITS_NUMBER = error(
    "MAP-041",
    "证件号码是数字而不是文本，开头的零可能已丢失",
    "The document number is a number, not text: leading zeros may be lost",
    "请以文本形式发送证件号码",
    "Send document numbers as text",
)
IDENTIFIER_NUMBER = error(
    "MAP-045",
    "编号以数字形式传入，数位或开头的零可能已丢失，无法还原",
    "The number came as a numeric value: digits or leading zeros may be lost and cannot be restored",
    "请在来源系统或表格中将该列设为文本，核对后重新提交",
    "Make the column text in the source system or sheet, check it and submit again",
)
DOCUMENT_NO = error(
    "MAP-042",
    "证件号码只能由字母和数字组成",
    "A document number consists of letters and digits",
    "请按证件填写",
    "Write it as on the document",
)
LICENSE_NO = error(
    "MAP-043",
    "不是旅行社业务经营许可证号的写法",
    "Not the form of an agency licence number",
    "请填写如 L-BJ-CJ00144 的许可证号",
    "Write it like L-BJ-CJ00144",
)
USCC = error(
    "MAP-044",
    "统一社会信用代码应为 18 位字母和数字",
    "A unified social credit code has 18 letters and digits",
    "请核对营业执照",
    "Compare with the business licence",
)
CONTRADICTION = error(
    "MAP-060",
    "同一编号的各行内容不一致：{other}的“{column}”与{first}不同",
    "Rows under one number contradict each other: {column!r} of {other} differs from {first}",
    "请先核对编号：各行分属不同记录的（编号可能被电子表格改写），请更正编号；确属同一记录的，请更正该列",
    "Check the number first: where the rows are of different records (a spreadsheet may have changed it), correct the"
    " number; where they are of one record, correct the column",
)
YES_NO = error(
    "MAP-050", "应为是或否", "Yes or no was expected", "请填写 是/否、1/0 或 true/false", "Write 是/否 or 1/0"
)
DIVISION = error(
    "MAP-051",
    "不是 GB/T 2260 行政区划代码或名称",
    "Not a GB/T 2260 division code or name",
    "请填写 6 位代码",
    "Write the 6-digit code",
)
COUNTRY = error(
    "MAP-052",
    "无法识别的国家或地区",
    "Not a recognisable country or region",
    "请填写 ISO 3166 代码或中文名称",
    "Write the ISO 3166 code or the Chinese name",
)
CODE = error(
    "MAP-053",
    "代码只能由字母、数字、连字符和下划线组成",
    "A code consists of letters, digits, hyphens and underscores",
    "请核对代码",
    "Check the code",
)
PARTS = error(
    "MAP-070",
    "该内容不是约定的写法 {form}",
    "This is not written as agreed upon: {form}",
    "请按约定的写法填写，不要增减其中的内容；写法有变的，请联系平台修改映射",
    "Write it in that form, with nothing added or left out; if the form has changed, ask for the mapping to be changed",
)
PARTS_UNCLEAR = error(
    "MAP-071",
    "该内容按写法 {form} 有多种分法，无法确定",
    "There is more than one way to take this apart as {form}",
    "请改用不会出现在内容中的分隔符，或将各项分开填写",
    "Separate the parts by a mark that they do not contain, or send them as fields of their own",
)
INCOMPLETE = error(
    "MAP-072",
    "“{blank}”为空，而与其合并的“{filled}”有内容，无法合成完整的值",
    "{blank!r} is blank while {filled!r} is not: together they make no whole value",
    "请补全该字段；确为零的，请填写 0",
    "Fill it in; where it is nought, write 0",
)
NUMBER = error(
    "MAP-073",
    "无法识别的数值",
    "Not a recognisable number",
    "请只写数字，如 12800 或 12800.50",
    "Write digits only, such as 12800 or 12800.50",
)
SEVERAL = error(
    "MAP-074",
    "有多个元素的 {key} 为“{wanted}”，无法确定取哪一个",
    "Several elements have {key} = {wanted!r}: it cannot be told which is meant",
    "同一标识只保留一个元素",
    "Send one element only for each name",
)
UNTOLD = error(
    "MAP-075",
    "无法由证件号码判断证件类型",
    "The type of the document cannot be told from its number",
    "请核对证件号码；号码无误的，请填写证件类型",
    "Check the number; if it is right, give the type of the document",
)
YEAR_UNKNOWN = error(
    "MAP-076",
    "日期没有年份，“{other}”也没有可用的日期",
    "The date has no year, and {other} has no usable one",
    "请写出年份，如 2026-10-01，或补全该字段",
    "Write the year, as in 2026-10-01, or fill in that field",
)
DAY_NUMBER = error(
    "MAP-077",
    "月日被存为数值，10.1 与 10.10 已无法区分",
    "Month and day were stored as a number: 10.1 may have been 10.10",
    "请将该列设为文本格式后重新填写，或写出完整日期",
    "Format the column as text and write it again, or write the whole date",
)
NOT_A_LIST = error(
    "MAP-078",
    "此处应为列表，无法计数",
    "A list was expected here: this cannot be counted",
    "请核对字段的结构",
    "Check the field's structure",
)
ACCOUNT_UNKNOWN = error(
    "MAP-079",
    "该凭证没有唯一对应的旅行社，无法确定记录属于哪一家",
    "The credential does not stand for one agency: it cannot be told whose the record is",
    "请使用旅行社自己的凭证，或联系平台登记代报关系（yizhan partner agencies add）",
    "Use the agency's own credential, or ask for its agency to be entered (yizhan partner agencies add)",
)
