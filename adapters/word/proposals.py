"""For each blank of a contract the fields that it may mean, the likeliest first.

Names are compared as the drafting of connectors does it; what a contract says beside them decides between what is
called the same: whose the blank is, the list that its table is, the unit behind it, what its boxes say.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from adapters.drafting.evidence import profile
from adapters.drafting.likeness import likeness
from adapters.drafting.sources import Source
from adapters.drafting.targets import Target, targets
from adapters.drafting.words import concepts
from adapters.mapping.cleaners.codelists import by_any_name
from adapters.word.blanks import Blank, Reading
from adapters.word.meanings import contract, field_of, forms_of, parsed
from adapters.word.parties import AGENCY, ENTRUSTED, RECEIVING, TRAVELLER, named
from schemas.fields import Field

MOST = 6
FLOOR = 0.45
"""A proposal below it is not made: the place stays open."""
_LEAST, _CERTAIN = 0.15, 1.0
_NOT_OURS, _FIRST_OF, _WITHOUT = 0.35, 0.07, 0.96
_BY_HEADING, _BY_CAPTION, _SAID = 0.2, 1.5, 0.8
_BY_TYPE = {"date": 0.15, "money": 0.1, "count": 0.05, "ratio": 0.35}
"""What it says for a field that it is of the type that a blank's unit asks for, which few are."""
_SOME_OPTIONS, _FEWEST_CODES, _PAIR, _SHORT = 0.5, 2, 2, 2
_NOTHING = profile(())
_WORDS = {TRAVELLER: "旅游者", AGENCY: "旅行社", RECEIVING: "地接社", ENTRUSTED: "受托旅行社"}
_FIRSTS = ("signatories", "travellers", "receiving_agencies")
_LISTS_OF = {TRAVELLER: ("signatories", "travellers"), RECEIVING: ("receiving_agencies",)}
_OWNERS = {
    "agency": AGENCY,
    "travellers": TRAVELLER,
    "signatories": TRAVELLER,
    "receiving_agencies": RECEIVING,
    "entrusted_agency": ENTRUSTED,
}
_LESS_USUAL = ("resident_id", "remark")
_NOT_PRINTED = frozenset({"business_no", "callback_url", "division", "sha256", "url"})
"""Keys of systems: on paper their words mean what people read."""
_SEVERAL_SIDED = ("local_transport", "long_transport")
_AS_A_WHOLE = "description"
_OTHERS = ("接待社", "地接社", "接待旅行社", "受托旅行社", "受托社")
_SIGNED = re.compile(r"签字|签名|签署人|手印|签章处")
_SEALED = re.compile(r"盖章|签章|公章|印章|（章）|\(章\)")
_CODED = re.compile(r"唯一编?码|合同编码|电子合同号|合同码|验证码")
_PICTURED = re.compile(r"二维码|扫码")
_CAPITAL = re.compile(r"大写")
_MONEY = re.compile(r"(?:[（(]?(?:人民币|大写|小写)[：:]?[)）]?|[￥¥]|\s){1,6}$")
_DEADLINE, _DUE = re.compile(r"^[日号]之?前"), ("pay_by",)
_NIGHTS = ("晚", "夜")
_DAYS_TO, _DAYS = re.compile(r"[日天]?\s?(?:至|到|—|-|~|～)$"), re.compile("[日天]")
_LINES_ABOVE = 6
_NAMES = {"signatories.0.name": "@traveller_signature", "agency.name": "@agency_seal"}
_SIGNED_NEAR, _BY_SIBLING, _BY_UNIT = 4, 0.12, 0.3
_SMALL = re.compile(r"^(?:其中|本次|本|共)|(?:为|是|由|于|按|计|人民币|（人民币）){1,2}$")
_NUMBERED = re.compile(r"^(?:附件?\d{0,2}[：:]?|第?[一二三四五六七八九十百\d]{1,5}[章条节、.．])\s{0,10}")
_BEFORE = re.compile(r"^[日号]?之?前?")
_LETTER = re.compile(r"[甲乙]\s{0,3}方\s{0,3}")
_BARE_DAYS = ("日期", "时间", "日 期", "签字日期", "签署日期")
_DATE, _PARTS = ("年", "月", "日"), ("year", "month", "day")
_TYPES: Mapping[str, str] = {
    "人": "count",
    "名": "count",
    "天": "count",
    "夜": "count",
    "晚": "count",
    "次": "count",
    "元": "money",
    "%": "ratio",
    "％": "ratio",
    "分钟": "minutes",
}
_UNITS: Mapping[str, str] = {
    "人": "人数",
    "名": "人数",
    "天": "天数",
    "夜": "夜数",
    "晚": "夜数",
    "次": "次数",
    "元/人": "单价",
    "元": "金额",
    "%": "比例",
    "％": "比例",
    "分钟": "时长",
}
_NEGATIVE = re.compile(r"不|否|无须|拒绝|放弃")
_AFFIRMATIVE = re.compile(r"同意|是|愿意|需要|接受|有")


