"""The one settings object: small, typed, nested by subsystem, read from the environment (prefix YIZHAN_).

`YIZHAN_HTTP__PORT=9000` sets `settings.http.port`. Secrets may be given by reference: `env:NAME` or `file:/path`.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, Field, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from adapters.transports.sftp_options import PARTIAL


def resolve_reference(value: str | None) -> str | None:
    """`env:NAME` and `file:/path` are looked up, so that a secret itself never stands in a unit file."""
    if value and value.startswith("env:"):
        return os.environ[value.removeprefix("env:")]
    if value and value.startswith("file:"):
        return Path(value.removeprefix("file:")).read_text(encoding="utf-8").strip()
    return value


SecretReference = Annotated[str | None, AfterValidator(resolve_reference)]


def _default_home() -> Path:
    """The user's data folder; root's PostgreSQL runs unprivileged and could not enter root's own home."""
    if os.geteuid() == 0:
        return Path("/var/lib/yizhan")
    base = os.environ.get("XDG_DATA_HOME")
    return (Path(base) if base else Path.home() / ".local" / "share") / "yizhan"


class HttpSettings(BaseModel):
    host: str = "127.0.0.1"
    port: int = 8800
    workers: int = Field(default=1, ge=1, le=64)
    public_url: str | None = None
    max_body_bytes: int = Field(default=10 * 1024 * 1024, ge=1024)
    max_document_bytes: int = Field(default=50 * 1024 * 1024, ge=1024)
    trusted_proxies: str = "127.0.0.1"
    patience_seconds: float = Field(default=20, gt=0)
    max_bytes_under_way: int = Field(default=256 * 1024 * 1024, ge=1024 * 1024)


class DatabaseSettings(BaseModel):
    """`url` empty means the embedded server. `owner_url` migrates; `url` is the service's login.

    With `reader_url` and `public_url`, which go together, `url` is the writer's alone; without them it is for all.

    How long others are waited for: for a row that is locked, for the next statement of a transaction whose process may
    be frozen, and for a server that says nothing.
    """

    url: SecretReference = None
    reader_url: SecretReference = None
    public_url: SecretReference = None
    owner_url: SecretReference = None
    pool_size: int = Field(default=8, ge=2, le=100)
    lock_seconds: float = Field(default=5.0, gt=0)
    idle_seconds: float = Field(default=15.0, gt=0)
    silence_seconds: float = Field(default=3.5, gt=0)

    @model_validator(mode="after")
    def _logins_go_together(self) -> DatabaseSettings:
        if (self.reader_url is None) != (self.public_url is None):
            raise ValueError("reader_url and public_url go together: a login a role, or one for all")
        return self

    @property
    def is_separate(self) -> bool:
        """Whether each role has a login of its own."""
        return self.reader_url is not None


class WriterSettings(BaseModel):
    """How concurrent requests are coalesced into commits. Weights count records."""

    batch_records: int = Field(default=256, ge=1)
    queue_records: int = Field(default=20_000, ge=1)
    connections: int = Field(default=2, ge=1, le=8)


class BatchSettings(BaseModel):
    """Background work on large documents: processes that `yizhan serve` starts beside it, and their niceness."""

    workers: int = Field(default=1, ge=0, le=64)
    niceness: int = Field(default=5, ge=0, le=19)
    part_bytes: int = Field(default=8 * 1024 * 1024, ge=64 * 1024)
    max_bytes: int = Field(default=4 * 1024**3, ge=1024)
    max_rows: int = Field(default=5_000_000, ge=1)
    open_bytes: int = Field(default=16 * 1024**3, ge=1024)
    open_days: int = Field(default=7, ge=1)


class RelaySettings(BaseModel):
    """Deliveries. `retry_seconds` are the waits after each failed attempt: about three days, then the delivery is dead.

    `allowed_hosts` may be called although their addresses are not public; with a port (`10.0.0.7:8443`, `10.0.0.7:*`)
    also at that port and over http. `callback_hosts`, with their port, may stand in contracts beside a connector's own.
    """

    enabled: bool = True
    timeout_seconds: float = Field(default=15.0, gt=0)
    retry_seconds: list[float] = [5, 30, 120, 600, 1800, 3600, 10_800, 21_600, 43_200, 86_400, 86_400]
    failures_to_open: int = Field(default=5, ge=1)
    open_seconds: float = Field(default=30.0, gt=0)
    longest_wait_seconds: float = Field(default=3600.0, gt=0)
    allowed_hosts: frozenset[str] = frozenset()
    callback_hosts: frozenset[str] = frozenset()


