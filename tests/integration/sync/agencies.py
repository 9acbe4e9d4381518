"""What the tests of pulling and pushing ask of the agencies of a portal."""

from __future__ import annotations

from typing import Any

import orjson

from gateway.portals.pull import Pulled
from gateway.store.database import Scope
from gateway.wiring.services import Services

SECRETS = {"APP_KEY": "testOnlyAppKey", "APP_SECRET": "testOnlyappSecret"}
RECORDS = 230
EVERYTHING = Scope(division="%")
EVENTS = ("agency.amended", "filing.amended")


async def agencies(services: Services) -> dict[str, Any]:
    """Stored agencies by key, with their bodies."""
    tenant = await services.accounts.partner_of("donghai")
    async with services.database.reading(EVERYTHING) as connection:
        rows = (await connection.exec_driver_sql("SELECT * FROM record WHERE kind = 'agency'")).all()
    place = f"record/{tenant.id}/agency/"
    return {row.key: (row, orjson.loads(tenant.seal.open(bytes(row.body), (place + row.key).encode()))) for row in rows}


async def pull_agencies(services: Services) -> list[Pulled]:
    pieces = [piece for piece in await services.pulls.plan("donghai") if piece.kind == "agency"]
    return await services.pulls.pull("donghai", pieces=pieces)


def count(taken: list[Pulled], name: str) -> int:
    return sum(each.counts.get(name, 0) for each in taken)