@dataclass(frozen=True, slots=True)
class Proposal:
    """What a blank may mean, and how much speaks for it: from 0 to 1."""

    meaning: str
    score: float


@dataclass(frozen=True, slots=True)
class Proposed:
    """A blank with its candidates, the likeliest first. None of them is `sure` when the first is not likely enough."""

    blank: Blank
    candidates: tuple[Proposal, ...]

    @property
    def meaning(self) -> str:
        """What is proposed; "" for what stays open."""
        return self.candidates[0].meaning if self.candidates and self.candidates[0].score >= FLOOR else ""


def propose(reading: Reading) -> list[Proposed]:
    """Proposals for every blank, in their order."""
    found: dict[int, list[Proposal]] = {}
    for blanks in _by(reading.blanks, "loop").values():
        found |= _of_loop(blanks)
    chosen: set[str] = set()
    for blanks in _by(reading.blanks, "choice").values():
        proposed = _of_choice(blanks)
        chosen |= {each[0].meaning.partition("=")[0] for each in proposed.values() if each}
        found |= proposed
    found |= _of_penalties([blank for blank in reading.blanks if blank.number not in found], reading)
    singles = [blank for blank in reading.blanks if blank.number not in found]
    found |= _of_singles(singles, frozenset(chosen))
    return [Proposed(blank, tuple(found[blank.number][:MOST])) for blank in reading.blanks]


def _by(blanks: Sequence[Blank], what: str) -> dict[int, list[Blank]]:
    found: dict[int, list[Blank]] = {}
    for blank in blanks:
        if (number := getattr(blank, what)) is not None:
            found.setdefault(number, []).append(blank)
    return found


def _of_penalties(blanks: Sequence[Blank], reading: Reading) -> dict[int, list[Proposal]]:
    """What is owed by the days before departure, `____日至____日 ____%`, item by item of who owes it."""
    found: dict[int, list[Proposal]] = {}
    counts: dict[str, int] = {}
    for first, last, ratio in zip(blanks, blanks[1:], blanks[2:], strict=False):
        if not (_DAYS_TO.match(first.unit) and _DAYS.match(last.unit) and ratio.unit.startswith(("%", "％"))):
            continue
        whose = "agency" if _owes(first, reading) == AGENCY else "traveller"
        at = counts[whose] = counts.get(whose, -1) + 1
        for blank, name in ((first, "days_from"), (last, "days_to"), (ratio, "ratio")):
            found[blank.number] = [
                Proposal(f"group_agreement.{each}_penalties.{at}.{name}", _CERTAIN if each == whose else FLOOR)
                for each in sorted(("agency", "traveller"), key=lambda each: each != whose)
            ]
    return found


def _owes(blank: Blank, reading: Reading) -> str:
    """Who pays: the first that is named before the blank in its sentence, else in the line that leads up to it."""
    place = blank.place
    if place.line is None:
        return blank.party
    lines = reading.outline.lines
    at = next((number for number, each in enumerate(lines) if each.line is place.line), 0)
    said = re.split("[。；;]", place.line.text[: place.start])[-1]
    above = [each.line.text.strip() for each in reversed(lines[max(0, at - _LINES_ABOVE) : at])]
    leads = next((text for text in above if text.endswith(("：", ":"))), "")
    return named(said) or named(leads) or blank.party


