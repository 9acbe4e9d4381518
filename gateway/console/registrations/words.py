"""What the pages of registrations ask and show, in one language, ready for the templates. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from gateway.console.shell.tabular import Cell, Column, Row, Table, state_filter, state_view
from gateway.doors.registration_form import APPLICANTS, CHANNELS
from gateway.onboarding.rows import RegistrationRow, StepRow
from gateway.onboarding.scenarios import TITLES, Scenario
from gateway.onboarding.states import REGISTRATIONS, RegistrationState
from gateway.persons.person import Person
from gateway.wording.dates import moment, short_moment
from gateway.wording.languages import word
from schemas.catalog import kind, kind_names
from schemas.findings import Text

Given = Mapping[str, Sequence[str]]


class Asked(NamedTuple):
    """A field of the form: its place in it, what it is called, what is to be written, and how it is entered."""

    place: str
    title: Text
    help: Text
    entry: str = "text"
    is_required: bool = False


_APPLICANTS = (Text("旅行社（自有系统）", "An agency with a system of its own"), Text("软件开发单位", "A vendor"))
_CHANNELS = (
    Text("REST 接口", "REST"),
    Text("SOAP 接口", "SOAP"),
    Text("SFTP 文件交换", "Files over SFTP"),
    Text("上传表格", "Uploaded sheets"),
    Text("由平台访问对方接口", "We call theirs"),
)
_CHOICES: Mapping[str, Mapping[str, Text]] = {
    "system/applicant": dict(zip(APPLICANTS, _APPLICANTS, strict=True)),
    "system/channel": dict(zip(CHANNELS, _CHANNELS, strict=True)),
}
_NONE = Text("", "")
_SHORT = Text("1 至 200 个字", "1 to 200 characters")
FIELDS = (
    Asked(
        "system/organisation", Text("单位名称", "Organisation"), Text("营业执照上的全称", "Its full name"), "text", True
    ),
    Asked("system/applicant", Text("单位类型", "Who it is"), _NONE, "radio", True),
    Asked(
        "system/uscc",
        Text("统一社会信用代码", "Credit code"),
        Text("18 位数字和大写字母", "18 digits and capital letters"),
    ),
    Asked("system/division", Text("所在地行政区划代码", "Division"), Text("6 位数字，例如 350203", "6 digits: 350203")),
    Asked("system/name", Text("系统名称", "Name of the system"), _SHORT, "text", True),
    Asked("system/version", Text("系统版本", "Version"), Text("50 字以内", "50 characters at most")),
    Asked("system/channel", Text("对接方式", "How it sends"), _NONE, "select", True),
    Asked("system/kinds", Text("报送内容", "What it sends"), Text("至少选择一项", "At least one"), "checkbox", True),
    Asked(
        "system/agencies",
        Text("使用该系统的旅行社数量", "Agencies that use it"),
        Text("整数", "A whole number"),
        "number",
    ),
    Asked("system/daily", Text("日常每天报送条数", "Records on a usual day"), Text("整数", "A whole number"), "number"),
    Asked("system/remarks", Text("其他说明", "Remarks"), Text("2000 字以内", "2,000 characters at most"), "textarea"),
    Asked("contact/name", Text("联系人", "Whom to call"), Text("50 字以内", "50 characters at most"), "text", True),
    Asked(
        "contact/phone",
        Text("联系电话", "Telephone"),
        Text("5 至 30 位数字，可含 + - ( ) 和空格", "5 to 30 digits, with + - ( ) and spaces"),
        "tel",
        True,
    ),
    Asked(
        "contact/email", Text("电子邮箱", "E-mail"), Text("例如 name@example.com", "such as name@example.com"), "email"
    ),
)
_WHOLE = ("system/agencies", "system/daily")
_STATES = {
    RegistrationState.APPLIED: Text("待受理", "Waits for acceptance"),
    RegistrationState.SANDBOX: Text("沙箱调试", "In the sandbox"),
    RegistrationState.CONFORMANCE: Text("联调验证", "In conformance"),
    RegistrationState.LIVE: Text("已接入", "Connected"),
    RegistrationState.REJECTED: Text("不予接入", "Rejected"),
}
_TONES = {RegistrationState.LIVE: "good", RegistrationState.APPLIED: "warn", RegistrationState.REJECTED: "bad"}
_NEXT = {
    RegistrationState.APPLIED: Text(
        "请等待技术支持人员受理，一般一个工作日。", "The technical team will accept it, usually within a working day."
    ),
    RegistrationState.SANDBOX: Text(
        "领取沙箱凭证，按正式接口调试；完成下列场景后，请技术支持人员开始联调验证。",
        "Fetch a credential of the sandbox and try everything out; then ask for conformance.",
    ),
    RegistrationState.CONFORMANCE: Text(
        "请完成下列全部场景；通过后由技术支持人员办理正式接入。",
        "Show every scenario below; the technical team will connect the system then.",
    ),
    RegistrationState.LIVE: Text("已正式接入，可领取正式凭证。", "It is connected: fetch the real credential."),
    RegistrationState.REJECTED: Text("原因见下方办理记录。", "The reason stands below."),
}
_DECISIONS = {
    RegistrationState.SANDBOX: Text("受理，开通沙箱", "Accept, open the sandbox"),
    RegistrationState.CONFORMANCE: Text("开始联调验证", "Begin conformance"),
    RegistrationState.LIVE: Text("正式接入", "Connect"),
    RegistrationState.REJECTED: Text("不予接入", "Reject"),
}
_BACK = Text("退回沙箱调试", "Back to the sandbox")


def entered(given: Given) -> dict[str, list[str]]:
    """What was filled in, by place; unknown fields are dropped, blanks are nothing."""
    places = {asked.place for asked in FIELDS}
    stripped = {place: [value.strip() for value in values if value.strip()] for place, values in given.items()}
    return {place: values for place, values in stripped.items() if place in places and values}


def form_of(given: Given) -> dict[str, dict[str, Any]]:
    """The form as the API takes it. A number that is none stays a text, which the form then refuses."""
    form: dict[str, dict[str, Any]] = {"system": {}, "contact": {}}
    for place, values in given.items():
        part, _, name = place.partition("/")
        value: Any = list(values) if name == "kinds" else values[-1]
        if place in _WHOLE and values[-1].isascii() and values[-1].isdecimal() and len(values[-1]) < 12:
            value = int(values[-1])
        form[part][name] = value
    return form


def mistakes(places: Sequence[str], language: str) -> list[dict[str, str]]:
    """What is wrong, by field: its title, and what is to be written there."""
    by_place = {asked.place: asked for asked in FIELDS}
    found: dict[str, dict[str, str]] = {}
    for place in places:
        own = "/".join(place.split("/")[:2])
        if own in by_place:
            asked = by_place[own]
            told = word(asked.help, language) or word(Text("请选择", "Choose one"), language)
            found[own] = {"place": own, "title": word(asked.title, language), "told": told}
    return list(found.values())


def shown_form(given: Given, wrong: Sequence[Mapping[str, str]], language: str) -> dict[str, Any]:
    flawed = {each["place"] for each in wrong}
    return {
        "mistakes": wrong,
        "fields": [
            {
                "place": asked.place,
                "id": asked.place.replace("/", "-"),
                "title": word(asked.title, language),
                "help": word(asked.help, language),
                "entry": asked.entry,
                "is_required": asked.is_required,
                "is_wrong": asked.place in flawed,
                "values": list(given.get(asked.place, ())),
                "choices": _choices(asked.place, language),
            }
            for asked in FIELDS
        ],
    }


def _choices(place: str, language: str) -> list[tuple[str, str]]:
    if place == "system/kinds":
        return [(name, word(kind(f"{name}.v1").title(""), language)) for name in kind_names()]
    return [(value, word(words, language)) for value, words in _CHOICES.get(place, {}).items()]


def _state(state: RegistrationState, language: str) -> dict[str, str]:
    return {"state": word(_STATES[state], language), "tone": _TONES.get(state, "none")}


TABLE = Table(
    path="/registrations",
    columns=(
        Column(name="organisation", title=Text("单位", "Organisation")),
        Column(name="system", title=Text("系统", "System")),
        Column(name="channel", title=Text("对接方式", "How it sends")),
        Column(name="kinds", title=Text("报送内容", "What it sends"), is_in_files_only=True),
        Column(name="at", title=Text("登记时间", "Registered")),
        Column(name="state", title=Text("状态", "State")),
    ),
    filters=(state_filter(_STATES),),
)


def table_of(counts: Mapping[RegistrationState, int]) -> Table:
    """With a view of each state that there is any in, and how many."""
    known = {state: (words, counts.get(state, 0)) for state, words in _STATES.items()}
    views = [
        state_view(state, Text(f"{words.zh} {count}", f"{words.en} {count}"))
        for state, (words, count) in known.items()
        if count
    ]
    return replace(TABLE, views=views)


def line_of(row: RegistrationRow, _: Person, language: str) -> Row:
    """A registration as a line of the list."""
    state = _state(row.state, language)
    sends = [word(kind(f"{name}.v1").title(""), language) for name in row.system["kinds"]]
    kinds = word(Text("、", ", "), language).join(sends)
    cells = {
        "organisation": Cell(text=row.system["organisation"], href=f"/registrations/{row.id}"),
        "system": Cell(text=row.system["name"]),
        "channel": Cell(text=word(_CHOICES["system/channel"][row.system["channel"]], language), small=kinds),
        "kinds": Cell(text=kinds),
        "at": Cell(text=short_moment(row.created_at, language)),
        "state": Cell(text=state["state"], tone=state["tone"]),
    }
    return Row(name=row.system["organisation"], cells=cells)


def shown_registration(
    row: RegistrationRow, steps: Sequence[StepRow], conformance: Mapping[str, Mapping[Scenario, bool]], language: str
) -> dict[str, Any]:
    """A registration with its steps and what it has shown; `decisions` are where it may go from here."""
    return {
        "id": str(row.id),
        "partner": row.partner or "",
        "organisation": row.system["organisation"],
        "next": word(_NEXT[row.state], language),
        "facts": list(_facts(row, language)),
        "steps": [
            {"at": moment(step.at, language), "by": step.by, "reason": step.reason, **_state(step.state, language)}
            for step in steps
        ],
        "is_new": row.state is RegistrationState.APPLIED,
        "decisions": [
            (end.value, word(_decision(row.state, end), language))
            for end in RegistrationState
            if REGISTRATIONS.may_move(row.state, end)
        ],
        "conformance": [
            {
                "kind": word(kind(f"{name}.v1").title(""), language),
                "name": name,
                "passed": sum(seen.values()),
                "scenarios": [
                    {"title": word(TITLES[scenario], language), "is_seen": is_seen}
                    for scenario, is_seen in seen.items()
                ],
            }
            for name, seen in conformance.items()
        ],
        **_state(row.state, language),
    }


def _decision(start: RegistrationState, end: RegistrationState) -> Text:
    is_back = (start, end) == (RegistrationState.CONFORMANCE, RegistrationState.SANDBOX)
    return _BACK if is_back else _DECISIONS[end]


def _facts(row: RegistrationRow, language: str) -> Iterator[dict[str, Any]]:
    for asked in FIELDS:
        part, _, name = asked.place.partition("/")
        value = row.system.get(name) if part == "system" else None
        if value is None:
            continue
        choices = dict(_choices(asked.place, language))
        values = value if isinstance(value, list) else [value]
        yield {"title": word(asked.title, language), "values": [choices.get(str(each), str(each)) for each in values]}
