"""The command `yizhan`. Every command is thin; what it does lives elsewhere and is imported only when it runs."""

from __future__ import annotations

import gc
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from gateway.cli import portal_commands
from gateway.cli.adapter_commands import adapter
from gateway.cli.admin_commands import admin
from gateway.cli.audit_commands import audit
from gateway.cli.connector_commands import connector
from gateway.cli.reconcile_commands import reconcile
from gateway.cli.retention_commands import retention
from gateway.cli.seal_commands import seal
from gateway.cli.statistics_commands import statistics

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_show_locals=False,
    help="驿站 Yizhan: 旅游监管数据交换网关",
)
schema = typer.Typer(no_args_is_help=True, help="数据规范 Canonical schemas: templates, JSON Schema, reference pages")
keys = typer.Typer(no_args_is_help=True, help="签名密钥 Signing keys: list, rotate, withdraw")
targets = typer.Typer(no_args_is_help=True, help="投递目标 Webhook targets: list and redeliver")
partner = typer.Typer(no_args_is_help=True, help="对接方 Partners: add one and issue its credentials")
sandbox = typer.Typer(no_args_is_help=True, help="沙箱 The sandbox: synthetic records to try things out with")
agencies = typer.Typer(no_args_is_help=True, help="代报的旅行社 Agencies that a partner speaks for")
partner.add_typer(agencies, name="agencies")
for name, group in {
    "adapter": adapter,
    "admin": admin,
    "connector": connector,
    "schema": schema,
    "keys": keys,
    "partner": partner,
    "sandbox": sandbox,
    "targets": targets,
    "reconcile": reconcile,
    "portal": portal_commands.portal,
    "conflicts": portal_commands.conflicts,
    "alerts": portal_commands.alerts,
    "pledges": portal_commands.pledges,
    "calendar": portal_commands.calendar,
    "audit": audit,
    "seal": seal,
    "retention": retention,
    "statistics": statistics,
}.items():
    app.add_typer(group, name=name)

_GARBAGE_THRESHOLD = 20_000
"""What a command imports stays; looking for cycles in it at the default of 700 is a tenth of its start."""
Mappings = Annotated[Path | None, typer.Option(help="Folder of partner folders; the default is the installed one")]


def main() -> None:
    """Errors that a person can act on are shown as one line, not as a trace."""
    from gateway.base.errors import UserError

    gc.set_threshold(_GARBAGE_THRESHOLD)
    try:
        app()
    except (UserError, OSError) as error:
        typer.secho(f"yizhan: {error}", fg="red", err=True)
        sys.exit(1)


@app.command()
def airflow(
    port: Annotated[int | None, typer.Option(help="Default: a free one")] = None,
    celery: Annotated[bool, typer.Option("--celery", help="Redis and two Celery workers")] = False,
) -> None:
    """启动 Airflow 调度 Run Airflow with our DAGs on this machine."""
    from gateway.cli.airflow_serving import serve as serve_airflow

    serve_airflow(_settings(), port, celery=celery)


@app.command()
def serve(
    host: Annotated[str | None, typer.Option()] = None,
    port: Annotated[int | None, typer.Option()] = None,
    workers: Annotated[int | None, typer.Option(help="Processes that serve HTTP")] = None,
) -> None:
    """启动服务 Serve the API and the pages."""
    from gateway.base.settings import Settings
    from gateway.serving.serving import serve as run

    given = {"host": host, "port": port, "workers": workers}
    run(Settings().with_http({name: value for name, value in given.items() if value is not None}))


@app.command()
def sftp(
    host: Annotated[str | None, typer.Option()] = None,
    port: Annotated[int | None, typer.Option()] = None,
    watch_only: Annotated[bool, typer.Option(help="Only take files; another SFTP server serves the folders")] = False,
) -> None:
    """文件收发 Serve the SFTP drop of the connectors whose door stands open."""
    from gateway.base.settings import Settings
    from gateway.cli.transferring import serve_drop

    serve_drop(Settings(), host, port, watch_only=watch_only)


@app.command()
def work(
    processes: Annotated[int, typer.Option(help="Processes that share the work")] = 1,
) -> None:
    """后台处理 Work on large documents in the background; `yizhan serve` starts this beside it."""
    from gateway.base.settings import Settings
    from gateway.cli.working import work as run

    run(Settings(), processes)


