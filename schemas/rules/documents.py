"""Whether the number on a document can be right, and agrees with what else is said of its holder."""

from __future__ import annotations

from schemas.codelists import codelist
from schemas.findings import error, warning
from schemas.identifiers import (
    Fault,
    birth_date_of,
    document_fault,
    is_chinese_passport,
    is_known_division,
    likely_document_type,
    resident_id_fault,
    sex_of,
    upgrade_resident_id,
)
from schemas.rules.days import months_after
from schemas.rules.report import Record, Report

ID_FORM = error(
    "PERSON-001",
    "不是 18 位身份证号码的写法",
    "Not written as an 18-character identity number",
    "核对证件：17 位数字加 1 位校验码，校验码为 X 时用大写",
    "Check the card: 17 digits and a check character, which is a capital X when it is a letter",
)
ID_CHECK = error(
    "PERSON-002",
    "身份证号码校验码不符，某一位有误",
    "The check character does not fit: some digit is wrong",
    "对照证件原件逐位核对后重新提交",
    "Compare every digit with the card and submit again",
)
ID_BIRTH = error(
    "PERSON-003",
    "身份证号码第 7 至 14 位不是有效日期",
    "Characters 7 to 14 of the identity number are no date",
    "对照证件原件核对后重新提交",
    "Compare the number with the card and submit again",
)
WRONG_TYPE = error(
    "PERSON-004",
    "号码不是{stated}的写法，像是{likely}",
    "Not the number of a {stated}; it looks like a {likely}",
    "将证件类型改为 {code}，或核对号码",
    "Change the document type to {code}, or check the number",
)
ID_15 = warning(
    "PERSON-005",
    "15 位身份证号码已停用",
    "15-digit identity numbers are out of use",
    "按第二代居民身份证改填 18 位号码",
    "Use the 18-character number of the current card",
)
BIRTH_DIFFERS = error(
    "PERSON-006",
    "出生日期与身份证号码不一致",
    "The birth date is not the one in the identity number",
    "核对证件，改正出生日期或身份证号码",
    "Check the card; correct the birth date or the number",
)
SEX_DIFFERS = error(
    "PERSON-007",
    "性别与身份证号码第 17 位不一致",
    "The sex is not the one in the identity number",
    "核对证件，改正性别或身份证号码",
    "Check the card; correct the sex or the number",
)
ID_DIVISION = warning(
    "PERSON-008",
    "身份证号码前 6 位不是已知的行政区划代码",
    "The first six digits are no known division code",
    "核对证件；号码无误时可忽略",
    "Check the card; ignore this when the number is right",
)
NUMBER_FORM = error(
    "PERSON-009",
    "号码不是{stated}的写法",
    "Not written like the number of a {stated}",
    "核对证件类型和号码",
    "Check the document's type and number",
)
PASSPORT_FORM = warning(
    "PERSON-010",
    "不是常见的中国护照号码",
    "Not a usual Chinese passport number",
    "核对护照号码；外国护照请填写国籍",
    "Check the number; give the nationality when the passport is foreign",
)
EXPIRED = error(
    "PERSON-011",
    "证件在行程结束（{return_on}）前到期",
    "The document expires before the trip ends ({return_on})",
    "更换证件后再报送，或核对有效期",
    "Renew the document first, or check its date of expiry",
)
EXPIRES_SOON = warning(
    "PERSON-012",
    "护照有效期自返回日（{return_on}）起不足 6 个月",
    "The passport is valid for less than 6 months after the return ({return_on})",
    "多数国家要求 6 个月以上，请告知旅游者换发",
    "Most countries ask for 6 months: have it renewed",
)
ISSUED_LATE = error(
    "PERSON-013",
    "发证日期晚于今天或晚于有效期",
    "The date of issue lies after today or after the expiry",
    "核对发证日期和有效期",
    "Check the dates of issue and expiry",
)
ID_FOREIGNER = warning(
    "PERSON-021",
    "使用居民身份证，但国籍不是中国",
    "A resident identity card, but the nationality is not China",
    "核对国籍和证件类型",
    "Check the nationality and the document type",
)

_ID_PROBLEMS = {Fault.FORM: ID_FORM, Fault.CHECK: ID_CHECK, Fault.BIRTH: ID_BIRTH}
_STATED_SEXES = frozenset({"1", "2"})
_CHECKED_BY_GB_11643 = frozenset({"resident_id", "hmt_residence_permit", "permanent_residence"})


