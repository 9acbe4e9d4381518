"""What is printed of a roster: labels, values and boxes by type, for every copy of its form (domain section 2). Pure.

The outbound form has four copies: two for border inspection, one for the authority, one for the agency. What the forms
of the other types look like is ours: no public rule says.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from gateway.seals.faces import SealKind
from schemas.codelists import codelist

Body = Mapping[str, Any]
_BLANK = "　"
_TITLES = {
    "outbound": "中国公民出境旅游团队名单表",
    "inbound": "入境旅游团队名单表",
    "domestic": "国内旅游团队名单表",
    "hk_macau": "内地居民赴港澳旅游团队名单表",
    "taiwan": "大陆居民赴台湾地区旅游团队名单表",
    "border": "边境旅游团队名单表",
}
_FOUR_COPIES = (
    "第一联　出境边防检查站",
    "第二联　入境边防检查站",
    "第三联　旅游行政管理部门",
    "第四联　组团社",
)
_TWO_COPIES = ("第一联　旅游行政管理部门", "第二联　组团社")
_WARNINGS = {
    "submitted": "尚未审验",
    "returned": "已退回，不得作为已审验的名单表使用",
}
"""On top of every copy: a returned roster bears the seal of the authority, too."""
_CROSSING = frozenset({"outbound", "hk_macau", "taiwan", "border"})
_SEX = {"1": "男", "2": "女"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column of the table of people: its heading, its share of the width, its value in a row."""

    heading: str
    share: float
    value: Callable[[Body], str]


def _document(name: str) -> Callable[[Body], str]:
    return lambda person: _text(person.get("document", {}).get(name))


def _of(name: str) -> Callable[[Body], str]:
    return lambda person: _text(person.get(name))


def _document_type(person: Body) -> str:
    return _coded("document_types", person.get("document", {}).get("type"))