@app.command()
def sync(
    connector_id: Annotated[str, typer.Argument(metavar="CONNECTOR")],
    since: Annotated[str | None, typer.Option(help="Read a window of the past again: 2026-10-01T00:00:00")] = None,
    until: Annotated[str | None, typer.Option(help="End of that window; the mark does not move")] = None,
) -> None:
    """同步 Fetch what is new on a partner's server or portal and submit it."""
    from gateway.base.settings import Settings
    from gateway.cli.transferring import pull_documents

    sys.exit(pull_documents(Settings(), connector_id, since, until))


@app.command()
def relay() -> None:
    """投递 Deliver changes to webhooks; `yizhan serve` starts this beside it."""
    from gateway.base.settings import Settings
    from gateway.cli.relaying import relay as run

    run(Settings())


@app.command()
def replay(
    dry_run: Annotated[bool, typer.Option("--dry-run/--apply", help="Only say what would happen")] = True,
    *,
    connector: Annotated[str | None, typer.Option(help="Letters that this connector read")] = None,
    submission: Annotated[str | None, typer.Option(help="Letters of one submission")] = None,
    code: Annotated[str | None, typer.Option(help="Letters with this finding")] = None,
    parked: Annotated[bool, typer.Option(help="Those that failed too often")] = False,
) -> None:
    """重放死信 Replay dead letters with the mapping of today, in the original order."""
    from gateway.cli.replaying import replay as run

    sys.exit(run(_settings(), dry_run, connector, submission, code=code, parked=parked))


@app.command()
def demo(
    once: Annotated[bool, typer.Option(help="Exit after the summary instead of serving on")] = False,
    port: Annotated[int, typer.Option()] = 8800,
    portals: Annotated[bool, typer.Option(help="A day with three government portals instead")] = False,
) -> None:
    """演示 Start everything and play every door: REST, SFTP, SOAP, webhooks, large files ..."""
    from gateway.base.settings import Settings
    from gateway.demo import day
    from gateway.demo.run import run

    if portals:
        sys.exit(day.run(Settings(), port, once))
    sys.exit(run(Settings(), port, once))


@app.command()
def submit(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False)],
    *,
    connector: Annotated[
        str | None, typer.Option(help="How to read the file; without it the file is canonical")
    ] = None,
    kind: Annotated[str | None, typer.Option(help="contract or roster, when the connector takes both")] = None,
    url: Annotated[str, typer.Option(envvar="YIZHAN_URL")] = "http://127.0.0.1:8800",
    api_key: Annotated[str, typer.Option(envvar="YIZHAN_API_KEY")] = "",
    secret: Annotated[str, typer.Option(envvar="YIZHAN_API_SECRET")] = "",
    atomic: bool = False,
    amend: bool = False,
) -> None:
    """提交文件 Submit a file and show what became of every record."""
    from gateway.cli.submitting import submit_file

    options = {"connector": connector, "kind": kind, "atomic": atomic, "amend": amend}
    sys.exit(submit_file(file, url, api_key, secret, options=options))


@app.command()
def verify(
    text: Annotated[str, typer.Argument(help="A QR text, a code, a receipt, or a file with one (an image too)")],
    offline: Annotated[Path | None, typer.Option(help="Key set saved from /.well-known/jwks.json")] = None,
    revocations: Annotated[Path | None, typer.Option(help="Saved from /.well-known/yizhan-revocations")] = None,
    url: Annotated[str, typer.Option(envvar="YIZHAN_URL")] = "http://127.0.0.1:8800",
) -> None:
    """核验 Verify a QR, a code or a receipt: with the service, or offline with saved keys."""
    from gateway.base.errors import UserError
    from gateway.cli.checking import verify_offline, verify_online

    try:
        sys.exit(verify_online(text, url) if offline is None else verify_offline(text, offline, revocations))
    except UserError as error:  # not the exit status of a forgery
        typer.secho(f"yizhan: {error}", fg="red", err=True)
        sys.exit(2)


@app.command()
def doctor(
    tests: Annotated[bool, typer.Option("--tests", help="What tests and benchmarks need beside Python")] = False,
) -> None:
    """体检 Check database settings, clock, keys, disk and versions, and say what to do."""
    from gateway.base.settings import Settings
    from gateway.cli.doctor import examine, examine_components

    if tests:
        sys.exit(examine_components())
    sys.exit(examine(Settings()))


