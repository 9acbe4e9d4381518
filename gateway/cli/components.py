"""What tests, benchmarks and `make airflow-celery` need beside Python, and its installation. This file is the list.

`yizhan doctor --tests` shows it, tests and benchmarks ask it, and `make` installs from it, before there is an
environment and with the standard library only: python3 -I gateway/cli/components.py PLACE...
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from pathlib import Path, PurePosixPath

_PROOF_SECONDS = 30.0
_PATH = f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/sbin"  # where Debian keeps sshd, also for who is not root
_APT = ("apt-get", "-qq", "-o", "DPkg::Lock::Timeout=60")
_UPDATE = (*_APT, "update")
_INSTALL = (*_APT, "install", "-y", "--no-install-recommends")
_EVERYTHING = ("tests", "benchmarks")


@dataclass(frozen=True, slots=True, kw_only=True)
class Component:
    """A program (the first of `programs` that is there) that with `arguments` ends well and says `says`.

    `title` is Chinese and English. `needed_by` are the folders and files of the checkout that cannot do without it.
    """

    name: str
    title: str
    packages: Sequence[str]
    programs: Sequence[str]
    arguments: Sequence[str]
    says: str = ""
    needed_by: Sequence[str]

    @property
    def program(self) -> str | None:
        """Its absolute path."""
        return next(filter(None, (shutil.which(name, path=_PATH) for name in self.programs)), None)

    @property
    def proof(self) -> str:
        return shlex.join((self.programs[0], *self.arguments))

    def fault(self) -> str:
        """Why it cannot be used; "" when it can."""
        if (program := self.program) is None:
            return f"没有 {self.programs[0]} / no {self.programs[0]}"
        try:
            done = subprocess.run(
                [program, *self.arguments],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                timeout=_PROOF_SECONDS,
                check=True,
            )
        except (OSError, subprocess.SubprocessError) as error:
            return f"{self.proof}: {error}"
        is_said = self.says in done.stdout.decode(errors="replace")
        return "" if is_said else f"{self.proof} 的输出缺 {self.says!r} / its output lacks {self.says!r}"


COMPONENTS: Mapping[str, Component] = {
    component.name: component
    for component in (
        Component(
            name="ssh",
            title="OpenSSH 客户端 OpenSSH client",
            packages=("openssh-client",),
            programs=("ssh",),
            arguments=("-V",),
            needed_by=("tests/integration/test_guide.py", "tests/integration/test_sftp_drop.py", "benchmarks/sftp.py"),
        ),
        Component(
            name="sshd",
            title="OpenSSH 服务器 OpenSSH server",
            packages=("openssh-server", "openssh-client"),
            programs=("sshd",),
            arguments=("-V",),
            needed_by=(
                "tests/integration/test_portal_sftp.py",
                "tests/integration/test_sftp_pull.py",
                "tests/integration/test_adapter_packages.py",
                "benchmarks/sftp.py",
            ),
        ),
        Component(
            name="php",
            title="PHP 及 SoapClient PHP with SoapClient",
            packages=("php-cli", "php-soap"),
            programs=("php",),
            arguments=("-m",),
            says="soap",
            needed_by=(
                "tests/integration/test_examples.py",
                "tests/integration/test_guide.py",
                "tests/integration/test_soap.py",
            ),
        ),
        Component(
            name="java",
            title="Java 及编译器 Java with its compiler",
            packages=("default-jdk-headless",),
            programs=("java",),
            arguments=("--list-modules",),
            says="jdk.compiler",
            needed_by=("tests/integration/test_examples.py",),
        ),
        Component(
            name="go",
            title="Go 编译器 Go compiler",
            packages=("golang-go",),
            programs=("go",),
            arguments=("version",),
            needed_by=("tests/integration/test_examples.py",),
        ),
        Component(
            name="shell",
            title="curl、openssl 与 jq curl, openssl and jq",
            packages=("curl", "jq", "openssl"),
            programs=("bash",),
            arguments=("-ec", "curl --version && openssl version && jq --version"),
            says="jq-",
            needed_by=("tests/integration/test_examples.py", "tests/integration/test_guide.py"),
        ),
        Component(
            name="redis",
            title="Redis，Celery 的消息队列 Redis, the broker of Celery",
            packages=("redis-server",),
            programs=("redis-server",),
            arguments=("--version",),
            needed_by=("tests/dags/test_celery.py", "gateway/cli/airflow_serving.py"),
        ),
        Component(
            name="pdfsig",
            title="pdfsig，核验 PDF 签名 pdfsig, which checks signatures of PDFs",
            packages=("poppler-utils",),
            programs=("pdfsig",),
            arguments=("-v",),
            says="pdfsig version",
            needed_by=("tests/integration/test_seals.py", "tests/browser/test_online_contract_pages.py"),
        ),
        Component(
            name="libreoffice",
            title="LibreOffice Writer，打印 Word 合同 LibreOffice Writer, which prints contracts made in Word",
            packages=("libreoffice-writer-nogui",),
            programs=("soffice",),
            arguments=("--version",),
            says="LibreOffice",
            needed_by=(
                "tests/integration/test_templates.py",
                "tests/integration/test_online_contracts.py",
                "tests/browser/test_template_pages.py",
                "tests/browser/test_online_contract_pages.py",
                "benchmarks/templates.py",
            ),
        ),
        Component(
            name="chromium",
            title="无界面的 Chromium 浏览器 Chromium without its windows",
            packages=("chromium-headless-shell",),
            programs=("chromium-headless-shell",),
            arguments=("--version",),
            needed_by=("tests/browser",),
        ),
        Component(
            name="fonts",
            title="中文字体 Chinese fonts",
            packages=("fonts-noto-cjk", "fontconfig"),
            programs=("fc-list",),
            arguments=(":lang=zh", "family"),
            says="\n",
            needed_by=("tests/browser",),
        ),
    )
}


class MissingComponentError(Exception):
    """It says which component is missing, why it is thought so, and what installs it; `reason` is for English pages."""

    def __init__(self, component: Component, fault: str) -> None:
        packages = " ".join(component.packages)
        super().__init__(f"缺少组件 {component.name} / {component.name} is missing ({fault}); Debian: {packages}")
        self.reason = f"{component.name} is missing (Debian: {packages})"


@cache
def demand(name: str) -> str:
    """The path of a component's program. MissingComponentError when it is not there; nothing is waited for."""
    component = COMPONENTS[name]
    fault = component.fault()
    if fault or component.program is None:
        raise MissingComponentError(component, fault)
    return component.program


