"""The composition root: every part is made here, once, and handed to whoever needs it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from functools import partial

import structlog

from adapters.connector import Connector, SetAside
from gateway.access.accounts import Accounts
from gateway.access.authentication import Authenticator
from gateway.access.partner_list import Partners
from gateway.access.quota import Quota
from gateway.alerts import alerts
from gateway.alerts.alerts import Alert
from gateway.alerts.rows import AlertCode
from gateway.authority.desk import Desk
from gateway.authority.dossiers import Dossiers
from gateway.authority.filing_materials import FilingMaterials
from gateway.authority.open_differences import Differences
from gateway.authority.own_agency import OwnAgency
from gateway.authority.penalties import Penalties
from gateway.authority.penalty_book import PenaltyBook
from gateway.authority.pledge_files import PledgeFiles
from gateway.authority.pledges import Pledges
from gateway.authority.qualifications import Qualifications
from gateway.authority.revealing import Revealing
from gateway.authority.self_reports import SelfReports
from gateway.authority.waiting import Waiting
from gateway.base.beside import beside
from gateway.base.lanes import Lanes
from gateway.base.settings import DatabaseSettings, Settings
from gateway.batch.batches import Batches
from gateway.batch.cutting import Cutter
from gateway.batch.finishing import Finisher
from gateway.batch.processing import Processor
from gateway.batch.uploads import Uploads
from gateway.batch.worker import BatchWorker
from gateway.contracts.document_reading import DocumentReader
from gateway.contracts.documents import Documents
from gateway.contracts.page_pictures import PagePictures
from gateway.contracts.revocations import Revocations
from gateway.contracts.verifying import Verifier
from gateway.dead_letters.replays import Replays
from gateway.field_checks.field_checks import FieldChecks
from gateway.field_checks.photo_reading import PhotoReader
from gateway.inspection.proving import ReceiptProofs
from gateway.intake.drafting import Drafting
from gateway.intake.intake import Intake
from gateway.ledger.document_shelf import DocumentShelf
from gateway.ledger.issuing import Issuer
from gateway.ledger.kinds import must_be_total
from gateway.ledger.reader import Reader
from gateway.ledger.transitions import Transitions
from gateway.ledger.writer import Writer
from gateway.onboarding.conformance import Conformance
from gateway.onboarding.live import LiveConnectors
from gateway.onboarding.registrations import Registrations
from gateway.onboarding.rotations import Rotations
from gateway.onboarding.sandbox import Sandbox
from gateway.onboarding.standings import Standings
from gateway.onboarding.versions import Versions
from gateway.onboarding.workshop import Workshop
from gateway.online_contracts.contracts import OnlineContracts
from gateway.online_contracts.inviting import Invitations
from gateway.online_contracts.signed_contracts import Finishing, Means
from gateway.online_contracts.signings import Signings
from gateway.online_contracts.texting import MessageFolder
from gateway.operations.operations import Operations
from gateway.persons.identity_provider import IdentityProvider
from gateway.persons.own_account import OwnAccount
from gateway.persons.passwords import Passwords
from gateway.persons.persons import Persons
from gateway.persons.sessions import Sessions
from gateway.persons.sign_in import SignIn
from gateway.portals.counterpart import Counterparts
from gateway.portals.pull import Pulls
from gateway.portals.push import PORTAL, PortalPush
from gateway.portals.reconciliation import PortalReconciliations
from gateway.reconcile.repairing import Repairs
from gateway.reconcile.runs import Reconciliations
from gateway.register.filed import FiledRegister
from gateway.register.working_days import WorkingDays
from gateway.relay.callback12301 import COMPAT12301, CallBacks12301
from gateway.relay.disorder import Disorder
from gateway.relay.messages import STANDARD, StandardWebhooks
from gateway.relay.relay import Relay
from gateway.relay.targets import Targets
from gateway.retention.holds import Holds
from gateway.retention.indexing import Indexing
from gateway.retention.purging import Purging
from gateway.retention.subjects import Subjects
from gateway.seals.seal_checks import SealChecks
from gateway.seals.sealed_rosters import SealedRosters
from gateway.seals.seals import Seals
from gateway.seals.typesetting import Typesetter
from gateway.statistics.collecting import Collector
from gateway.statistics.figures import Figures
from gateway.statistics.rates import ReportingRates
from gateway.statistics.reminding import Reminders
from gateway.statistics.top100 import Top100
from gateway.statistics.trade import Trade
from gateway.statistics.yearly import YearlyReports
from gateway.store.blobs import Blobs
from gateway.store.database import Database, NotSeparate, Patience
from gateway.templates import national
from gateway.templates.library import TemplateLibrary
from gateway.templates.office import Office
from gateway.templates.word_reader import WordReader
from gateway.transparency.integrating import Integrator
from gateway.transparency.published import PublishedLog, log_origin
from gateway.trust.codes import CodeScheme
from gateway.trust.keyring import Keyring
from gateway.trust.master import master_key
from gateway.volumes.expected import Volumes
from schemas.findings import Text

_log = structlog.get_logger()
_READING_AT_ONCE, _EACH_READING, _MOST_WAITING = 4, 2, 32
"""Threads that read or write whole documents, in all and for one tenant; fewer than there are threads."""
_KEY_REFRESH_SECONDS = 10.0
_REGISTER_REFRESH_SECONDS = 2.0
_USES_SECONDS = 2.0
_DATA_KEYS_SECONDS = 1.0
_DURABILITY_SECONDS = 0.5
_VOLUMES_SECONDS = 600.0
_SESSIONS_SECONDS = 300.0
_SEALS_SECONDS = 600.0
_SAMPLE_SECONDS = 60.0
_COUNTING_SECONDS = 1.0
_FINISHING_SECONDS = 60.0
_INSTALLATION = "-"
"""Stands for a connector in an alert about the installation itself."""


@dataclass(frozen=True, slots=True)
class Services:
    """All that the doors use."""

    settings: Settings
    connectors: Mapping[str, Connector]
    scheme: CodeScheme
    database: Database
    keyring: Keyring
    accounts: Accounts
    authenticator: Authenticator
    partners: Partners
    rotations: Rotations
    persons: Persons
    sessions: Sessions
    sign_in: SignIn
    identity_provider: IdentityProvider
    own_account: OwnAccount
    intake: Intake
    lanes: Lanes
    batches: Batches
    uploads: Uploads
    batch_worker: BatchWorker
    replays: Replays
    targets: Targets
    relay: Relay
    reader: Reader
    verifier: Verifier
    versions: Versions
    workshop: Workshop
    standings: Standings
    sandbox: Sandbox
    conformance: Conformance
    registrations: Registrations
    integrator: Integrator
    published_log: PublishedLog
    receipt_proofs: ReceiptProofs
    transitions: Transitions
    desk: Desk
    waiting: Waiting
    differences: Differences
    operations: Operations
    revealing: Revealing
    field_checks: FieldChecks
    photo_reader: PhotoReader
    purging: Purging
    indexing: Indexing
    holds: Holds
    subjects: Subjects
    days: WorkingDays
    pledges: Pledges
    pledge_files: PledgeFiles
    materials: FilingMaterials
    penalties: Penalties
    penalty_book: PenaltyBook
    qualifications: Qualifications
    dossiers: Dossiers
    own_agency: OwnAgency
    self_reports: SelfReports
    documents: Documents
    revocations: Revocations
    reconciliations: Reconciliations
    repairs: Repairs
    pulls: Pulls
    volumes: Volumes
    portal_reconciliations: PortalReconciliations
    seals: Seals
    sealed_rosters: SealedRosters
    seal_checks: SealChecks
    templates: TemplateLibrary
    online_contracts: OnlineContracts
    invitations: Invitations
    signings: Signings
    finishing: Finishing
    collector: Collector
    figures: Figures
    yearly_reports: YearlyReports
    trade: Trade
    rates: ReportingRates
    reminders: Reminders
    top100: Top100


@asynccontextmanager
async def open_services(settings: Settings, database_url: str) -> AsyncIterator[Services]:
    """Services over a migrated database; at the end what is under way is committed first."""
    must_be_total()
    logins = settings.database
    database = Database(
        database_url,
        logins.pool_size,
        _patience(logins),
        reader_url=logins.reader_url,
        public_url=logins.public_url,
    )
    await database.must_be_durable()
    await _must_be_separate(database, settings)
    master = await master_key(database, settings)
    keyring = Keyring(database, master, settings.public_url)
    await keyring.open()
    scheme = CodeScheme(settings.codes.prefix, settings.codes.random_length, settings.codes.test_prefix)
    issuer = Issuer(scheme, keyring)
    writer = Writer(database, issuer, keyring, settings.writer)
    accounts = Accounts(database, master, lambda: connectors.portals)
    connectors = LiveConnectors(
        database,
        settings.mappings,
        settings.home / "connectors",
        lambda aside: _tell_set_aside(database, accounts, aside),
    )
    await connectors.refresh()
    days = WorkingDays(database)
    register = FiledRegister(database, accounts, days, settings=settings.registered, portals=lambda: connectors.portals)
    await days.refresh()
    await register.refresh()
    await national.publish(database)
    drafting = Drafting(issuer, register, settings.intake.foreign_agency)
    lanes = Lanes("documents", _READING_AT_ONCE, each=_EACH_READING, waiting=_MOST_WAITING)
    conformance = Conformance(database, keyring)
    sandbox = Sandbox(database, accounts)
    registrations = Registrations(database, accounts, master, conformance=conformance, settings=settings.onboarding)
    intake = Intake(connectors, drafting, writer, lanes, on_replay=conformance.note_replay)
    reader = Reader(database)
    penalties = Penalties(reader, accounts)
    desk, dossiers = Desk(database, intake, accounts, penalties), Dossiers(database, accounts)
    differences = Differences(database, reader, accounts, desk)
    sessions, passwords = Sessions(database, accounts, master, settings.persons), Passwords()
    sign_in = SignIn(database, master, settings.persons, sessions=sessions, passwords=passwords)
    quota = Quota(database, settings.limits.tenant_bytes)
    blobs = Blobs(settings.home / "blobs")
    batches = Batches(connectors, database, writer, blobs, lanes=lanes, quota=quota)
    uploads = Uploads(database, blobs, batches, settings.batch, lanes=lanes, quota=quota)
    shelf, document_reader = DocumentShelf(database, reader, quota), DocumentReader()
    portals = PortalPush(
        database, accounts, connectors, settings.home / "pull", timeout_seconds=settings.relay.timeout_seconds
    )
    reconciliations = Reconciliations(connectors, database, keyring, settings.reconcile)
    repairs = Repairs(connectors, database)
    counterparts = Counterparts(
        connectors=connectors,
        database=database,
        accounts=accounts,
        intake=intake,
        desk=desk,
        scratch=settings.home / "reconcile",
    )
    formats = {
        STANDARD: StandardWebhooks(),
        COMPAT12301: CallBacks12301(reader, accounts, connectors, hosts=settings.relay.callback_hosts),
        PORTAL: portals,
    }
    verifier = Verifier(database, keyring, scheme, settings.public_url, register=register, accounts=accounts)
    origin = log_origin(settings.public_url)
    integrator = Integrator(database, keyring, origin, tell=partial(_tell_altered_log, database, accounts))
    published_log = PublishedLog(database, keyring, origin)
    volumes = Volumes(connectors, database, accounts)
    seals = Seals(database, master)
    operations = Operations(database)
    targets = Targets(database, settings.relay.allowed_hosts)
    purging = Purging(database, blobs, settings.retention)
    office = Office(settings.home / "office")
    library = TemplateLibrary(database, WordReader(), office, pictures=PagePictures(), document_reader=document_reader)
    online_contracts = OnlineContracts(
        database, intake, reader, library=library, office=office, document_reader=document_reader
    )
    documents = Documents(shelf, document_reader, keyring=keyring, verifier=verifier)
    transitions = Transitions(database, keyring, seals.note_decision)
    typesetter, messages = Typesetter(), MessageFolder(settings.home / "short-messages")
    means = Means(documents=documents, transitions=transitions, seals=seals, typesetter=typesetter)
    finishing = Finishing(database, accounts, online_contracts, means)
    collector, figures, yearly_reports = Collector(database, accounts), Figures(database), YearlyReports(database)
    rates = ReportingRates(database, figures, yearly_reports, accounts=accounts, connectors=connectors)
    services = Services(
        settings=settings,
        connectors=connectors,
        scheme=scheme,
        database=database,
        keyring=keyring,
        accounts=accounts,
        authenticator=Authenticator(accounts, database, settings.limits),
        partners=Partners(database),
        rotations=Rotations(database, accounts, targets),
        persons=Persons(database, accounts, master, settings.persons),
        sessions=sessions,
        sign_in=sign_in,
        identity_provider=IdentityProvider(database, master, settings.persons, sessions),
        own_account=OwnAccount(database, master, settings.persons, sign_in=sign_in, passwords=passwords),
        intake=intake,
        lanes=lanes,
        batches=batches,
        uploads=uploads,
        batch_worker=BatchWorker(
            Cutter(connectors, database, accounts, blobs, most_rows=settings.batch.max_rows),
            Processor(connectors, issuer, keyring, database, accounts=accounts, blobs=blobs, drafting=drafting),
            Finisher(keyring, database, accounts),
            uploads,
            is_work=batches.is_work,
            integrator=integrator,
            others={collector.turn: _COUNTING_SECONDS, finishing.turn: _FINISHING_SECONDS},
        ),
        sandbox=sandbox,
        conformance=conformance,
        registrations=registrations,
        standings=Standings(database, connectors),
        versions=Versions(database, settings.mappings, settings.onboarding),
        workshop=Workshop(lanes),
        integrator=integrator,
        published_log=published_log,
        receipt_proofs=ReceiptProofs(database, published_log),
        replays=Replays(connectors, drafting, database, writer, accounts=accounts),
        targets=targets,
        relay=Relay(database, accounts, formats, settings=settings.relay, disorder=Disorder(database, sandbox)),
        reader=reader,
        verifier=verifier,
        transitions=transitions,
        desk=desk,
        waiting=Waiting(database, differences),
        differences=differences,
        operations=operations,
        revealing=Revealing(database, accounts),
        field_checks=FieldChecks(database, accounts),
        photo_reader=PhotoReader(),
        purging=purging,
        indexing=Indexing(database, accounts),
        subjects=Subjects(database, accounts, reader, purging=purging, settings=settings.retention),
        holds=Holds(database),
        days=days,
        pledges=Pledges(database, desk, days),
        pledge_files=PledgeFiles(database, accounts, shelf, document_reader=document_reader, pictures=PagePictures()),
        materials=FilingMaterials(database, accounts, shelf, reader=reader, document_reader=document_reader),
        penalties=penalties,
        penalty_book=PenaltyBook(reader, penalties, desk),
        qualifications=Qualifications(desk, accounts),
        dossiers=dossiers,
        own_agency=OwnAgency(database, reader, dossiers, desk),
        self_reports=SelfReports(reader, accounts, desk),
        documents=documents,
        revocations=Revocations(database, keyring),
        reconciliations=reconciliations,
        repairs=repairs,
        pulls=Pulls(
            connectors=connectors,
            database=database,
            accounts=accounts,
            intake=intake,
            batches=batches,
            scratch=settings.home / "pull",
            most_at_once=settings.http.max_body_bytes,
        ),
        volumes=volumes,
        portal_reconciliations=PortalReconciliations(counterparts, reconciliations, repairs, database),
        seals=seals,
        sealed_rosters=SealedRosters(database, seals, typesetter, public_url=settings.public_url),
        seal_checks=SealChecks(database, seals),
        templates=library,
        online_contracts=online_contracts,
        invitations=Invitations(
            database,
            accounts,
            online_contracts,
            transitions=transitions,
            seals=seals,
            messages=messages,
            public_url=settings.public_url,
        ),
        signings=Signings(
            database, accounts, online_contracts, finishing=finishing, pictures=PagePictures(), messages=messages
        ),
        finishing=finishing,
        collector=collector,
        figures=figures,
        yearly_reports=yearly_reports,
        trade=Trade(database, figures),
        rates=rates,
        reminders=Reminders(database, rates, accounts),
        top100=Top100(figures, yearly_reports),
    )
    try:
        async with beside(
            _keep(keyring.refresh, _KEY_REFRESH_SECONDS),
            _keep(days.refresh, _KEY_REFRESH_SECONDS),
            _keep(register.refresh, _REGISTER_REFRESH_SECONDS),
            database.pulse.run(),
            _keep(accounts.uses.write, _USES_SECONDS),
            _keep(accounts.refresh, _DATA_KEYS_SECONDS),
            _keep(lambda: _watch_durability(database, accounts), _DURABILITY_SECONDS),
            _keep(connectors.refresh, settings.onboarding.look_seconds),
            _keep(volumes.look, _VOLUMES_SECONDS),
            _keep(operations.sample, _SAMPLE_SECONDS),
            _keep(sessions.tidy, _SESSIONS_SECONDS),
            _keep(seals.expire, _SEALS_SECONDS),
            _keep(registrations.tidy, settings.onboarding.tidy_seconds),
        ):
            yield services
    finally:
        await writer.drain()
        with suppress(Exception):  # the database may be gone: what is lost is when a credential was last used
            await accounts.uses.write(everything=True)
        await asyncio.to_thread(portals.close)
        await asyncio.to_thread(office.close)
        await database.close()


async def _must_be_separate(database: Database, settings: Settings) -> None:
    """Raises NotSeparate when one of three logins could be more than its role."""
    if settings.database.is_separate and (wide := await database.could_be()):
        listed = "; ".join(wide)
        raise NotSeparate(
            f"数据库登录账户权限过宽（{listed}），应只有自己的角色，见“生产部署”"
            f" / a database login could be more than its role ({listed}): see the how-to on production"
        )


async def _tell_set_aside(database: Database, accounts: Accounts, aside: Sequence[SetAside]) -> None:
    """Name the partner folders that cannot be used, to operators and in the log; those of before are put right."""
    await alerts.settle_everywhere(database, AlertCode.SET_ASIDE, [each.connector for each in aside])
    for each in aside:
        _log.error("partner folder set aside", where=str(each.folder), error=each.reason.en)
        bound = {principal.tenant.id: principal.tenant for principal in await accounts.bound_to(each.connector)}
        for tenant in bound.values():
            await alerts.raise_alert(database, Alert(tenant, each.connector, AlertCode.SET_ASIDE), each.reason)


def _patience(settings: DatabaseSettings) -> Patience:
    return Patience(lock=settings.lock_seconds, idle=settings.idle_seconds, silence=settings.silence_seconds)


async def _watch_durability(database: Database, accounts: Accounts) -> None:
    """Look at the server's settings; operators are alerted of a change, either way."""

    async def tell(weak: Text | None) -> None:
        await _tell_operators(database, accounts, AlertCode.NOT_DURABLE, weak)

    await database.durability.note(await database.weaknesses(), tell)


async def _tell_altered_log(database: Database, accounts: Accounts, altered: str | None) -> None:
    what = None
    if altered is not None:
        what = Text(
            "存证日志与签名的检查点不符，不再签发新的检查点，请运行 yizhan audit verify",
            "The log is not what was signed, and nothing more is signed: run yizhan audit verify",
        )
    await _tell_operators(database, accounts, AlertCode.LOG_ALTERED, what)


async def _tell_operators(database: Database, accounts: Accounts, code: AlertCode, what: Text | None) -> None:
    """Alert all operators of what concerns the whole installation, or settle it when it is nothing any more."""
    if what is None:
        await alerts.settle_everywhere(database, code, [])
        return
    for tenant in await accounts.operators():
        await alerts.raise_alert(database, Alert(tenant, _INSTALLATION, code), what)


async def _keep(refresh: Callable[[], Awaitable[object]], seconds: float) -> None:
    """Follow what other processes did: rotations of keys, pulls of agencies."""
    while True:
        await asyncio.sleep(seconds)
        with suppress(Exception):  # the database may be away for a moment; what we have stays good
            await refresh()
