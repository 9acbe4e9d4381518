"""The how-to for those who connect a system, followed as it stands."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path
from typing import Any

import httpx

from gateway.access.accounts import Role
from gateway.base.settings import Settings
from gateway.onboarding.faults import Fault
from gateway.onboarding.states import RegistrationState
from tests.conftest import issue_partner

_PAGE = (Path(__file__).parents[2] / "docs/howto/connect-your-system.md").read_text("utf-8")
_BLOCKS = re.findall(r"```bash\n(.*?)```", _PAGE, re.DOTALL)


def test_the_how_to_leads_from_the_form_to_the_scenarios(client: httpx.Client, settings: Settings) -> None:
    operator = issue_partner(settings, "hub", Role.OPERATOR, "000000")
    known = {"BASE": str(client.base_url).rstrip("/")}

    def run(block: str) -> Any:
        command = block.replace("curl -sS", "curl -sS -H 'X-Forwarded-Proto: https'")
        environment = {**os.environ, **known, "no_proxy": "*"}
        ran = subprocess.run(["bash", "-euc", command], env=environment, capture_output=True, text=True, check=True)
        return json.loads(ran.stdout)

    form, progress, credentials, conformance = _BLOCKS
    registered = run(form)
    known |= {"NUMBER": registered["registration_id"], "TOKEN": registered["token"]}
    assert run(progress)["state"] == "applied"
    where = f"/v1/registrations/{known['NUMBER']}/state"
    accepted = {"state": "sandbox", "reason": "资料齐全"}
    client.post(where, json=accepted, headers=operator.bearer).raise_for_status()
    given = run(credentials)
    known |= {"KEY_ID": given["id"], "SECRET": given["secret"]}
    assert len(run(conformance)["scenarios"]) >= 12


def test_it_names_every_state_and_every_fault() -> None:
    for name in (*RegistrationState, *Fault):
        assert f"`{name}`" in _PAGE, name
