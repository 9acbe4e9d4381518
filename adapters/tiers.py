"""How well a partner folder is kept and serves, by rules that are checked and not claimed.

After the quality scale of Home Assistant: a tier is reached when all its rules and all those below hold. What has
happened in service no folder tells: whoever knows the database says it as `Service`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from adapters import throughput
from adapters.check import account_of, check_connector, examples_of
from adapters.connector import Connector
from adapters.testing import conforms
from adapters.trial import Trial, attempt
from adapters.variants import survived
from schemas.findings import Text

QUIET_DAYS = 14


class Tier(StrEnum):
    NONE = "none"
    BRONZE = "bronze"
    SILVER = "silver"
    GOLD = "gold"


Trials = dict[str, list[Trial]]


@dataclass(frozen=True, slots=True)
class Service:
    """How a connector has served in the last two weeks: whether it had before and has since, and the rejections that
    nobody has dealt with."""

    was_in_service: bool
    is_sending: bool
    unexplained: int


@dataclass(frozen=True, slots=True)
class Seen:
    """What the rules look at: a connector, by kind the trials of its examples, and its service where that is known."""

    connector: Connector
    trials: Trials
    today: date
    service: Service | None


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule of a tier."""

    name: str
    tier: Tier
    title: Text
    holds: Callable[[Seen], bool]


@dataclass(frozen=True, slots=True)
class Standing:
    """The tier that a connector has reached, and the rules of the next one that do not hold."""

    tier: Tier
    missing: Sequence[Rule]


def standing(connector: Connector, today: date, service: Service | None = None) -> Standing:
    """Where a connector stands; its examples are read for it."""
    trials = {kind: _tried(connector, kind, today) for kind in connector.routes}
    seen, reached = Seen(connector, trials, today, service), Tier.NONE
    for tier in (Tier.BRONZE, Tier.SILVER, Tier.GOLD):
        missing = [rule for rule in RULES if rule.tier is tier and not rule.holds(seen)]
        if missing:
            return Standing(reached, missing)
        reached = tier
    return Standing(reached, ())


def _tried(connector: Connector, kind: str, today: date) -> list[Trial]:
    account = account_of(connector.route(kind))
    found = examples_of(connector, kind)
    return [attempt(connector, example, today=today, kind=kind, account=account) for example in found]


def _passes(seen: Seen) -> bool:
    return seen.connector.folder is not None and not check_connector(seen.connector.folder)


def _has_examples(seen: Seen) -> bool:
    return all(seen.trials.values())


def _has_dirty_examples(seen: Seen) -> bool:
    return all(any(trial.rejected or trial.problems for trial in of_kind) for of_kind in seen.trials.values())


def _uses_everything(seen: Seen) -> bool:
    return not any(trial.unused for of_kind in seen.trials.values() for trial in of_kind)


def _has_shapes(seen: Seen) -> bool:
    return seen.connector.routes.keys() <= seen.connector.shapes.keys()


def _declares_volumes(seen: Seen) -> bool:
    expected = seen.connector.expected
    return expected is not None and seen.connector.routes.keys() <= expected.volumes.keys()


def _survives(seen: Seen) -> bool:
    return survived(seen.connector, seen.today) is None


def _is_measured(seen: Seen) -> bool:
    folder = seen.connector.folder
    stamps = {route.stamp for route in seen.connector.routes.values()}
    return folder is not None and stamps <= throughput.kept(folder).keys()


def _conforms(seen: Seen) -> bool:
    return seen.connector.folder is not None and conforms(seen.connector.folder)


def _is_quiet(seen: Seen) -> bool:
    told = seen.service
    return told is not None and told.was_in_service and told.is_sending and not told.unexplained


RULES = (
    Rule("check", Tier.BRONZE, Text("检查通过", "it passes its check"), _passes),
    Rule("examples", Tier.BRONZE, Text("每个种类都有示例", "each kind has an example"), _has_examples),
    Rule("dirty", Tier.SILVER, Text("每个种类都有带问题的示例", "each kind has a flawed one"), _has_dirty_examples),
    Rule("unused", Tier.SILVER, Text("来源字段都已使用", "no source goes unused"), _uses_everything),
    Rule("shape", Tier.SILVER, Text("已记录数据结构", "its shape is recorded"), _has_shapes),
    Rule("volumes", Tier.SILVER, Text("已约定报送数量", "it says how many to expect"), _declares_volumes),
    Rule("variants", Tier.GOLD, Text("能承受各种脏数据", "dirty variants of its examples are survived"), _survives),
    Rule("throughput", Tier.GOLD, Text("已实测吞吐量", "its throughput is measured"), _is_measured),
    Rule("conformance", Tier.GOLD, Text("通过标准测试", "it passes the standard suite"), _conforms),
    Rule(
        "quiet",
        Tier.GOLD,
        Text(
            f"正式运行 {QUIET_DAYS} 天内没有未处理的拒收记录",
            f"it has served {QUIET_DAYS} days without a rejection that nobody has dealt with",
        ),
        _is_quiet,
    ),
)
