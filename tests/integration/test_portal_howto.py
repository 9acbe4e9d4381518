"""The how-to for portals, followed as it stands: from one sample answer to a connector that both sides agree with."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

import httpx
import pytest

from gateway.base.settings import Settings
from tests.conftest import issue_partner, running, until
from tests.portals import running_portal
from tests.processes import ended, environment, running_beside

PAGE = (
    (Path(__file__).parents[2] / "docs/howto/onboard-a-portal.md").read_text("utf-8").partition("# 参考 Reference")[0]
)
BLOCKS = re.findall(r"^```bash\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
(SAMPLE,) = re.findall(r"^```json\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
(PORTAL,) = re.findall(r"^```sh\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)


@pytest.fixture(scope="module")
def settings(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    changed = settings.model_copy(deep=True)
    changed.mappings = tmp_path_factory.mktemp("installed")
    changed.onboarding.look_seconds = 0.1
    return changed


@pytest.fixture(scope="module")
def client(settings: Settings) -> Iterator[httpx.Client]:
    with running(settings) as opened:
        yield opened


class Reader:
    """Follows the page in a folder of its own, one block after another."""

    def __init__(self, settings: Settings, known: Mapping[str, str]) -> None:
        self._blocks = list(BLOCKS)
        self.known = {**environment(settings), **known, "no_proxy": "*"}

    def next(self) -> str:
        """What the commands of the next block say; each of them succeeds."""
        return "".join(map(self.run, _commands(self._blocks.pop(0))))

    def skip(self) -> str:
        """The commands of the next block, which are left to `run`."""
        return self._blocks.pop(0)

    def is_done(self) -> bool:
        return not self._blocks

    def run(self, command: str) -> str:
        if command.startswith("yizhan "):
            done = ended(*shlex.split(command, comments=True)[1:], environment=self.known)
        else:
            text = command.replace("curl -sS", "curl -sS -H 'X-Forwarded-Proto: https'")
            done = subprocess.run(["bash", "-euc", text], env=self.known, capture_output=True, text=True)
        assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
        return done.stdout


def _commands(block: str) -> list[str]:
    """The block cut at its `yizhan` lines, which the tests start faster than a shell does."""
    return [each for each in re.split(r"(?m)^(yizhan .*\n)", block) if each.strip()]


def test_the_how_to_leads_from_a_sample_to_two_sides_that_agree(
    client: httpx.Client, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mappings").mkdir()
    (tmp_path / "answer.json").write_text(SAMPLE, "utf-8")
    program, records = re.findall(r"(\w+\.py) .*--records (\d+)", PORTAL)[0]
    secrets = dict(re.findall(r"(APP_\w+)=(\S+)", PORTAL))
    with running_portal(program, tmp_path, "--records", records, **secrets) as portal:
        known = {"NANLING_URL": f"{portal.url}/api", **{f"NANLING_{name}": value for name, value in secrets.items()}}
        for name, value in known.items():
            monkeypatch.setenv(name, value)
        base = str(client.base_url).rstrip("/")
        reader = Reader(settings, {**known, "BASE": base, "CONTROL": str(portal.said["control"])})
        assert "待办 left to do" in reader.next()
        for _ in ("connector.yaml", "the mapping", "the way back"):
            reader.next()
        checked = reader.next()
        assert ("accepted 2" in checked, "✓ nanling" in checked) == (True, True), checked
        assert "live" in reader.next()
        until(lambda: "nanling" in [each["connector"] for each in listed(client, settings)], "it is in service")
        assert f"accepted {records}" in reader.next()
        assert reader.next(), "both sides agree at once"
        reader.known["OFFICIAL"] = reader.next().partition("Bearer ")[2].split()[0]
        with running_beside(settings, "relay"):
            assert json.loads(reader.next())["records"][0]["status"] == "amended"
            read = reader.skip()
            until(lambda: json.loads(reader.run(read))["body"]["tel"] == "0571-88886666", "the portal has it")
        assert "西湖区新址8号" in reader.next(), "what changed there is here, and both sides agree"
        assert reader.is_done()


def listed(client: httpx.Client, settings: Settings) -> list[dict[str, str]]:
    who = issue_partner(settings, "looks")
    return client.get("/v1/connectors", headers=who.bearer).json()["connectors"]


def test_its_links_and_its_sample_hold() -> None:
    assert len(json.loads(SAMPLE)["data"]["records"]) == 2
    for place in re.findall(r"\]\(([\w./-]+\.md)", PAGE):
        assert (Path(__file__).parents[2] / "docs/howto" / place).exists(), place