class AdministratorSettings(BaseModel):
    """How many administrators there may be in an authority of a level, and in an agency. Source: domain section 1."""

    nation: int = Field(default=2, ge=1)
    province: int = Field(default=2, ge=1)
    city: int = Field(default=1, ge=1)
    county: int = Field(default=1, ge=1)
    agency: int = Field(default=2, ge=1)


class OidcSettings(BaseModel):
    """The identity provider of an authority, where its people sign in (OpenID Connect). `client_secret` may be a
    reference (`env:NAME`, `file:/path`); `claim` is the one that is the login here; nobody outside `division` and below
    signs in so.
    """

    issuer: str = Field(pattern=r"^https?://\S+$")
    client_id: str
    client_secret: SecretReference = None
    title: str = "统一身份认证"
    title_en: str = "the authority's identity provider"
    division: str = Field(pattern=r"^\d{6}$")
    claim: str = "preferred_username"


class PersonSettings(BaseModel):
    """People who sign in. With `second_factor` "required" nobody works without one; "offered" leaves it to them."""

    second_factor: Literal["required", "offered"] = "required"
    idle_minutes: int = Field(default=30, ge=1)
    longest_hours: int = Field(default=12, ge=1)
    invitation_days: int = Field(default=7, ge=1)
    administrators: AdministratorSettings = AdministratorSettings()
    oidc: OidcSettings | None = None


class CodeSettings(BaseModel):
    """The synthetic code scheme: prefix + 2-digit year + random + 1 check character.

    Codes of the sandbox begin with `test_prefix`, which is as long as `prefix` and never read as it.
    """

    prefix: str = Field(default="LY", pattern=r"^[A-Z]{1,4}$")
    test_prefix: str = Field(default="TS", pattern=r"^[A-Z]{1,4}$")
    random_length: int = Field(default=15, ge=15, le=24)

    @model_validator(mode="after")
    def _must_be_told_apart(self) -> CodeSettings:
        alike = str.maketrans("OIL", "011")
        if self.prefix.translate(alike) == self.test_prefix.translate(alike):
            raise ValueError("codes.test_prefix must not read like codes.prefix")
        if len(self.prefix) != len(self.test_prefix):
            raise ValueError("codes.test_prefix must be as long as codes.prefix")
        return self


class LimitSettings(BaseModel):
    """Requests allowed a minute: by credential for partners, by address for the public verify pages.

    `tenant_bytes` is how much a tenant may leave with us in large documents and final ones.
    `signature_v1_until` is the last day, in China, on which version 1 of the request signature is taken.
    """

    partner_per_minute: int = Field(default=600_000, ge=1)
    public_per_minute: int = Field(default=120, ge=1)
    clock_skew_seconds: int = Field(default=300, ge=1)
    tenant_bytes: int = Field(default=2**40, ge=1)
    signature_v1_until: date = date(2027, 6, 30)


class ForeignAgency(StrEnum):
    """What becomes of a record in the name of an agency that its sender may not speak for."""

    ERROR = "error"
    QUARANTINE = "quarantine"
    WARNING = "warning"


class IntakeSettings(BaseModel):
    """`foreign_agency`: rejected; kept for an operator to decide; or taken as the sender's own, with a warning."""

    foreign_agency: ForeignAgency = ForeignAgency.ERROR


Weight = Literal["off", "warning", "error"]


class RegisterSettings(BaseModel):
    """How much it weighs that an agency or leader is not what its portal says; an error rejects the record."""

    unknown: Weight = "warning"
    not_active: Weight = "warning"
    other_licence: Weight = "warning"
    not_outbound: Weight = "warning"
    leader_unknown: Weight = "warning"
    other_name: Weight = "warning"
    other_agency: Weight = "warning"


