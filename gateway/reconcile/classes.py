"""What may be different between two sides, and what can be done about it. Pure.

missing_here   they have it, we do not                     pull: nothing here can be lost
outdated_here  their version is newer, ours is confirmed   pull
unpushed       ours waits on the version they show         push: it was meant for them
missing_there  we have it, they do not                     a person decides
older_there    they show an older version than we hold,    a person decides
               or, a day later, than the one they had taken from us
diverged       other content under the same version, or changed on both sides: a person decides
duplicate      they have the key several times             a person decides; equal copies are only reported
unreadable     they have it and our mapping rejects it     correct the mapping or the record; a person may ignore it
uncoded        accepted from a sender, but without a code  reported
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from schemas.findings import Text


class Class(StrEnum):
    MISSING_HERE = "missing_here"
    OUTDATED_HERE = "outdated_here"
    UNPUSHED = "unpushed"
    MISSING_THERE = "missing_there"
    OLDER_THERE = "older_there"
    DIVERGED = "diverged"
    DUPLICATE = "duplicate"
    UNREADABLE = "unreadable"
    UNCODED = "uncoded"


class Repair(StrEnum):
    """How a discrepancy is repaired: by itself (pull, push), after a person's decision, or not by us."""

    PULL = "pull"
    PUSH = "push"
    APPROVE = "approve"
    NONE = "none"


class Decision(StrEnum):
    KEEP_THEIRS = "keep_theirs"
    KEEP_OURS = "keep_ours"
    IGNORE = "ignore"


class Source(StrEnum):
    """Whose list is compared: a portal's snapshot, or what a partner says it has sent."""

    PORTAL = "portal"
    PARTNER = "partner"


REPAIRS: Mapping[Source, Mapping[Class, Repair]] = {
    Source.PORTAL: {
        Class.MISSING_HERE: Repair.PULL,
        Class.OUTDATED_HERE: Repair.PULL,
        Class.UNPUSHED: Repair.PUSH,
        Class.MISSING_THERE: Repair.APPROVE,
        Class.OLDER_THERE: Repair.APPROVE,
        Class.DIVERGED: Repair.APPROVE,
        Class.DUPLICATE: Repair.APPROVE,
        Class.UNREADABLE: Repair.APPROVE,
        Class.UNCODED: Repair.NONE,
    },
    Source.PARTNER: dict.fromkeys(Class, Repair.NONE),
}
"""A partner repairs its own discrepancies: it sends again what is missing here and amends what differs."""

DECISIONS: Mapping[Class, frozenset[Decision]] = {
    Class.MISSING_HERE: frozenset({Decision.KEEP_THEIRS, Decision.IGNORE}),
    Class.OUTDATED_HERE: frozenset({Decision.KEEP_THEIRS, Decision.IGNORE}),
    Class.UNPUSHED: frozenset({Decision.KEEP_OURS, Decision.IGNORE}),
    Class.MISSING_THERE: frozenset({Decision.KEEP_OURS, Decision.IGNORE}),
    Class.OLDER_THERE: frozenset(Decision),
    Class.DIVERGED: frozenset(Decision),
    Class.DUPLICATE: frozenset(Decision),
    Class.UNREADABLE: frozenset({Decision.IGNORE}),
}
"""What a person may decide; of the first three only when a pull or a push did not help. Nothing is deleted here because
the other side does not show it."""

OURS_TOO = frozenset({Class.OUTDATED_HERE, Class.UNPUSHED, Class.OLDER_THERE, Class.DIVERGED, Class.DUPLICATE})
"""Classes with a version on either side, whose fields can be compared."""

TITLES: Mapping[str, Text] = {
    Class.MISSING_HERE: Text("本平台缺失", "Missing here"),
    Class.OUTDATED_HERE: Text("本平台版本较旧", "Outdated here"),
    Class.UNPUSHED: Text("变更待送达", "Change not yet there"),
    Class.MISSING_THERE: Text("对方缺失", "Missing there"),
    Class.OLDER_THERE: Text("对方版本较旧", "Older there"),
    Class.DIVERGED: Text("内容不一致", "Diverged"),
    Class.DUPLICATE: Text("对方重复", "Duplicate there"),
    Class.UNREADABLE: Text("无法读取", "Unreadable"),
    Class.UNCODED: Text("未赋码", "Without a code"),
}


def allowed(class_: Class, repair: Repair) -> frozenset[Decision]:
    """What may be decided about a discrepancy; nothing where nobody is asked."""
    return DECISIONS.get(class_, frozenset()) if repair == Repair.APPROVE else frozenset()