def _of_singles(blanks: Sequence[Blank], chosen: frozenset[str]) -> dict[int, list[Proposal]]:
    """Blanks by themselves; three that are a year, a month and a day are one date, one `in words` repeats an amount."""
    found: dict[int, list[Proposal]] = {}
    amount, named, signed = "", set[str](), -_SIGNED_NEAR
    at = 0
    while at < len(blanks):
        blank, date = blanks[at], _date_from(blanks, at)
        before = blanks[at - 1] if at and blanks[at - 1].place.line is blank.place.line else None
        near = _first(found, before) if before else ""
        wanted = Wanted(
            of="date" if date else _wanted(blank, blanks[at + 1 : at + 2]),
            tail=_BEFORE.sub("", date[-1].unit) if date else "",
            signs=at - signed <= _SIGNED_NEAR,
            beside=near.rpartition(".")[0],
            is_deadline=bool(date) and _DEADLINE.match(date[-1].unit) is not None,
        )
        if date:
            ways = list(_ranked(blank, chosen, wanted))
            for one in date:
                part = _PARTS[_DATE.index(one.unit[0])]
                found[one.number] = [Proposal(f"{each.meaning}#{part}", each.score) for each in ways]
            at += len(date)
            continue
        words, rest = _CAPITAL.search(blank.label) is not None, _SMALL.sub("", _MONEY.sub("", blank.label))
        if amount and words and not rest:
            found[blank.number] = [Proposal(f"{amount}#capital", _CERTAIN)]
        elif wanted.of == "days":
            found[blank.number] = [Proposal("days", _CERTAIN)]
        elif near.endswith("#capital") and not rest and not words:
            found[blank.number] = [Proposal(near.removesuffix("#capital"), _CERTAIN)]
        else:
            found[blank.number] = list(_ranked(blank, chosen, wanted))
        best = _first(found, blank)
        if best in named and best in _NAMES and _names_only_a_party(blank):
            best = _NAMES[best]
            found[blank.number].insert(0, Proposal(best, _CERTAIN))
        named.add(best)
        signed = at if best.startswith("@") else signed
        amount = best if best and _is_amount(best) else amount
        at += 1
    return found


def _first(found: Mapping[int, Sequence[Proposal]], blank: Blank) -> str:
    return found[blank.number][0].meaning if found[blank.number] else ""


def _names_only_a_party(blank: Blank) -> bool:
    """Whether a blank is called by nothing but whose it is; asked for once more, a name is a signature."""
    said = _LETTER.sub("", blank.label)
    return blank.party in _WORDS and (not said or said in _WORDS.values())


def _date_from(blanks: Sequence[Blank], at: int) -> list[Blank]:
    """The blanks from `at` that are parts of one date: `____年____月____日`, the day or the year may be missing."""
    found: list[Blank] = []
    parts = _DATE[1:] if at < len(blanks) and blanks[at].unit.startswith(_DATE[1]) else _DATE
    for blank, unit in zip(blanks[at : at + len(parts)], parts, strict=False):
        if not blank.unit.startswith(unit) or blank.place.line is not blanks[at].place.line:
            break
        found.append(blank)
    return found if len(found) > 1 else []


def _wanted(blank: Blank, behind: Sequence[Blank] = ()) -> str:
    """The type of field that the unit behind a blank asks for; "" for any. `____日____晚` are days, no date."""
    if blank.unit == _DATE[-1] and any(each.is_joined or each.unit.startswith(_NIGHTS) for each in behind):
        return "days"
    if blank.label.endswith(("￥", "¥")):
        return "money"
    for unit, wanted in _TYPES.items():
        if blank.unit.startswith(unit):
            return wanted
    return "money" if _CAPITAL.search(blank.label) else ""