class SftpSettings(BaseModel):
    """The built-in SFTP drop. `folder` empty means `sftp` in the home. A connector may set a quota of its own.

    `legacy` lets clients in that know nothing newer than SHA-1.

    `partial` are the ends of names, in lower case, under which clients write what is not whole yet.
    """

    folder: Path | None = None
    host: str = "127.0.0.1"
    port: int = 8822
    login_seconds: float = Field(default=30, gt=0)
    idle_seconds: float = Field(default=300, gt=0)
    connections: int = Field(default=200, ge=1)
    connections_per_address: int = Field(default=20, ge=1)
    connections_per_account: int = Field(default=10, ge=1)
    quota_mb: int = Field(default=1024, ge=1)
    longest_name: int = Field(default=200, ge=20, le=200)
    partial: list[Annotated[str, Field(pattern=r"^\.[a-z0-9]{1,16}$")]] = Field(default=list(PARTIAL), min_length=1)
    sweep_seconds: float = Field(default=5, gt=0)
    keep_days: int = Field(default=30, ge=1)
    legacy: bool = False


class ReconcileSettings(BaseModel):
    """Comparing with the other side. `keep` is how many runs of a connector keep the pages that a repair may need.

    `explained` bounds the discrepancies of a kind whose fields are compared, `work_memory_mib` what PostgreSQL may use
    for each step of a comparison before it goes to disk.
    """

    keep: int = Field(default=2, ge=1)
    explained: int = Field(default=1000, ge=0)
    work_memory_mib: int = Field(default=128, ge=4)


class OnboardingSettings(BaseModel):
    """Bringing connectors into service. With `two_persons` whoever stages a version does not bring it into service.

    `look_seconds` is how often a process looks for what others have brought into service.

    A registration that nobody has taken up for `untouched_days` is rejected, and whom to call is forgotten
    `forget_days` after a rejection; that is looked at every `tidy_seconds`. `forms_a_day` are taken from an address.
    """

    two_persons: bool = False
    look_seconds: float = Field(default=2, gt=0)
    untouched_days: int = Field(default=90, ge=1)
    forget_days: int = Field(default=30, ge=1)
    tidy_seconds: float = Field(default=3600, gt=0)
    forms_a_day: int = Field(default=50, ge=1)


class RetentionSettings(BaseModel):
    """For how many years personal content is kept: of contracts and rosters after the trip, of what did not pass and of
    documents as they were sent after they came, of guides and leaders after they were refused or struck off, of checks
    on the road after they were made, of materials after their filing was decided, of people after their account was
    closed, of drafts of online contracts after they were changed last. The law wants two at least of contracts and
    files. Source: domain section 3.

    `batch_records` are emptied in one transaction.
    """

    trip_years: int = Field(default=2, ge=2, le=50)
    letter_years: int = Field(default=2, ge=1, le=50)
    submission_years: int = Field(default=2, ge=2, le=50)
    card_years: int = Field(default=2, ge=2, le=50)
    check_years: int = Field(default=2, ge=2, le=50)
    material_years: int = Field(default=2, ge=2, le=50)
    account_years: int = Field(default=2, ge=1, le=50)
    draft_years: int = Field(default=1, ge=1, le=50)
    batch_records: int = Field(default=100, ge=1, le=1000)


class Cipher(StrEnum):
    """What seals stored values. Values of either open whichever is chosen."""

    AES = "aes"
    SM4 = "sm4"


class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="YIZHAN_", env_nested_delimiter="__", extra="ignore")

    home: Path = Field(default_factory=_default_home)
    master_key: SecretReference = None
    other_master_key: SecretReference = None
    cipher: Cipher = Cipher.AES
    mappings: Path = Path(__file__).parents[2] / "mappings"
    http: HttpSettings = HttpSettings()
    database: DatabaseSettings = DatabaseSettings()
    writer: WriterSettings = WriterSettings()
    batch: BatchSettings = BatchSettings()
    relay: RelaySettings = RelaySettings()
    codes: CodeSettings = CodeSettings()
    limits: LimitSettings = LimitSettings()
    sftp: SftpSettings = SftpSettings()
    registered: RegisterSettings = RegisterSettings()
    intake: IntakeSettings = IntakeSettings()
    reconcile: ReconcileSettings = ReconcileSettings()
    onboarding: OnboardingSettings = OnboardingSettings()
    persons: PersonSettings = PersonSettings()
    retention: RetentionSettings = RetentionSettings()

    def with_http(self, given: Mapping[str, object]) -> Settings:
        """The same settings with some of `http` given anew."""
        return self.model_copy(update={"http": HttpSettings.model_validate(self.http.model_dump() | dict(given))})

    @cached_property
    def public_url(self) -> str:
        """The address printed into QR codes, without a trailing slash."""
        return (self.http.public_url or f"http://{self.http.host}:{self.http.port}").rstrip("/")
