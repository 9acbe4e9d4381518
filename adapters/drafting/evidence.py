"""What values say of themselves: whether the cleaners of a target take them, and what they look like without a name."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from adapters.drafting.sources import is_blank
from adapters.drafting.targets import Target
from adapters.mapping.cleaners import CLEANERS, NUMERIC
from adapters.mapping.cleaners.codelists import by_any_name
from adapters.mapping.forms import infer
from adapters.mapping.problems import Dirty
from schemas.identifiers import resident_id_fault
from schemas.names import is_han_only
from schemas.plain_text import normalised

MOST = 60
MOST_CODES = 25
_HAN = re.compile(r"[\u3400-\u9fff]")
_SURNAMES = frozenset(
    "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜戚谢邹喻柏水窦章云苏潘葛奚范彭郎鲁韦昌马苗凤花方俞任袁柳鲍史唐费廉岑薛雷贺"
    "倪汤滕殷罗毕郝邬安常乐于时傅皮卞齐康伍余元卜顾孟平黄和穆萧尹姚邵湛汪祁毛禹狄米贝明臧计伏成戴谈宋茅庞熊纪舒屈项祝董梁杜阮蓝闵席季麻强贾路娄危"
    "江童颜郭梅盛林刁钟徐邱骆高夏蔡田樊胡凌霍虞万支柯管卢莫房裘缪干解应宗丁宣邓郁单杭洪包诸左石崔吉龚程嵇邢裴陆荣翁荀羊於惠甄曲家封芮羿储靳汲邴"
    "糜松井段富巫乌焦巴弓牧隗山谷车侯宓蓬全郗班仰秋仲伊宫宁仇栾暴甘厉戎祖武符刘景詹束龙叶幸司韶黎蓟薄印宿白怀蒲邰从鄂索咸籍赖卓蔺屠蒙池乔阴胥能苍"
    "双闻莘党翟谭贡劳逄姬申扶堵冉宰郦雍却璩桑桂濮牛寿通边扈燕冀郏浦尚农温别庄晏柴瞿阎充慕连茹习宦艾鱼容向古易慎戈廖庾终暨居衡步都耿满弘匡国文寇广"
    "禄阙东欧殳沃利蔚越夔隆师巩厍聂晁勾敖融冷訾辛阚那简饶空曾毋沙乜养鞠须丰巢关蒯相查后荆红游竺权逯盖益桓公肖付覃佟岳帅涂晋楚闫法汝鄢仝仉"
)
_COMPANIES = ("旅行社", "旅游", "国旅", "公司", "旅社")
_TRIPS = re.compile(r"[一二三四五六七八九十\d]日|游|天")
_LOOKS: dict[str, Callable[[str], object]] = {
    "resident_id": lambda text: len(text) == 18 and resident_id_fault(text.upper()) is None,
    "passport": re.compile(r"(?:[EG]\d{8}|E[A-HJ-NP-Z]\d{7}|S?E\d{7}|[PD]E\d{7}|1[45]\d{7})", re.ASCII).fullmatch,
    "permit": re.compile(r"[CWLTHM]\d{8}(?:\d{2})?", re.ASCII).fullmatch,
    "guide_card": re.compile(r"D-?\d{4}-?\d{6}", re.ASCII).fullmatch,
    "mobile": re.compile(r"(?:\+?86[ -]?)?1[3-9]\d{9}", re.ASCII).fullmatch,
    "telephone": re.compile(r"\+?(?:0\d{2,3}|\d{1,3}-\d{1,4})[- ]?\d{3,4}[- ]?\d{3,4}(?:-\d+)?", re.ASCII).fullmatch,
    "email": re.compile(r"[^@\s]+@[^@\s]+\.\w+").fullmatch,
    "url": re.compile(r"https?://\S+").fullmatch,
    "person": lambda text: 2 <= len(text) <= 4 and is_han_only(text) and text[0] in _SURNAMES,
    "latin_name": re.compile(r"[A-Z]+(?:[ /,][A-Z]+)+", re.ASCII).fullmatch,
    "agency": lambda text: any(text.find(word) > 1 for word in _COMPANIES) and not text[-1].isdigit(),
    "sex": re.compile(r"男|女|[MF]", re.ASCII).fullmatch,
    "route": _TRIPS.search,
    "code": re.compile(r"[A-Z0-9_]+", re.ASCII).fullmatch,
    "plate": re.compile(r"[\u4e00-\u9fff][A-Z][A-Z0-9]{5,6}").fullmatch,
}
_DAYS = frozenset({"cn_date", "cn_datetime"})
_AMOUNT = re.compile(r"\d+\.\d{1,2}", re.ASCII)
_BY_CLEANER = ("license_no", "uscc", "cn_date", "cn_datetime", "cn_amount", "count")


@dataclass(frozen=True, slots=True)
class Profile:
    """What a field's values look like: `share` of them by look, how many say something and how many differ."""

    share: dict[str, float]
    said: int
    distinct: int
    longest: int
    has_han: float

    def looks(self, *names: str) -> float:
        return max((self.share.get(name, 0.0) for name in names), default=0.0)