def _is_amount(meaning: str) -> bool:
    read = parsed(meaning)
    field = read and field_of(read)
    return bool(field) and "capital" in forms_of(field)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is known of a blank beside its names: the type of its field, words behind it, a signature before it, whose
    field the blank before it on the line is, that something is due by it."""

    of: str = ""
    tail: str = ""
    signs: bool = False
    beside: str = ""
    is_deadline: bool = False


def _ranked(blank: Blank, chosen: frozenset[str], wanted: Wanted) -> Iterator[Proposal]:
    if (place := _place(blank)) and not wanted.of:
        yield Proposal(place, _CERTAIN)
        return
    if wanted.signs and blank.label in _BARE_DAYS:
        yield Proposal("signed_on", _CERTAIN)
    best: dict[str, float] = {}
    sources = list(_sources(blank, wanted))
    around = concepts(_bare(blank.heading))
    for target in targets(contract()):
        if len(target.lists) > 1 or (target.lists and not _may_be_first(target, blank)):
            continue
        if not _fits(target.field, wanted.of) or target.path in chosen or target.field.name in _NOT_PRINTED:
            continue
        score = max((likeness(source, target, _NOTHING).score * worth for source, worth in sources), default=0.0)
        score += _BY_TYPE.get(wanted.of, 0.0)
        score += _BY_HEADING if score and around & target.inside else 0.0
        score -= _foreign(target, blank)
        meaning = _meaning(target)
        score += _BY_SIBLING if score > _LEAST and wanted.beside and meaning.startswith(f"{wanted.beside}.") else 0.0
        score = max(score, FLOOR) + _BY_HEADING if wanted.is_deadline and target.field.name in _DUE else score
        if score > _LEAST and score > best.get(meaning, 0.0):
            best[meaning] = score
    for meaning, score in sorted(best.items(), key=lambda each: -each[1]):
        form = "#capital" if _CAPITAL.search(blank.label) and _is_amount(meaning) else ""
        yield Proposal(f"{meaning}{form}", round(min(score, _CERTAIN), 2))


def _fits(field: Field, wanted: str) -> bool:
    if wanted == "date":
        return field.format == "date"
    if wanted == "money":
        return bool(field.schema.get("x-money"))
    if wanted == "count":
        return field.type == "integer"
    if wanted in ("ratio", "minutes"):
        return field.name.endswith(wanted)
    return True


def _place(blank: Blank) -> str:
    """What the platform puts there, by its usual words."""
    said = blank.label
    if _PICTURED.search(said):
        return "@qr"
    if _CODED.search(said):
        return "@code"
    is_agency = blank.party == AGENCY
    if _SIGNED.search(said):
        return "@agency_signature" if is_agency else "@traveller_signature"
    if _SEALED.search(said):
        return "@agency_seal" if is_agency or not blank.party else "@traveller_signature"
    return ""


def _sources(blank: Blank, wanted: Wanted) -> Iterator[tuple[Source, float]]:
    """The names that a blank may go by, and what each is worth: also without what stands around it."""
    above = (_WORDS[blank.party],) if blank.party in _WORDS else ()
    for name, worth in _names(blank, wanted):
        yield _source((name,), above), worth
        if above:
            yield _source((name,), ()), worth * _WITHOUT


def _names(blank: Blank, wanted: Wanted) -> Iterator[tuple[str, float]]:
    unit = next((word for end, word in _UNITS.items() if blank.unit.startswith(end)), "")
    label = "" if blank.is_joined else _SMALL.sub("", _MONEY.sub("", blank.label)) or blank.label
    if label:
        yield label, 1.0
        if (word := _WORDS.get(blank.party)) and (letter := _LETTER.match(label)):
            yield word + label[letter.end() :], 1.0
            yield label[letter.end() :], 0.97
        if blank.asks:
            yield f"{blank.asks}{label}", 0.95
        if unit:
            yield f"{label}{unit}", 0.97
        elif blank.unit and wanted.of != "date":
            yield f"{label}{blank.unit}", 0.97
        if (word := next((each for each in _OTHERS if label.endswith(each)), "")) and word != label:
            yield word, 0.95
    if unit and len(label) <= _SHORT:
        yield unit, 0.9
    if wanted.tail:
        yield wanted.tail, 0.9
    if blank.unit and not unit and wanted.of != "date":
        yield blank.unit, 0.85
    if not label and blank.heading:
        yield _bare(blank.heading), 0.9
    if not label and blank.asks:
        yield blank.asks, 0.9


def _bare(heading: str) -> str:
    return _NUMBERED.sub("", heading)


@cache
def _source(names: tuple[str, ...], above: tuple[str, ...]) -> Source:
    return Source("", (), above, names)


def _may_be_first(target: Target, blank: Blank) -> bool:
    """Whether a list's first item may be meant: of those who sign or travel, of the agency that receives."""
    return target.lists[0] in (_LISTS_OF.get(blank.party, ()) if blank.party else _FIRSTS)


