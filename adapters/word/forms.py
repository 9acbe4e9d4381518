"""How values of a contract read in a document, and the closed room in which a template asks for them.

A template takes values of the contract by name, in the forms of this file; it goes through lists and asks whether there
is a value. It calls nothing, and reaches nothing of the objects behind the values: names lead from mapping to mapping.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from jinja2 import ChainableUndefined, Undefined
from jinja2.exceptions import SecurityError
from jinja2.runtime import LoopContext
from jinja2.sandbox import SandboxedEnvironment

from adapters.mapping.cleaners.capitals import to_capitals
from schemas.codelists import codelist

TICKED, UNTICKED = "■", "□"
NOTHING = "\u3000" * 4
"""What stands where there is no value: room for a pen."""
_CONTROLS = {code: None for code in range(32) if code not in (9, 10)} | {0x7F: None, 0xFFFE: None, 0xFFFF: None}
_ADDRESS = ("province", "city", "district", "detail")


class Room(SandboxedEnvironment):
    """Where templates are filled: no globals, no calls, no attributes, no reckoning, the forms of this file."""

    intercepted_binops = frozenset(SandboxedEnvironment.default_binop_table)
    intercepted_unops = frozenset(SandboxedEnvironment.default_unop_table)

    def __init__(self) -> None:
        super().__init__(undefined=ChainableUndefined, finalize=_written, autoescape=True)
        self.globals.clear()
        self.tests.clear()
        self.filters.clear()
        self.filters.update(FILTERS)

    def getattr(self, obj: Any, attribute: str) -> Any:
        """What a mapping has under that name; of a loop its number."""
        if isinstance(obj, Mapping):
            return obj.get(attribute, self.undefined(name=attribute))
        if isinstance(obj, LoopContext) and attribute == "index":
            return obj.index
        return self.undefined(name=attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:
        """An item of a list by its number, or as `getattr`."""
        if isinstance(argument, str):
            return self.getattr(obj, argument)
        if isinstance(obj, Sequence) and not isinstance(obj, str) and isinstance(argument, int) and argument < len(obj):
            return obj[argument]
        return self.undefined(name=str(argument))

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        """Nothing is reckoned: a product of texts could be of any size."""
        raise SecurityError(operator)

    def call_unop(self, context: Any, operator: str, arg: Any) -> Any:
        """As `call_binop`."""
        raise SecurityError(operator)

    def is_safe_callable(self, obj: Any) -> bool:
        """Nothing is."""
        return False


def _written(value: Any) -> Any:
    if value is None or value == "" or isinstance(value, Undefined):
        return NOTHING
    if isinstance(value, bool):
        return _yes_no(value)
    if isinstance(value, str):
        return value.translate(_CONTROLS)
    return value if isinstance(value, (int, float, Decimal)) or hasattr(value, "__html__") else NOTHING


def _of(form: Callable[[Any], str]) -> Callable[[Any], str]:
    """A form that leaves room where there is no value, and shows as it is what it does not understand."""

    def formed(value: Any) -> str:
        if value is None or value == "" or isinstance(value, Undefined):
            return ""
        try:
            return form(value)
        except (ValueError, InvalidOperation, TypeError):
            return str(value)

    return formed


def _date(value: str) -> str:
    day = date.fromisoformat(value)
    return f"{day.year}年{day.month}月{day.day}日"


def _money(value: str) -> str:
    return f"{Decimal(value):,.2f}"


def _capital(value: str) -> str:
    return to_capitals(Decimal(value))


def _yes_no(value: bool) -> str:
    return "是" if value else "否"


def _joined(value: Sequence[str], name: str = "") -> str:
    if value is None or isinstance(value, (Undefined, str)):
        return ""
    return "、".join(_named(each, name) if name else str(each) for each in value)


def _named(value: Any, name: str) -> str:
    if value is None or isinstance(value, Undefined):
        return ""
    words = codelist(name).get(str(value))
    return words.zh if words else str(value)


def _whole(value: Mapping[str, Any]) -> str:
    if not isinstance(value, Mapping):
        return ""
    return "".join(str(value[part]) for part in _ADDRESS if value.get(part))


def _ticked(value: Any, wanted: str) -> str:
    said = str(value).lower() if isinstance(value, bool) else "" if isinstance(value, Undefined) else str(value)
    return TICKED if said == wanted else UNTICKED


def _before(value: Any, behind: str) -> Any:
    """A value without the words that stand behind its blank already: `北京仲裁委员会` before `仲裁委员会仲裁`."""
    if isinstance(value, str):
        for length in range(min(len(behind), len(value) - 1), 1, -1):
            if value.endswith(behind[:length]):
                return value[:-length]
    return value


FILTERS: Mapping[str, Callable[..., str]] = {
    "date": _of(_date),
    "year": _of(lambda value: str(date.fromisoformat(value).year)),
    "month": _of(lambda value: str(date.fromisoformat(value).month)),
    "day": _of(lambda value: str(date.fromisoformat(value).day)),
    "money": _of(_money),
    "capital": _of(_capital),
    "yes_no": _of(lambda value: _yes_no(bool(value))),
    "named": _named,
    "joined": _joined,
    "whole": _whole,
    "ticked": _ticked,
    "before": _before,
}