@schema.command("template")
def schema_template(
    kind: Annotated[str, typer.Argument(help="contract or roster")], output: Annotated[Path, typer.Option("-o")]
) -> None:
    """填报模板 Write the spreadsheet template of a kind; a filled one imports without a mapping."""
    from schemas.projections.spreadsheet import write_template

    write_template(_kind_id(kind), output)
    typer.echo(output)


@schema.command("show")
def schema_show(kind: Annotated[str, typer.Argument(help="contract or roster")]) -> None:
    """Print the JSON Schema of a kind."""
    import json

    from schemas import catalog

    typer.echo(json.dumps(catalog.kind(_kind_id(kind)).schema, ensure_ascii=False, indent=2))


@schema.command("docs")
def schema_docs(folder: Annotated[Path, typer.Argument()] = Path("docs/reference")) -> None:
    """Write the generated reference pages."""
    from gateway.cli.reference import write_pages

    for page in write_pages(folder):
        typer.echo(page)


@keys.command("rotate")
def keys_rotate(
    purpose: Annotated[str, typer.Argument(help="qr, receipt or log")],
    algorithm: Annotated[str, typer.Option(help="EdDSA, ES256 or SM2SM3")] = "EdDSA",
) -> None:
    """轮换密钥 Sign with a new key from now on; what is printed already stays valid."""
    from gateway.cli.administration import rotate

    typer.echo(rotate(_settings(), purpose, algorithm))


@keys.command("withdraw")
def keys_withdraw(
    kid: Annotated[str, typer.Argument(help="The key that leaked, as `yizhan keys list` shows it")],
    since: Annotated[
        str, typer.Option(help="The moment, as 2026-11-20T08:00+08:00; by default a quarter of a minute from now")
    ] = "",
) -> None:
    """停用泄露的密钥 Believe nothing that a leaked key signs from a moment on; another key takes its place."""
    from gateway.cli.administration import withdraw

    typer.echo(withdraw(_settings(), kid, since))


@keys.command("rewrap")
def keys_rewrap() -> None:
    """换主密钥 Wrap by the present master key what YIZHAN_OTHER_MASTER_KEY has wrapped; may be stopped and repeated."""
    from gateway.cli.rekeying import rewrap

    rewrap(_settings())


@keys.command("rotate-data")
def keys_rotate_data(
    partner: Annotated[str, typer.Argument(help="Whose data is sealed anew")],
    forget: Annotated[bool, typer.Option("--forget", help="An hour later: drop the key before")] = False,
) -> None:
    """换数据密钥 Change the data key of a partner and seal everything anew; may be stopped and repeated."""
    from gateway.cli.rekeying import rotate_data

    rotate_data(_settings(), partner, forget=forget)


@keys.command("list")
def keys_list() -> None:
    """List the keys, active and retired."""
    from gateway.cli.administration import list_keys

    list_keys(_settings())


@targets.command("list")
def targets_list() -> None:
    """List every tenant's targets with their health."""
    from gateway.cli.relaying import list_targets

    list_targets(_settings())


@targets.command("redeliver")
def targets_redeliver(
    target: str,
    first: Annotated[int, typer.Option(help="First position")] = 0,
    last: Annotated[int, typer.Option(help="Last position")] = 2**63 - 1,
    everything: Annotated[bool, typer.Option("--all", help="Not only dead deliveries")] = False,
) -> None:
    """重新投递 Send dead deliveries again."""
    from gateway.cli.relaying import redeliver

    typer.echo(redeliver(_settings(), target, first, last, everything=everything))