_NAME = Column(heading="姓名", share=17, value=_of("name"))
_SEX_COLUMN = Column(heading="性别", share=8, value=lambda person: _SEX.get(str(person.get("sex")), ""))
_BORN = Column(heading="出生日期", share=18, value=_of("birth_date"))
_TYPE = Column(heading="证件类型", share=24, value=_document_type)
_TRAVELLING = (
    _NAME,
    Column(heading="汉语拼音", share=30, value=_of("name_pinyin")),
    _SEX_COLUMN,
    _BORN,
    Column(heading="出生地", share=15, value=_of("birth_place")),
    Column(heading="证件号码", share=21, value=_document("number")),
    Column(heading="发证机关", share=30, value=_document("issue_authority")),
    Column(heading="发证日期", share=18, value=_document("issued_on")),
)
_STAYING = (
    _NAME,
    _SEX_COLUMN,
    _BORN,
    Column(heading="国籍（地区）", share=18, value=lambda person: _coded("countries", person.get("nationality"))),
    _TYPE,
    Column(heading="证件号码", share=30, value=_document("number")),
    Column(heading="电话", share=22, value=_of("mobile")),
)
_PASSPORT = "护照号码"


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What the form says of the roster beside its content: how far it is, by whom, and what is under which seal.

    `sealed` are the seals that will stand on it. Days are days in China.
    """

    state: str
    version: int
    reported_on: date
    authority: str | None = None
    decided_on: date | None = None
    decided_version: int | None = None
    reason: str | None = None
    sealed: frozenset[SealKind] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkable:
    """How whoever holds the paper checks it: the code, its printed form, the picture of its QR, what to compare."""

    code: str
    printed: str
    qr_svg: str
    submission: str
    content_hash: str


def copies_of(roster_type: str) -> Sequence[str]:
    """For whom the copies are."""
    return _FOUR_COPIES if roster_type in _CROSSING else _TWO_COPIES


def form_of(body: Body, standing: Standing, checkable: Checkable) -> dict[str, Any]:
    """All that the template prints, as JSON."""
    roster_type = body["roster_type"]
    columns = [Column(heading="序号", share=8, value=_of("seq_no")), *_columns(roster_type)]
    agency = body["agency"]
    return {
        "title": _TITLES[roster_type],
        "agency": agency["name"],
        "code": checkable.code,
        "printed": checkable.printed,
        "qr": checkable.qr_svg,
        "group-no": f"团队编号 {body['group_no']}",
        "warning": _WARNINGS.get(standing.state),
        "copies": list(copies_of(roster_type)),
        "numbers": [
            ("组团社序号", _text(agency.get("serial_no")) or _BLANK),
            ("团队编号", body["group_no"]),
            ("年份", _text(body.get("roster_year")) or _BLANK),
            ("编号", _text(body.get("form_no")) or _BLANK),
        ],
        "facts": list(_in_pairs(_facts(body))),
        "columns": [(column.heading, column.share) for column in columns],
        "people": [[column.value(person) for column in columns] for person in _numbered(body["travellers"])],
        "closing": [(label, value or _BLANK) for label, value in _closing(body)],
        "boxes": list(_boxes(body, standing)),
        "notes": list(_notes(standing, checkable)),
        "footer": f"第 {standing.version} 版　{_state_words(standing)}",
    }


def _columns(roster_type: str) -> Sequence[Column]:
    match roster_type:
        case "outbound":
            return [_renamed(column, "证件号码", _PASSPORT) for column in _TRAVELLING]
        case "border":
            place = next(nth for nth, column in enumerate(_TRAVELLING) if column.heading == "证件号码")
            kept = [column for column in _TRAVELLING if column.heading != "出生地"]
            return [*kept[: place - 1], _TYPE, *kept[place - 1 :]]
        case "hk_macau" | "taiwan":
            return [_renamed(column, "证件号码", "通行证号码") for column in _TRAVELLING]
        case _:
            return _STAYING


def _renamed(column: Column, before: str, after: str) -> Column:
    return Column(heading=after, share=column.share, value=column.value) if column.heading == before else column


def _numbered(people: Sequence[Body]) -> Iterator[Body]:
    for nth, person in enumerate(people, start=1):
        yield {"seq_no": nth, **person}


def _facts(body: Body) -> Iterator[tuple[str, str]]:
    """Labels with values; those without one are printed where the form has them, left out where it is ours."""
    leader = body.get("leader", {})
    is_crossing = body["roster_type"] in _CROSSING
    if leader or is_crossing:
        yield "领队姓名", _text(leader.get("name"))
        yield "领队证号", _text(leader.get("cert_no"))
    for other in body.get("other_leaders", ()):
        yield "其他领队", _text(other.get("name"))
        yield "领队证号", _text(other.get("cert_no"))
    yield "线路", body["route_name"]
    yield "前往国家（地区）", "、".join(_coded("countries", code) for code in body.get("destination_countries", ()))
    if is_crossing:
        yield "出境日期/口岸", _joined(body.get("exit_date"), _coded("ports", body.get("exit_port")))
        yield "入境日期/口岸", _joined(body.get("entry_date"), _coded("ports", body.get("entry_port")))
    else:
        yield "客源国（地区）", _coded("countries", body.get("origin_country"))
        yield "出发日期", _text(body.get("depart_on"))
        yield "返回日期", _text(body.get("return_on"))
    for label, name in (("抵达", "arrival"), ("离开", "departure")):
        if name in body:
            yield f"{label}时间/交通", _movement(body[name])
    yield "总人数", f"{body['total_count']}{'（含领队）' if body.get('leader_counted') else ''}"
    yield "男/女", _joined(body.get("male_count"), body.get("female_count"), by=" / ")
    yield from _services(body)


def _services(body: Body) -> Iterator[tuple[str, str]]:
    """What domestic and inbound groups say beside it."""
    yield "导游", "；".join(_joined(each.get("name"), each.get("card_no")) for each in body.get("guides", ()))
    vehicles = body.get("vehicles", ())
    yield "车辆", "；".join(_joined(each.get("plate_no"), each.get("driver_name")) for each in vehicles)
    yield "住宿", "；".join(_joined(each.get("date"), each.get("name")) for each in body.get("hotels", ()))
    yield "保险", _joined(body.get("insurance", {}).get("company"), body.get("insurance", {}).get("product_name"))
    yield "合同编号", "、".join(map(_text, body.get("contract_numbers", ())))
    split = body.get("planned_split", {})
    if split.get("is_planned"):
        yield "计划分团", _joined(split.get("split_on"), split.get("place"), split.get("reason"))
    yield "备注", _text(body.get("remark"))


_ALWAYS = frozenset({"领队姓名", "领队证号", "出境日期/口岸", "入境日期/口岸", "总人数", "男/女"})
_WHOLE_LINE = frozenset({"线路", "前往国家（地区）", "导游", "车辆", "住宿", "保险", "合同编号", "计划分团", "备注"})


def _in_pairs(facts: Iterator[tuple[str, str]]) -> Iterator[list[tuple[str, str]]]:
    """Two a line, but for what needs a line of its own."""
    waiting: list[tuple[str, str]] = []
    for label, value in facts:
        if not value and label not in _ALWAYS:
            continue
        fact = (label, value or _BLANK)
        if label in _WHOLE_LINE:
            if waiting:
                yield waiting
                waiting = []
            yield [fact]
            continue
        waiting.append(fact)
        if len(waiting) == 2:
            yield waiting
            waiting = []
    if waiting:
        yield waiting


def _closing(body: Body) -> Iterator[tuple[str, str]]:
    agency = body["agency"]
    contact = _joined(agency.get("contact_name"), agency.get("contact_phone"))
    yield "组团社", _joined(agency["name"], agency.get("license_no"))
    yield "联络人及电话", contact
    receivers = (_receiver(each) for each in body.get("receiving_agencies", ()))
    yield "接待社、联络人及电话", "；".join(receivers)
    yield "授权人签字", _text(body.get("authorised_signatory"))


def _receiver(agency: Body) -> str:
    return _joined(agency.get("name"), agency.get("contact_name"), agency.get("contact_phone"))


def _boxes(body: Body, standing: Standing) -> Iterator[dict[str, Any]]:
    reported = f"{standing.reported_on:%Y-%m-%d} 报送"
    yield _box("组团社盖章", SealKind.REPORT, standing, below=reported, notice="未用印")
    if standing.decided_on is None:
        below, notice = "", "待审验，未用印"
    else:
        words = "审验" if standing.state == "audited" else "退回"
        below, notice = f"{standing.decided_on:%Y-%m-%d} {words}　{standing.authority or ''}", f"已{words}，未用印"
    yield _box("旅游行政管理部门审验章", SealKind.AUDIT, standing, below=below, notice=notice)
    if body["roster_type"] in _CROSSING:
        left, back = (_text(body.get(f"actual_{way}_count")) or _BLANK * 2 for way in ("exit", "entry"))
        yield {
            "title": "边防检查站加注",
            "role": None,
            "notice": None,
            "below": f"实际出境 {left} 人\n实际入境 {back} 人",
        }


def _box(title: str, kind: SealKind, standing: Standing, *, below: str, notice: str) -> dict[str, Any]:
    """A box with a seal, or that says in words that there is none."""
    is_sealed = kind in standing.sealed
    return {
        "title": title,
        "role": kind.value if is_sealed else None,
        "notice": None if is_sealed else notice,
        "below": below,
    }


def _notes(standing: Standing, checkable: Checkable) -> Iterator[str]:
    yield f"回执 {checkable.submission}　内容摘要 SHA-256 {checkable.content_hash[:16]}…"
    if standing.state == "audited" and standing.decided_version != standing.version:
        yield f"第 {standing.decided_version} 版已审验；此后只减少人员，现为第 {standing.version} 版。"
    if standing.reason:
        yield f"主管部门意见：{standing.reason}"
    yield "扫描二维码或输入核验码，核对人数、日期、状态与文件摘要。"
    yield "所用印章为示例章，非认证印章产品；电子文件中每枚印章均为数字签名，打印件以核验结果为准。"


def _state_words(standing: Standing) -> str:
    return codelist("roster_states")[standing.state].zh


def _movement(movement: Body) -> str:
    when = _joined(movement.get("date"), movement.get("time"))
    by = _joined(_coded("transport_types", movement.get("transport_type")), movement.get("transport_no"))
    return _joined(when, _coded("ports", movement.get("port")), by)


def _joined(*values: object, by: str = "　") -> str:
    return by.join(filter(None, map(_text, values)))


def _coded(name: str, code: object) -> str:
    """The Chinese words of a code; what the list does not know is as it was given."""
    given = _text(code)
    words = codelist(name)
    return words[given].zh if given in words else given


def _text(value: object) -> str:
    return "" if value is None else str(value)
