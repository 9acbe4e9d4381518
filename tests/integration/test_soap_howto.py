"""The examples of the how-to on SOAP do what it says."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from tests.conftest import Partner

PAGE = Path(__file__).parents[2] / "docs" / "howto" / "push-over-soap.md"


@pytest.mark.parametrize(
    ("language", "program"),
    [
        pytest.param("python", sys.executable, id="python"),
        pytest.param("php", "php", id="php", marks=pytest.mark.needs("php")),
    ],
)
def test_the_example_pushes_a_contract(
    client: httpx.Client, partner: Partner, language: str, program: str, tmp_path: Path
) -> None:
    (example,) = re.findall(rf"```{language}\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    script = tmp_path / f"example.{language}"
    script.write_text(example, "utf-8")
    given = {"YIZHAN_URL": str(client.base_url).rstrip("/"), "KEY_ID": partner.api_key, "SECRET": partner.secret}
    done = subprocess.run([program, str(script)], env=os.environ | given, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    status, key, code, *_ = done.stdout.split()
    assert (status, key[:9]) == ("accepted", "ERP-2026-")
    assert client.get(f"/v1/contracts/{code}", auth=partner.auth).json()["key"] == key