def text_of(value: Any) -> str:
    """A value as the text that cleaners see."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return normalised("NFKC", str(value)).strip()


def profile(values: Sequence[Any]) -> Profile:
    """What some values look like. Blank ones say nothing."""
    said = [value for value in values if not is_blank(value)][:MOST]
    texts = [text_of(value) for value in said]
    share = {name: _share(texts, look) for name, look in _LOOKS.items()}
    for name in _BY_CLEANER:
        share[name] = _share(said, lambda value, name=name: _looks_like(name, value))
    return Profile(
        share=share,
        said=len(said),
        distinct=len(set(texts)),
        longest=max(map(len, texts), default=0),
        has_han=_share(texts, _HAN.search),
    )


def _looks_like(cleaner: str, value: Any) -> bool:
    """Whether a cleaner takes a value; no amount is a day, though spreadsheets count days."""
    return takes(cleaner, value) and not (cleaner in _DAYS and _AMOUNT.fullmatch(text_of(value)))


def _share(values: Sequence[Any], look: Callable[[Any], object]) -> float:
    return sum(bool(look(value)) for value in values) / len(values) if values else 0.0


def takes(cleaner: str, value: Any) -> bool:
    """Whether a cleaner takes a value as a mapping would hand it over."""
    if isinstance(value, (dict, list)):
        return False
    return _takes(cleaner, value if cleaner in NUMERIC and not isinstance(value, bool) else text_of(value))


def document_type(number: str) -> str | None:
    """The type of document that a number tells; None where it does not."""
    try:
        return infer(number)
    except Dirty:
        return None


def is_taken(cleaner: str, value: Any) -> bool:
    """Whether a value becomes what a cleaner gives; a day may also be told as a moment."""
    if takes(cleaner, value):
        return True
    return cleaner == "cn_date" and len(text_of(value)) >= 6 and any(takes(other, value) for other in OTHER_DAYS)


@lru_cache(maxsize=65536)
def _takes(cleaner: str, value: str | int | float) -> bool:
    try:
        clean = CLEANERS[cleaner](text_of(value) if isinstance(value, str) else value)
    except (Dirty, ValueError, TypeError):
        return False
    return clean not in (None, "")


def cleaner_of(target: Target) -> str | None:
    """The cleaner that fits a target by its type and format, whatever the partner writes."""
    field, name = target.field, target.field.name
    plain = {"integer": "count", "boolean": "yes_no"}.get(field.type)
    if plain or field.format == "date":
        return plain or "cn_date"
    if name in _NAMED:
        return _NAMED[name]
    if field.codelist in ("sex", "countries", "divisions"):
        return {"sex": "sex", "countries": "country", "divisions": "division"}[field.codelist or ""]
    if field.schema.get("x-name"):
        return "person_name"
    if field.schema.get("x-money"):
        return "cn_amount"
    if field.type == "array" and field.schema["items"].get("x-codelist") == "countries":
        return "country"
    return None


_NAMED = {
    "uscc": "uscc",
    "subject_uscc": "uscc",
    "agency_uscc": "uscc",
    "license_no": "license_no",
    "name_pinyin": "pinyin",
    "mobile": "cn_mobile",
    "driver_mobile": "cn_mobile",
    "resident_id": "document_no",
    "number": "document_no",
    "changed_at": "cn_datetime",
    "time": "cn_time",
    "ratio": "percent",
    "overdue_daily_ratio": "percent",
    "phone": "phone",
    "fax": "phone",
    "contact_phone": "phone",
    "transactor_phone": "phone",
    "service_phone": "phone",
    "coverage": "cn_amount",
    "premium": "cn_amount",
    "deposit": "cn_amount",
    "total_price": "cn_amount",
}
OTHER_DAYS = ("cn_date(dmy)", "cn_date(mdy)", "cn_datetime")
"""Other ways to write a day."""
_TELLING = frozenset({"uscc", "license_no", "cn_mobile", "cn_date", "cn_datetime", "sex", "pinyin"})
"""Cleaners that hardly take what is not meant for them."""
_PLACES = frozenset({"province", "city", "district"})
_STRICT = ("resident_id", "mobile", "email", "url", "uscc", "license_no")


def fit(seen: Profile, values: Sequence[Any], target: Target) -> float:
    """From -1 (these values cannot be meant) over 0 (nothing said) to 1 (they are what the target holds)."""
    if not seen.said:
        return 0.0
    cleaner, field = cleaner_of(target), target.field
    if field.codelist and cleaner is None:
        return _fit_of_codes(seen, values, target)
    if cleaner is None:
        return _fit_of_text(seen, target)
    if cleaner == "person_name":
        taken = _share([value for value in values if not is_blank(value)][:MOST], lambda value: takes(cleaner, value))
        return _fit_of_person(seen) if taken > 0.5 else -1.0
    share = _share([value for value in values if not is_blank(value)][:MOST], lambda value: is_taken(cleaner, value))
    if share < 0.5:
        return -0.4 if cleaner in ("division", "country", "yes_no", "document_no") else -1.0
    if cleaner == "document_no":
        return _fit_of_document(seen)
    if cleaner == "phone":
        return 0.8 if seen.looks("telephone", "mobile") > 0.5 else -0.3
    if cleaner == "cn_date" and seen.looks("count") > 0.9 and seen.longest < 6:
        return -0.8
    if cleaner == "count" and (seen.longest > 5 or seen.looks("mobile") > 0.5):
        return -0.8
    if cleaner == "cn_amount":
        return -0.8 if seen.longest > 12 else 0.4
    return share if cleaner in _TELLING else 0.4 * share


def _fit_of_codes(seen: Profile, values: Sequence[Any], target: Target) -> float:
    """Known words of the list speak for it, many or long or dated values against it."""
    known = by_any_name(target.field.codelist or "")
    share = _share([text_of(value) for value in values if not is_blank(value)], lambda text: text.casefold() in known)
    if share > 0.5:
        return 0.9 if seen.longest > 1 else 0.4
    if seen.looks("cn_date", "resident_id", "mobile", "uscc", "license_no", "agency") > 0.5 and seen.longest > 3:
        return -1.0
    if target.field.is_open_list:
        return 0.0 if seen.longest <= 32 else -1.0
    return -0.1 if seen.distinct <= MOST_CODES and seen.longest <= 20 else -1.0


def _fit_of_text(seen: Profile, target: Target) -> float:
    name = target.field.name
    if target.field.format == "email":
        return 1.0 if seen.looks("email") > 0.5 else -1.0
    if name in ("url", "callback_url"):
        return 1.0 if seen.looks("url") > 0.5 else -0.6
    if name == "plate_no":
        return 1.0 if seen.looks("plate") > 0.5 else -0.5
    if seen.looks(*_STRICT) > 0.5:
        return -0.8
    if name in ("name", "agency_name", "company") and not target.field.pii:
        dated = seen.looks("cn_date") > 0.8 and seen.longest >= 8
        return 0.5 if seen.looks("agency") > 0.5 else (-0.9 if dated or seen.looks("cn_amount") > 0.8 else 0.0)
    if target.field.is_identifier:
        return -0.5 if seen.has_han > 0.7 and seen.longest > 12 else (-0.8 if _is_dated(seen) else 0.1)
    if name == "route_name":
        return -0.9 if seen.has_han < 0.5 and seen.looks("count", "cn_date") > 0.5 else (0.4 if seen.has_han else 0.0)
    if name in _PLACES and seen.looks("code") > 0.5:
        return -1.0
    return -0.6 if _is_dated(seen) else 0.0


def _is_dated(seen: Profile) -> bool:
    return seen.looks("cn_date", "cn_datetime") > 0.8 and seen.longest >= 8 and seen.looks("count") < 0.5


def _fit_of_person(seen: Profile) -> float:
    if seen.looks("agency", "mobile", "telephone", "resident_id", "cn_date") > 0.5 or seen.longest > 40:
        return -1.0
    if seen.looks("count", "sex") > 0.8:
        return -0.8
    return 0.6 if seen.looks("person", "latin_name") > 0.5 else 0.0


def _fit_of_document(seen: Profile) -> float:
    if seen.looks("resident_id", "passport", "permit") > 0.5:
        return 1.0
    if seen.looks("mobile", "cn_amount", "license_no", "uscc") > 0.5 or seen.longest < 6:
        return -0.8
    return 0.1
