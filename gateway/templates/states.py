"""The life of a template."""

from __future__ import annotations

from enum import StrEnum

from gateway.base.states import Machine, Move
from schemas.findings import Text


class TemplateState(StrEnum):
    UPLOADED = "uploaded"
    IN_WORK = "in_work"
    FOR_REVIEW = "for_review"
    PUBLISHED = "published"
    SUPERSEDED = "superseded"
    """A later version has taken its place, or its time has ended; contracts made of it stay what they are."""
    WITHDRAWN = "withdrawn"
    """Given up before it was published."""


_UPLOADED, _IN_WORK, _FOR_REVIEW, _PUBLISHED, _SUPERSEDED, _WITHDRAWN = TemplateState
TEMPLATES = Machine(
    "model contract",
    Text("合同模板", "Model contract"),
    TemplateState,
    [
        Move(None, _UPLOADED, Text("主管部门上传 Word 文本", "an authority uploads a document")),
        Move(_UPLOADED, _IN_WORK, Text("技术团队开始模板化处理", "the technical team takes it up")),
        Move(_IN_WORK, _FOR_REVIEW, Text("技术团队提交样张", "the technical team hands in its sample")),
        Move(_FOR_REVIEW, _IN_WORK, Text("主管部门退回修改", "the authority sends it back")),
        Move(_FOR_REVIEW, _PUBLISHED, Text("主管部门发布", "the authority publishes it")),
        Move(_PUBLISHED, _SUPERSEDED, Text("发布新版本或停用", "a newer version is published, or it is ended")),
        Move(_UPLOADED, _WITHDRAWN, Text("撤回", "it is given up")),
        Move(_IN_WORK, _WITHDRAWN, Text("撤回", "it is given up")),
        Move(_FOR_REVIEW, _WITHDRAWN, Text("撤回", "it is given up")),
    ],
)
OPEN = (_UPLOADED, _IN_WORK, _FOR_REVIEW)
"""States in which somebody has to do something."""
READY = (_PUBLISHED, _SUPERSEDED)
"""States of what contracts are or were made of."""