def _foreign(target: Target, blank: Blank) -> float:
    """What it costs that a field is somebody else's than the blank, or of the first of several, or not its own name."""
    owner = _OWNERS.get(target.path.partition("/")[0].partition(".")[0], "")
    cost = _FIRST_OF if target.lists and _meaning(target).startswith("travellers") else 0.0
    if target.field.name in _LESS_USUAL or _is_one_side(target):
        cost += _FIRST_OF
    return cost + (_NOT_OURS if blank.party and owner and owner != blank.party else 0.0)


def _is_one_side(target: Target) -> bool:
    """Whether it is a detail of what paper says in one sentence: of a coach its seats, its driver."""
    outer = target.path.rpartition(".")[0].rpartition(".")[2]
    return outer in _SEVERAL_SIDED and target.field.name != _AS_A_WHOLE


def _meaning(target: Target) -> str:
    """A target as a place means it: of the first item of a list; who travels alone signs; an address is one text."""
    path = target.path.replace("/", ".0.").removesuffix(".detail")
    signer = path.replace("travellers.0.", "signatories.0.", 1)
    return signer if parsed(signer) is not None else path


def _of_loop(blanks: Sequence[Blank]) -> dict[int, list[Proposal]]:
    """The list whose items have most of the columns, and what each column is of it."""
    columns = [blank for blank in blanks if not blank.is_ordinal]
    by_list: dict[str, list[Target]] = {}
    for target in targets(contract()):
        if len(target.lists) == 1:
            by_list.setdefault(target.lists[0], []).append(target)
    heading = _bare(columns[0].heading) if columns else ""
    worth = {path: _by_caption(heading, path) + _columns_in(columns, own) for path, own in by_list.items()}
    path = max(worth, key=lambda each: worth[each])
    scored = [
        (round(_column(blank, target), 2), -order, -blank.number, target.path)
        for blank in columns
        for order, target in enumerate(by_list[path])
    ]
    taken: dict[str, int] = {}
    for score, _, number, way in sorted(scored, reverse=True):
        if score > _LEAST and -number not in taken.values():
            taken.setdefault(way, -number)
    found = {blank.number: [Proposal(f"{path}/#index", _CERTAIN)] for blank in blanks if blank.is_ordinal}
    for blank in columns:
        own = sorted((each for each in scored if each[2] == -blank.number and each[0] > _LEAST), reverse=True)
        own.sort(key=lambda each: taken.get(each[3]) != -each[2])
        found[blank.number] = [
            Proposal(way, round(max(score, FLOOR) if taken.get(way) == -number else score, 2))
            for score, _, number, way in own
            if parsed(way) is not None
        ]
    return found


def _columns_in(columns: Sequence[Blank], own: Sequence[Target]) -> float:
    return sum(max((_column(blank, target) for target in own), default=0.0) for blank in columns)


def _by_caption(heading: str, path: str) -> float:
    """What the words above a table say for a list, or against one of somebody else."""
    field = contract().field("/" + path.replace(".", "/"))
    if field is None or not heading:
        return 0.0
    said = field.schema.get("x-aliases", {}).get("zh", "").split("|")
    worth = _BY_CAPTION if any(word and word in heading for word in (*said, field.title.zh)) else 0.0
    ours, theirs = named(field.title.zh), named(heading)
    return worth - (_BY_CAPTION if ours and theirs and ours != theirs else 0.0)


