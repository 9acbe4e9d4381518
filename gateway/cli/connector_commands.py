"""The commands about connectors; what they do lies elsewhere and is imported when one runs."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

connector = typer.Typer(
    no_args_is_help=True, help="对接配置 Connectors: draft, try, check, bring into service, roll back"
)
Mappings = Annotated[Path | None, typer.Option(help="Folder of partner folders; the default is the installed one")]


@connector.command("check")
def check(
    folder: Annotated[list[Path] | None, typer.Argument()] = None,
    mappings: Mappings = None,
    accept: Annotated[bool, typer.Option("--accept", help="Write down what the examples give now")] = False,
) -> None:
    """检查对接配置 Check partner folders: required fields, cleaners, look-ups, golden examples."""
    from gateway.cli.onboarding import check_folders

    sys.exit(check_folders(folder or [], mappings, accept=accept))


@connector.command("try")
def try_(
    folder: Annotated[Path, typer.Argument(exists=True, file_okay=False, help="Folder of the partner")],
    document: Annotated[Path, typer.Argument(exists=True, dir_okay=False, metavar="FILE")],
    kind: Annotated[str | None, typer.Option(help="When the connector maps several")] = None,
    *,
    html: Annotated[Path | None, typer.Option(help="Write a page as well")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="For a program")] = False,
    records: Annotated[int, typer.Option(min=0, help="How many are shown field by field")] = 3,
    watch: Annotated[bool, typer.Option("--watch", help="Again whenever a file is saved")] = False,
) -> None:
    """试运行 Show what becomes of every value of a file and what nobody uses. Nothing is stored."""
    from gateway.cli.trying import try_document

    sys.exit(try_document(folder, document, kind, page=html, as_json=as_json, records=records, watch=watch))


@connector.command("diff")
def diff(
    old: Annotated[Path, typer.Argument(exists=True, file_okay=False)],
    new: Annotated[Path, typer.Argument(exists=True, file_okay=False)],
    documents: Annotated[list[Path] | None, typer.Argument(exists=True, dir_okay=False, metavar="FILES...")] = None,
    *,
    kind: Annotated[str | None, typer.Option(help="When the connectors map several")] = None,
    stored: Annotated[int, typer.Option(min=0, max=1000, help="So many of what the partner has sent lately")] = 0,
) -> None:
    """对比 Show what a changed folder makes otherwise of the same files, or of what has come lately."""
    from gateway.base.settings import Settings
    from gateway.cli.trying import compare_folders

    sys.exit(compare_folders(old, new, documents or [], kind, stored=stored, settings=Settings() if stored else None))


@connector.command("stage")
def stage(
    folder: Annotated[Path, typer.Argument(exists=True, file_okay=False, help="Folder of the partner")],
    note: Annotated[str, typer.Option(help="What has changed")] = "",
) -> None:
    """提交检查 Save a folder as a new version and check it; nothing is in service yet."""
    from gateway.base.settings import Settings
    from gateway.cli import versioning

    sys.exit(versioning.stage(Settings(), folder, note))


@connector.command("promote")
def promote(
    name: Annotated[str, typer.Argument(metavar="CONNECTOR")],
    number: Annotated[int | None, typer.Argument(help="Default: the newest that is staged")] = None,
) -> None:
    """上线 Bring a staged version into service, without a restart."""
    from gateway.base.settings import Settings
    from gateway.cli import versioning

    versioning.promote(Settings(), name, number)


@connector.command("rollback")
def rollback(name: Annotated[str, typer.Argument(metavar="CONNECTOR")]) -> None:
    """回退 Bring back the version that was in service before."""
    from gateway.base.settings import Settings
    from gateway.cli import versioning

    versioning.roll_back(Settings(), name)


@connector.command("retire")
def retire(
    name: Annotated[str, typer.Argument(metavar="CONNECTOR")],
    number: Annotated[int | None, typer.Argument(help="Default: the one in service")] = None,
) -> None:
    """停用 Take a version out of service, or give it up."""
    from gateway.base.settings import Settings
    from gateway.cli import versioning

    versioning.retire(Settings(), name, number)


@connector.command("versions")
def versions(
    name: Annotated[str, typer.Argument(metavar="CONNECTOR")],
    take: Annotated[int | None, typer.Option(help="Write the files of this version")] = None,
    into: Annotated[Path | None, typer.Option(help="into this new folder")] = None,
) -> None:
    """版本 Every version of a connector: its state, and who did what when."""
    from gateway.base.settings import Settings
    from gateway.cli import versioning

    versioning.show(Settings(), name, take, into)


@connector.command("draft")
def draft(
    name: Annotated[str, typer.Argument(help="Id of the connector, and name of its folder")],
    samples: Annotated[list[Path], typer.Argument(exists=True, dir_okay=False, help="What the partner sends")],
    *,
    wsdl: Annotated[Path | None, typer.Option(exists=True, dir_okay=False, help="WSDL of a SOAP message")] = None,
    names: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="Data dictionary: two columns, name and title")
    ] = None,
    target: Annotated[
        str | None, typer.Option(help="contract, roster, agency ...; told from the sample if absent")
    ] = None,
    folder: Annotated[Path | None, typer.Option(help="Folder to write; the default is mappings/NAME")] = None,
) -> None:
    """按样本起草对接配置 Draft a partner folder from samples: mapping, code tables, examples, and what is left."""
    from gateway.cli.partner_draft import Asked, draft_folder

    sys.exit(draft_folder(Asked(name, samples, wsdl=wsdl, names=names, target=target, folder=folder)))


@connector.command("shape")
def shape(
    folder: Annotated[Path, typer.Argument(exists=True, file_okay=False, help="Folder of the partner")],
    kind: Annotated[str, typer.Argument()],
    documents: Annotated[
        list[Path], typer.Argument(exists=True, dir_okay=False, help="Real ones, the more the better")
    ],
) -> None:
    """记录数据结构 Record what the partner's records look like; from then on a change of shape is noticed."""
    from gateway.cli.onboarding import record_shape

    record_shape(folder, kind, documents)


@connector.command("measure")
def measure(
    folder: Annotated[Path, typer.Argument(exists=True, file_okay=False, help="Folder of the partner")],
) -> None:
    """实测吞吐量 Measure how many records a second are read, and keep it in the folder (a rule of gold)."""
    from gateway.cli.onboarding import measure as measured

    measured(folder)


@connector.command("list")
def list_(mappings: Mappings = None) -> None:
    """列出对接配置 List what may be named as connector: the version in service, its tier, what is missing."""
    from gateway.cli.onboarding import list_connectors

    list_connectors(mappings)