@partner.command("add")
def partner_add(
    name: str,
    *,
    title: Annotated[str, typer.Option(help="Full name")],
    division: Annotated[str, typer.Option(help="GB/T 2260 code, 6 digits; of no account in the sandbox")] = "000000",
    uscc: Annotated[str, typer.Option(help="Credit code, when it is an agency itself")] = "",
    license_no: Annotated[str, typer.Option("--license", help="Its licence number")] = "",
    speaks_for: Annotated[str, typer.Option(help="Division all of whose agencies it may speak for (a portal)")] = "",
    role: Annotated[str, typer.Option(help="partner, official or operator")] = "partner",
    connector: Annotated[str | None, typer.Option(help="Connector whose doors (SOAP, SFTP ...) it opens")] = None,
    ssh_key: Annotated[Path | None, typer.Option(help="SSH public key, of OpenSSH or PuTTY", exists=True)] = None,
    certificate: Annotated[
        Path | None, typer.Option(help="X.509 certificate that signs SOAP (PEM)", exists=True)
    ] = None,
    sm2_key: Annotated[
        Path | None, typer.Option(help="SM2 public key that signs requests (PEM of OpenSSL)", exists=True)
    ] = None,
    expires: Annotated[str, typer.Option(help="The last day of the credential, or a moment; none: until revoked")] = "",
    sandbox: Annotated[bool, typer.Option("--sandbox", help="Only to try things out: codes of no contract")] = False,
) -> None:
    """新增对接方 Add a partner and issue a credential; its secret is shown once."""
    from gateway.cli.administration import add_partner

    add_partner(
        _settings(),
        name,
        title,
        division,
        uscc=uscc,
        license_no=license_no,
        speaks_for=speaks_for,
        role=role,
        connector=connector,
        ssh_key=ssh_key,
        certificate=certificate,
        sm2_key=sm2_key,
        expires=expires,
        sandbox=sandbox,
    )


@sandbox.command("generate")
def sandbox_generate(
    kind: Annotated[str, typer.Argument(help="contract or roster")] = "contract",
    count: Annotated[int, typer.Option("-n", min=1, max=1000, help="How many")] = 10,
    *,
    seed: Annotated[int, typer.Option(min=0, help="The same gives the same")] = 1,
    dirty: Annotated[bool, typer.Option("--dirty", help="About every other with a flaw")] = False,
) -> None:
    """生成测试数据 Write synthetic records as NDJSON, to be pushed as they are."""
    from gateway.cli.generating import write

    write(kind, count, seed=seed, dirty=dirty)


@agencies.command("add")
def partner_agencies_add(
    name: Annotated[str, typer.Argument(metavar="PARTNER")],
    uscc: Annotated[str, typer.Argument(metavar="[USCC]")] = "",
    *,
    title: Annotated[str, typer.Option(help="Full name of the agency")] = "",
    division: Annotated[str, typer.Option(help="GB/T 2260 code, 6 digits")] = "",
    license_no: Annotated[str, typer.Option("--license", help="Its licence number")] = "",
    file: Annotated[
        Path | None, typer.Option("--from", help="CSV: uscc,title,division,license_no", exists=True, dir_okay=False)
    ] = None,
) -> None:
    """登记代报关系 Let a partner speak for an agency, or for all of a list."""
    from gateway.cli.representing import add, add_all

    if file is not None:
        add_all(_settings(), name, file)
    else:
        add(_settings(), name, uscc, title=title, division=division, license_no=license_no)


@agencies.command("list")
def partner_agencies_list(name: Annotated[str, typer.Argument(metavar="PARTNER")]) -> None:
    """列出代报的旅行社 The agencies that a partner speaks for."""
    from gateway.cli.representing import show

    show(_settings(), name)


@agencies.command("remove")
def partner_agencies_remove(name: Annotated[str, typer.Argument(metavar="PARTNER")], uscc: str) -> None:
    """取消代报关系 A partner no longer speaks for an agency; what it has sent stays."""
    from gateway.cli.representing import remove

    remove(_settings(), name, uscc)


@partner.command("credentials")
def partner_credentials(name: Annotated[str | None, typer.Argument(metavar="PARTNER")] = None) -> None:
    """列出凭证 The credentials of a partner or of all, with expiry and last use."""
    from gateway.cli.administration import list_credentials

    list_credentials(_settings(), name)


@partner.command("revoke")
def partner_revoke(api_key: str) -> None:
    """Revoke a credential."""
    from gateway.cli.administration import revoke

    revoke(_settings(), api_key)


def _settings() -> Any:
    from gateway.base.settings import Settings

    return Settings()


def _kind_id(name: str) -> str:
    from gateway.base.errors import UserError
    from schemas.catalog import kinds

    known = {kind.name: kind.id for kind in kinds()}
    if name not in known and name not in known.values():
        raise UserError(f"没有名为 {name} 的数据种类 / no kind {name!r}; there are {', '.join(known)}")
    return known.get(name, name)


if __name__ == "__main__":
    main()