def _column(blank: Blank, target: Target) -> float:
    source = Source("", ("",), (), (blank.label,), is_column=True)
    score = likeness(source, target, _NOTHING).score - (_FIRST_OF if target.field.name in _LESS_USUAL else 0.0)
    if wanted := _wanted(blank):
        return score + _BY_UNIT if _fits(target.field, wanted) else 0.0
    return score


def _of_choice(blanks: Sequence[Blank]) -> dict[int, list[Proposal]]:
    """One field whose values the boxes are, or for each box a thing that is agreed to."""
    whole = max(_as_codes(blanks), key=lambda each: each[0], default=(0.0, None, {}))
    pair = _as_yes_and_no(blanks)
    single = {blank.number: list(_agreed(blank, "true")) for blank in blanks}
    if pair and whole[0] < 1.0:
        return pair
    if whole[1] is not None and whole[0] >= _SOME_OPTIONS:
        path = whole[1].path.strip("/").replace("/", ".")
        return {
            blank.number: [Proposal(f"{path}={whole[2][blank.number]}", round(min(whole[0], 1.0), 2))]
            if blank.number in whole[2]
            else []
            for blank in blanks
        }
    return single


def _as_codes(blanks: Sequence[Blank]) -> Iterator[tuple[float, Field | None, dict[int, str]]]:
    """For each coded field how many of the boxes say one of its codes, each another."""
    for field in contract().fields():
        if not field.codelist or "*" in field.path:
            continue
        said = {blank.number: _code(blank.label, field.codelist) for blank in blanks}
        codes = {number: code for number, code in said.items() if code}
        if len(codes) < len(blanks) * _SOME_OPTIONS or len(set(codes.values())) < len(codes):
            continue
        if len(codes) < _FEWEST_CODES:
            continue
        asked = _source((_bare(blanks[0].asks),), ())
        target = next((each for each in targets(contract()) if each.field is field), None)
        named = likeness(asked, target, _NOTHING).score if target else 0.0
        yield len(codes) / len(blanks) + 0.2 * named, field, codes


def _code(said: str, name: str) -> str:
    """The code that a box says: by its name, or by the only code one of whose names stands in what it says."""
    known = by_any_name(name)
    if code := known.get(said.casefold()):
        return code
    inside = [(len(word), code) for word, code in known.items() if len(word) > 1 and word in said]
    if not inside:
        return ""
    longest = max(inside)[0]
    codes = {code for length, code in inside if length == longest}
    return codes.pop() if len(codes) == 1 else ""


def _as_yes_and_no(blanks: Sequence[Blank]) -> dict[int, list[Proposal]]:
    """Two boxes of which one says no, about one thing."""
    if len(blanks) != _PAIR:
        return {}
    values = ["false" if _NEGATIVE.search(blank.label) else "true" for blank in blanks]
    if sorted(values) != ["false", "true"] or not all(_AFFIRMATIVE.search(blank.label) for blank in blanks):
        return {}
    return {blank.number: list(_agreed(blank, value)) for blank, value in zip(blanks, values, strict=True)}


def _agreed(blank: Blank, value: str) -> Iterator[Proposal]:
    """The things that may be agreed to, by what the box or what it answers says."""
    names = tuple(filter(None, (blank.label if len(blank.label) > _PAIR + 1 else "", blank.asks)))
    scored = []
    for target in targets(contract()):
        if target.field.type == "boolean" and not target.lists:
            score = max(
                (max(likeness(_source((name,), ()), target, _NOTHING).score, _said_by(name, target)) for name in names),
                default=0.0,
            )
            scored.append((score, target.path))
    for score, path in sorted(scored, reverse=True):
        if score > _LEAST:
            yield Proposal(f"{path}={value}", round(score, 2))


def _said_by(name: str, target: Target) -> float:
    """Whether one of the target's names stands in a longer sentence."""
    return max((_SAID for alias in target.aliases if len(alias.written) > 1 and alias.written in name), default=0.0)
