"""Says on standard output where the service is, once it answers; its log is on standard error."""

from __future__ import annotations

import socket
import threading
import time

from gateway.base.settings import HttpSettings, Settings

_PAUSE_SECONDS = 0.1
_ANY = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - addresses to ask, not to listen on


def announce(settings: Settings) -> None:
    """Do so in the background. Where somebody else answers already, the service will say that it cannot start."""
    if not _answers(settings.http):
        threading.Thread(target=_announce, args=(settings,), daemon=True).start()


def _announce(settings: Settings) -> None:
    while not _answers(settings.http):
        time.sleep(_PAUSE_SECONDS)
    url = settings.public_url
    print(f"驿站已就绪 Yizhan is ready: {url}", flush=True)
    print(f"主管部门 for authorities: {url}/reconciliations  /differences  /alerts    接口 API: {url}/docs", flush=True)


def _answers(http: HttpSettings) -> bool:
    try:
        socket.create_connection((_ANY.get(http.host, http.host), http.port), timeout=1).close()
    except OSError:
        return False
    return True
