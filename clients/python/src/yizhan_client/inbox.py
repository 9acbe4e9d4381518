"""What webhooks tell, each once and never behind something newer about the same record."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, MutableMapping, Sequence
from typing import Any

from yizhan_client.webhooks import verify_webhook


class Inbox:
    """Takes the deliveries of a target, which may come twice and out of their order. May be shared by threads.

    An event says how a record is after it, so that one which a later event about the same record has overtaken need not
    be told. `known` holds the highest position of each record: give a mapping that outlives the process, such as a
    table of yours, and what was handled before a restart is not handled again.
    """

    def __init__(self, keys: Sequence[str], known: MutableMapping[str, int] | None = None) -> None:
        self._keys = keys
        self._known: MutableMapping[str, int] = {} if known is None else known
        self._alone = threading.Lock()

    def handle(self, body: bytes, headers: Mapping[str, str], do: Callable[[dict[str, Any]], object]) -> bool:
        """Verify a delivery and give its event to `do`; False for one that is known or overtaken: answer 2xx to both.

        What `do` raises is raised, and the delivery is not known: answer 500, and it comes again. Raises NotVerified.
        """
        event = verify_webhook(body, headers, self._keys)
        data = event["data"]
        record = f"{data['kind']}/{data.get('code') or data['key']}"
        with self._alone:
            if data["position"] <= self._known.get(record, 0):
                return False
            do(event)
            self._known[record] = data["position"]
        return True