def check_document(holder: Record, pointer: str, report: Report) -> str | None:
    """The `document` of the person at `pointer`, whose birth date, sex and nationality may be absent.

    Gives the birth date: as stated, else as a sound resident identity number has it, else None.
    """
    document, birth_date = holder["document"], holder.get("birth_date")
    document_type, number = document["type"], document["number"]
    if document_type in _CHECKED_BY_GB_11643:
        if fault := document_fault(document_type, number):
            _report_fault(fault, document, pointer, report)
            is_sound = resident_id_fault(number) is None  # another card's number still tells when its holder was born
        else:
            is_sound = len(number) == 18
            if is_sound:
                _check_holder(document_type, number, holder, pointer, report=report)
            elif document_type == "resident_id":
                _check_old_number(number, holder, pointer, report)
        if birth_date is None and is_sound and document_type == "resident_id":
            return birth_date_of(number)
    elif document_type == "passport":
        if holder.get("nationality", "CN") == "CN" and not is_chinese_passport(number):
            report.add(PASSPORT_FORM, f"{pointer}/document/number", number)
    elif document_fault(document_type, number):
        _report_fault(Fault.FORM, document, pointer, report)
    return birth_date


def check_resident_id(holder: Record, pointer: str, report: Report) -> None:
    """The `resident_id` that the person at `pointer` gives beside another document."""
    number = holder["resident_id"]
    if fault := resident_id_fault(number):
        report.add(_ID_PROBLEMS[fault], f"{pointer}/resident_id", number)
    else:
        _check_facts(number, holder, pointer, report)


def check_validity(document: Record, pointer: str, *, return_on: str | None, abroad: bool, report: Report) -> None:
    """Dates of the document at `pointer`: it must outlast the trip, a passport abroad by six months."""
    expires_on, issued_on = document.get("expires_on"), document.get("issued_on")
    if issued_on and issued_on > min(report.today, expires_on or report.today):
        report.add(ISSUED_LATE, f"{pointer}/issued_on", issued_on)
    if not (expires_on and return_on):
        return
    if expires_on < return_on:
        report.add(EXPIRED, f"{pointer}/expires_on", expires_on, return_on=return_on)
    elif abroad and document["type"] == "passport" and expires_on < months_after(return_on, 6):
        report.add(EXPIRES_SOON, f"{pointer}/expires_on", expires_on, return_on=return_on)


def _check_holder(document_type: str, number: str, holder: Record, pointer: str, *, report: Report) -> None:
    if document_type == "resident_id":
        if not is_known_division(number[:6]):
            report.add(ID_DIVISION, f"{pointer}/document/number", number)
        if holder.get("nationality", "CN") != "CN":
            report.add(ID_FOREIGNER, f"{pointer}/nationality", holder["nationality"])
    _check_facts(number, holder, pointer, report)


def _check_old_number(number: str, holder: Record, pointer: str, report: Report) -> None:
    upgraded = upgrade_resident_id(number)
    if upgraded is not None:
        report.add(ID_15, f"{pointer}/document/number", number)
        _check_holder("resident_id", upgraded, holder, pointer, report=report)


def _check_facts(number: str, holder: Record, pointer: str, report: Report) -> None:
    birth_date, sex = holder.get("birth_date"), holder.get("sex")
    if birth_date and birth_date.replace("-", "") != number[6:14]:
        report.add(BIRTH_DIFFERS, f"{pointer}/birth_date", birth_date)
    if sex in _STATED_SEXES and sex != sex_of(number):
        report.add(SEX_DIFFERS, f"{pointer}/sex", sex)


def _report_fault(fault: Fault, document: Record, pointer: str, report: Report) -> None:
    document_type, number = document["type"], document["number"]
    words = codelist("document_types")
    stated = words[document_type]
    likely = likely_document_type(number) if fault is Fault.FORM else None
    if likely and likely != document_type:
        details = {"stated": stated, "likely": words[likely], "code": likely}
        report.add(WRONG_TYPE, f"{pointer}/document/type", document_type, **details)
    elif document_type in _CHECKED_BY_GB_11643:
        report.add(_ID_PROBLEMS[fault], f"{pointer}/document/number", number)
    else:
        report.add(NUMBER_FORM, f"{pointer}/document/number", number, stated=stated)
