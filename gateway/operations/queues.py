"""The queues in words, and from which age on one of them is late. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from gateway.operations.rows import Queue, QueueRow
from schemas.findings import Text

TITLES: Mapping[Queue, Text] = {
    Queue.DOCUMENTS: Text("大文件处理", "Large documents"),
    Queue.UPLOADS: Text("未传完的文件", "Unfinished uploads"),
    Queue.CHANGES: Text("变更编号", "Changes to number"),
    Queue.LEAVES: Text("存证日志", "Transparency log"),
    Queue.WEBHOOK: Text("回调投递", "Webhook deliveries"),
    Queue.PORTAL: Text("门户推送", "Pushes to portals"),
    Queue.DEAD_LETTERS: Text("死信", "Dead letters"),
    Queue.CONFLICTS: Text("版本冲突", "Conflicts"),
    Queue.ALERTS: Text("告警", "Alerts"),
    Queue.ROSTERS: Text("待审验名单表", "Rosters to audit"),
    Queue.PLEDGES: Text("待核实承诺", "Pledges to verify"),
}
PAGES: Mapping[Queue, str] = {
    Queue.DEAD_LETTERS: "/dead-letters",
    Queue.CONFLICTS: "/differences?about=conflict",
    Queue.ALERTS: "/alerts",
}
"""Where a queue is worked through by whoever operates."""
LATE_AFTER: Mapping[Queue, timedelta] = {
    Queue.DOCUMENTS: timedelta(hours=1),
    Queue.UPLOADS: timedelta(days=1),
    Queue.CHANGES: timedelta(minutes=10),
    Queue.WEBHOOK: timedelta(hours=1),
    Queue.PORTAL: timedelta(hours=1),
    Queue.DEAD_LETTERS: timedelta(days=3),
    Queue.CONFLICTS: timedelta(days=3),
    Queue.ALERTS: timedelta(days=1),
    Queue.ROSTERS: timedelta(days=1),
}
"""Ages at which somebody should look. Of a pledge the working days decide; the log's leaves have no age."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A queue now."""

    queue: Queue
    depth: int
    since: datetime | None

    def oldest_seconds(self, now: datetime) -> int:
        """For how long its first has waited; 0 where nothing waits."""
        return 0 if self.since is None else max(int((now - self.since).total_seconds()), 0)

    def is_late(self, now: datetime) -> bool:
        """Whether somebody should look."""
        late = LATE_AFTER.get(self.queue)
        return late is not None and self.since is not None and now - self.since > late


def standings(rows: Iterable[QueueRow]) -> tuple[Standing, ...]:
    """Every queue, those in which nothing waits too."""
    found = {row.queue: row for row in rows}
    return tuple(
        Standing(queue=queue, depth=found[queue].depth, since=found[queue].since)
        if queue in found
        else Standing(queue=queue, depth=0, since=None)
        for queue in Queue
    )
