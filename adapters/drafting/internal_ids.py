"""Keys of a partner's own database: an `ID` beside the number of the same thing that people know."""

from __future__ import annotations

import re
from collections.abc import Sequence

from adapters.drafting.sources import Source

_ID = re.compile(r"(?P<stem>.+?)_?(?:ID|Id|id)")
_NUMBER = re.compile(r"(?P<stem>.+?)_?(?:no|num|number|nbr|code|cd|sn)", re.IGNORECASE)


def internal_ids(sources: Sequence[Source]) -> frozenset[str]:
    """The paths of sources such as `GRP_ID` beside `GRP_NO`: where either would do, the number is meant."""
    return frozenset(source.path for source in sources if any(_is_internal(source, other) for other in sources))


def _is_internal(source: Source, other: Source) -> bool:
    own, number = _ID.fullmatch(source.names[0]), _NUMBER.fullmatch(other.names[0])
    if own is None or number is None or (source.lists, source.around_it) != (other.lists, other.around_it):
        return False
    return own["stem"].casefold() == number["stem"].casefold()
