"""How well a partner folder is kept, by rules that are checked and not claimed.

After the quality scale of Home Assistant: a tier is reached when all its rules and all those below hold. What has
happened in service no folder tells, so that there is none above silver here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from adapters.check import account_of, check_connector, examples_of
from adapters.connector import Connector
from adapters.trial import Trial, attempt
from schemas.findings import Text


class Tier(StrEnum):
    NONE = "none"
    BRONZE = "bronze"
    SILVER = "silver"


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule of a tier. `holds` is given the connector and, by kind, the trials of its examples."""

    name: str
    tier: Tier
    title: Text
    holds: Callable[[Connector, Trials], bool]


Trials = dict[str, list[Trial]]


@dataclass(frozen=True, slots=True)
class Standing:
    """The tier that a connector has reached, and the rules of the next one that do not hold."""

    tier: Tier
    missing: Sequence[Rule]


def standing(connector: Connector, today: date) -> Standing:
    """Where a connector stands; its examples are read for it."""
    trials = {kind: _tried(connector, kind, today) for kind in connector.routes}
    reached = Tier.NONE
    for tier in (Tier.BRONZE, Tier.SILVER):
        missing = [rule for rule in RULES if rule.tier is tier and not rule.holds(connector, trials)]
        if missing:
            return Standing(reached, missing)
        reached = tier
    return Standing(reached, ())


def _tried(connector: Connector, kind: str, today: date) -> list[Trial]:
    account = account_of(connector.route(kind))
    found = examples_of(connector, kind)
    return [attempt(connector, example, today=today, kind=kind, account=account) for example in found]


def _passes(connector: Connector, trials: Trials) -> bool:
    return connector.folder is not None and not check_connector(connector.folder)


def _has_examples(connector: Connector, trials: Trials) -> bool:
    return all(trials.values())


def _has_dirty_examples(connector: Connector, trials: Trials) -> bool:
    return all(any(trial.rejected or trial.problems for trial in of_kind) for of_kind in trials.values())


def _uses_everything(connector: Connector, trials: Trials) -> bool:
    return not any(trial.unused for of_kind in trials.values() for trial in of_kind)


def _has_shapes(connector: Connector, trials: Trials) -> bool:
    return connector.routes.keys() <= connector.shapes.keys()


def _declares_volumes(connector: Connector, trials: Trials) -> bool:
    return connector.expected is not None and connector.routes.keys() <= connector.expected.volumes.keys()


RULES = (
    Rule("check", Tier.BRONZE, Text("检查通过", "it passes its check"), _passes),
    Rule("examples", Tier.BRONZE, Text("每个种类都有示例", "each kind has an example"), _has_examples),
    Rule("dirty", Tier.SILVER, Text("每个种类都有带问题的示例", "each kind has a flawed one"), _has_dirty_examples),
    Rule("unused", Tier.SILVER, Text("来源字段都已使用", "no source goes unused"), _uses_everything),
    Rule("shape", Tier.SILVER, Text("已记录数据结构", "its shape is recorded"), _has_shapes),
    Rule("volumes", Tier.SILVER, Text("已约定报送数量", "it says how many to expect"), _declares_volumes),
)
