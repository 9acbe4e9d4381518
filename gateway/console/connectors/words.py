"""What the pages of connectors show, in one language, ready for the templates. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from adapters.connector import Connector
from adapters.tiers import Standing, Tier
from adapters.trial import Trial, TriedField, TriedRecord, Use
from gateway.base.problems import Refused
from gateway.onboarding.rows import VersionRow
from gateway.onboarding.states import VersionState
from gateway.wording.dates import short_moment
from gateway.wording.languages import word
from schemas.catalog import kind, kind_names
from schemas.findings import Finding, Text

_MOST_RECORDS = 20
_LONGEST_VALUE = 300
_CHANNELS = {
    "push": Text("接口推送", "Pushed over the API"),
    "upload": Text("文件上传", "Uploaded files"),
    "sftp": Text("SFTP 文件", "Files over SFTP"),
    "portal": Text("政务平台", "Portal"),
}
_STATES = {
    VersionState.DRAFT: Text("草稿", "Draft"),
    VersionState.STAGED: Text("检查通过，待上线", "Checked, waits for service"),
    VersionState.LIVE: Text("使用中", "In service"),
    VersionState.RETIRED: Text("已停用", "Retired"),
    VersionState.GIVEN_UP: Text("已放弃", "Given up"),
}
_TONES = {VersionState.LIVE: "good", VersionState.STAGED: "warn"}
_TIERS = {
    Tier.NONE: Text("未定级", "None"),
    Tier.BRONZE: Text("铜级", "Bronze"),
    Tier.SILVER: Text("银级", "Silver"),
    Tier.GOLD: Text("金级", "Gold"),
}
_TIER_TONES = {Tier.GOLD: "good", Tier.SILVER: "good", Tier.NONE: "bad"}
_MOVES: Mapping[VersionState, Sequence[tuple[VersionState, Text]]] = {
    VersionState.DRAFT: (
        (VersionState.STAGED, Text("检查", "Check")),
        (VersionState.RETIRED, Text("放弃", "Give up")),
    ),
    VersionState.STAGED: (
        (VersionState.LIVE, Text("上线", "Bring into service")),
        (VersionState.RETIRED, Text("放弃", "Give up")),
    ),
    VersionState.LIVE: ((VersionState.RETIRED, Text("停用", "Take out of service")),),
    VersionState.RETIRED: ((VersionState.LIVE, Text("回退到此版本", "Roll back to it")),),
    VersionState.GIVEN_UP: (),
}
_DID = (
    ("made", Text("保存", "Saved")),
    ("staged", Text("检查", "Checked")),
    ("live", Text("上线", "In service")),
    ("retired", Text("停用", "Retired")),
)
_MADE_BY = {
    "const": Text("固定值", "constant"),
    "default": Text("默认值", "default"),
    "look-up": Text("对照表", "look-up"),
    "parts": Text("拆分", "parts"),
    "sum": Text("求和", "sum"),
    "count": Text("计数", "count"),
    "join": Text("拼接", "join"),
    "infer": Text("推断", "inferred"),
}
_USES = {
    Use.READ: Text("已用", "read"),
    Use.IGNORED: Text("不用", "ignored"),
    Use.UNUSED: Text("未用", "unused"),
}


def kinds_in(language: str) -> list[tuple[str, str]]:
    """The kinds of records that a connector may map: name and title."""
    return [(name, word(kind(f"{name}.v1").title(""), language)) for name in kind_names()]


def shown_connectors(
    connectors: Mapping[str, Connector], rows: Sequence[VersionRow], standings: Mapping[str, Standing], language: str
) -> list[dict[str, Any]]:
    """Connectors in order of name; `rows` are the versions of all, `standings` those of what is in service."""
    versions: dict[str, list[VersionRow]] = {}
    for row in rows:
        versions.setdefault(row.connector, []).append(row)
    return [
        _connector(name, connectors.get(name), versions.get(name, []), language)
        | shown_tier(standings.get(name), language)
        for name in sorted({*connectors, *versions})
    ]


def _connector(name: str, connector: Connector | None, rows: Sequence[VersionRow], language: str) -> dict[str, Any]:
    live = next((row.number for row in rows if row.state is VersionState.LIVE), None)
    kinds = () if connector is None else [route.kind for route in connector.routes.values()]
    waiting = [row for row in rows if row.state in (VersionState.DRAFT, VersionState.STAGED)]
    return {
        "name": name,
        "title": "" if connector is None else word(connector.title, language),
        "channel": "" if connector is None else word(_CHANNELS.get(connector.channel, Text("", "")), language),
        "kinds": [word(each.title(""), language) for each in kinds],
        "live": live,
        "is_installed": not rows,
        "waiting": [{"number": row.number, **_state(row, language)} for row in waiting[-2:]],
    }


def shown_tier(standing: Standing | None, language: str) -> dict[str, Any]:
    """The tier of what is in service, and what is missing for the next."""
    if standing is None:
        return {"tier": "", "tier_tone": "none", "missing": []}
    return {
        "tier": word(_TIERS[standing.tier], language),
        "tier_tone": _TIER_TONES.get(standing.tier, "none"),
        "missing": [word(rule.title, language) for rule in standing.missing],
    }


def _state(row: VersionRow, language: str) -> dict[str, str]:
    return {"state": word(_STATES[row.state], language), "tone": _TONES.get(row.state, "none")}


def shown_versions(rows: Sequence[VersionRow], language: str, *, me: str, two_persons: bool) -> dict[str, Any]:
    """The versions of a connector, the newest first; with `two_persons` I may not bring into service what I staged."""

    def moves(row: VersionRow) -> list[tuple[str, str]]:
        mine = two_persons and row.staged_by == me
        return [
            (end.value, word(words, language))
            for end, words in _MOVES[row.state]
            if not (mine and end is VersionState.LIVE)
        ]

    return {
        "versions": [
            {
                "number": row.number,
                "note": row.note,
                "did": list(_did(row, language)),
                "moves": moves(row),
                "waits_for_another": two_persons and row.state is VersionState.STAGED and row.staged_by == me,
                **_state(row, language),
            }
            for row in reversed(rows)
        ]
    }


def _did(row: VersionRow, language: str) -> Iterator[dict[str, Any]]:
    for name, words in _DID:
        at: datetime | None = getattr(row, f"{name}_at")
        if at is not None:
            yield {"what": word(words, language), "by": getattr(row, f"{name}_by"), "at": short_moment(at, language)}


def shown_refusal(refusal: Refused, language: str) -> dict[str, Any]:
    """A refusal with every problem that it lists."""
    detail = refusal.detail
    return {
        "code": refusal.problem.code,
        "title": word(refusal.problem.title, language),
        "detail": "" if detail is None else word(detail, language),
        "advice": word(refusal.problem.advice, language),
        "problems": [each[language] for each in refusal.members.get("problems", ())],
    }


def shown_trial(trial: Trial, language: str) -> dict[str, Any]:
    """A trial: counts, what it says of the sources, and the first records field by field."""
    return {
        "accepted": trial.accepted,
        "rejected": trial.rejected,
        "is_cut": trial.is_cut,
        "unreadable": trial.unreadable and _finding(trial.unreadable, language),
        "problems": [
            {"code": code, "count": count} for code, count in trial.problems.most_common()
        ],
        "sources": [
            {"way": each.way, "count": each.count, "samples": each.samples, "use": each.use.value,
             "says": word(_USES[each.use], language), "depth": each.way.count("[]") + each.way.count(".")}
            for each in trial.sources
        ],
        "unused": len(trial.unused) + trial.more_unused,
        "absent": trial.absent,
        "missing_codes": [
            {"title": word(each.title, language), "value": each.value, "count": each.count}
            for each in trial.missing_codes
        ],
        "notes": [_finding(each, language) for each in trial.notes],
        "records": [_record(each, language) for each in trial.records[:_MOST_RECORDS]],
        "more_records": trial.accepted + trial.rejected - min(len(trial.records), _MOST_RECORDS),
    }  # fmt: skip


def _record(record: TriedRecord, language: str) -> dict[str, Any]:
    return {
        "ordinal": record.ordinal,
        "locator": record.locator,
        "is_accepted": record.is_accepted,
        "fields": [_field(each, language) for each in record.fields],
        "more": record.more,
        "findings": [_finding(each, language) for each in record.findings],
    }


def _field(field: TriedField, language: str) -> dict[str, Any]:
    return {
        "target": target_of(field.pointer),
        "title": word(field.title, language),
        "value": None if field.value is None else str(field.value)[:_LONGEST_VALUE],
        "source": None if field.source is None else str(field.source)[:_LONGEST_VALUE],
        "place": field.place,
        "made_by": [word(_MADE_BY[each], language) if each in _MADE_BY else each for each in field.made_by],
        "findings": [_finding(each, language) for each in field.findings],
    }


def target_of(pointer: str) -> str:
    """A JSON pointer as a mapping calls the field: `/travellers/0/document/type` is `travellers/document.type`."""
    parts: list[list[str]] = [[]]
    for step in pointer.split("/")[1:]:
        if step.isdecimal():
            parts.append([])
        else:
            parts[-1].append(step)
    return "/".join(".".join(part) for part in parts if part)


def _finding(finding: Finding, language: str) -> dict[str, str]:
    return {
        "severity": str(finding.severity),
        "code": finding.code,
        "reason": word(finding.reason, language),
        "advice": word(finding.advice, language),
    }