def needed_in(places: Iterable[str]) -> list[Component]:
    """What is needed in any of these folders and files; pytest's node ids are understood."""
    paths = [PurePosixPath(place.partition("::")[0]) for place in places]
    return [component for component in COMPONENTS.values() if any(_touches(component, path) for path in paths)]


def _touches(component: Component, place: PurePosixPath) -> bool:
    needing = map(PurePosixPath, component.needed_by)
    return any(place.is_relative_to(path) or path.is_relative_to(place) for path in needing)


def faults(components: Sequence[Component]) -> dict[str, str]:
    """The fault of each, by name, in their order; "" where there is none. All are asked at once."""
    with ThreadPoolExecutor(max_workers=len(components) or 1) as pool:
        names = [component.name for component in components]
        return dict(zip(names, pool.map(Component.fault, components), strict=True))


def prepare(places: Sequence[str]) -> int:
    """Install what is missing there; silent when nothing is.

    0 when everything is there at the end. 1 when it is not: without the right to install, the one command that does it
    is printed and nothing is tried.
    """
    components = needed_in(places)
    missing = _missing(components)
    if not missing:
        return 0
    _say(f"缺少组件 / missing: {', '.join(one.name for one in missing)}")
    packages = sorted({package for one in missing for package in one.packages})
    privilege = _privilege()
    if privilege is None:
        _say(f"请执行 / run:\n\n    {_command(packages)}\n")
        return 1
    _say(f"正在安装 / installing: {' '.join(packages)}")
    if not all(_is_done([*privilege, *command]) for command in (_UPDATE, [*_INSTALL, *packages])):
        return 1
    unproven = {one.name: one.fault() for one in _missing(missing)}
    for name, fault in unproven.items():
        _say(f"{name}: {fault}")
    return 1 if unproven else 0


def _missing(components: Sequence[Component]) -> list[Component]:
    found = faults(components)
    return [component for component in components if found[component.name]]


def _privilege() -> list[str] | None:
    """What goes before a command that root must run; None when it cannot be run here without a person."""
    if shutil.which("apt-get", path=_PATH) is None:
        return None
    variables = ["env", "DEBIAN_FRONTEND=noninteractive"]
    if os.geteuid() == 0:
        return variables
    if shutil.which("sudo") and _is_done(["sudo", "-n", "true"], quietly=True):
        return ["sudo", "-n", *variables]
    return None


def _command(packages: Sequence[str]) -> str:
    """One command for a person, who may be asked for a password."""
    both = f"apt-get update && apt-get install -y --no-install-recommends {' '.join(packages)}"
    if os.geteuid() == 0:
        return both
    return f"{'sudo sh' if shutil.which('sudo') else 'su'} -c {shlex.quote(both)}"


def _is_done(command: Sequence[str], *, quietly: bool = False) -> bool:
    """Run it without a terminal; what it said is shown when it fails."""
    done = subprocess.run(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False
    )
    if done.returncode != 0 and not quietly:
        _say(f"{shlex.join(command)}: {done.returncode}\n{done.stdout.decode(errors='replace')}")
    return done.returncode == 0


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _places(words: Sequence[str]) -> Sequence[str]:
    """The paths among what is given to pytest; everything when there is none."""
    paths = [Path(word.partition("::")[0]) for word in words]
    return [os.path.relpath(path) for path in paths if path.exists()] or _EVERYTHING


if __name__ == "__main__":
    sys.exit(prepare(_places(sys.argv[1:])))
