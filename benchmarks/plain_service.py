"""The peer: what a competent engineer writes in a day with FastAPI, pydantic and the SQLAlchemy ORM.

One synchronous endpoint, one Ed25519 signature a contract, the same unique keys, one commit a request. No mapping,
no rules, no sealing, no receipts. Run with `uvicorn benchmarks.plain_service:app`; PLAIN_DATABASE_URL names its
database.
"""

from __future__ import annotations

import base64
import os
import secrets
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from fastapi import Depends, FastAPI, Header, HTTPException, Request
from pydantic import BaseModel, ConfigDict
from sqlalchemy import JSON, String, create_engine, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, sessionmaker

from benchmarks import PLAIN_TOKEN

engine = create_engine(os.environ["PLAIN_DATABASE_URL"], pool_size=20, max_overflow=20)
make_session = sessionmaker(engine, expire_on_commit=False)
signing_key = Ed25519PrivateKey.generate()


class Base(DeclarativeBase):
    pass


class StoredContract(Base):
    __tablename__ = "contract"

    id: Mapped[int] = mapped_column(primary_key=True)
    tenant: Mapped[str] = mapped_column(String(40))
    business_no: Mapped[str] = mapped_column(String(64), unique=True)
    idempotency_key: Mapped[str | None] = mapped_column(String(200), unique=True)
    code: Mapped[str] = mapped_column(String(32), unique=True)
    signature: Mapped[str]
    depart_on: Mapped[date]
    return_on: Mapped[date]
    headcount: Mapped[int]
    body: Mapped[dict[str, Any]] = mapped_column(JSON)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class Document(BaseModel):
    model_config = ConfigDict(extra="allow")
    type: str
    number: str


class Traveller(BaseModel):
    model_config = ConfigDict(extra="allow")
    name: str
    document: Document
    sex: str | None = None
    birth_date: date | None = None
    mobile: str | None = None


class Agency(BaseModel):
    model_config = ConfigDict(extra="allow")
    name: str
    license_no: str
    uscc: str | None = None


class Contract(BaseModel):
    model_config = ConfigDict(extra="allow")
    business_no: str
    contract_type: str
    agency: Agency
    route_name: str
    depart_on: date
    return_on: date
    headcount: int
    travellers: list[Traveller]
    total_price: Decimal


class Issued(BaseModel):
    business_no: str
    code: str
    signature: str


app = FastAPI()
Base.metadata.create_all(engine)


def session() -> Iterator[Session]:
    with make_session() as opened:
        yield opened


def issue(contract: Contract, key: str | None) -> StoredContract:
    code = "LY" + base64.b32encode(secrets.token_bytes(10)).decode()
    statement = f"{code}|{contract.business_no}|{contract.depart_on}|{contract.return_on}|{contract.headcount}"
    return StoredContract(
        tenant="plain",
        business_no=contract.business_no,
        idempotency_key=key,
        code=code,
        signature=base64.urlsafe_b64encode(signing_key.sign(statement.encode())).decode(),
        depart_on=contract.depart_on,
        return_on=contract.return_on,
        headcount=contract.headcount,
        body=contract.model_dump(mode="json"),
    )


@app.post("/contracts", status_code=201)
def push(
    contract: Contract,
    database: Annotated[Session, Depends(session)],
    authorization: Annotated[str, Header()],
    idempotency_key: Annotated[str | None, Header()] = None,
) -> Issued:
    if not secrets.compare_digest(authorization, f"Bearer {PLAIN_TOKEN}"):
        raise HTTPException(401)
    stored = issue(contract, idempotency_key)
    database.add(stored)
    try:
        database.commit()
    except IntegrityError:
        database.rollback()
        known = database.scalar(select(StoredContract).where(StoredContract.business_no == contract.business_no))
        if known is None:
            raise HTTPException(409) from None
        stored = known
    return Issued(business_no=stored.business_no, code=stored.code, signature=stored.signature)


@app.post("/contracts/bulk")
async def push_many(request: Request) -> list[Issued]:
    """NDJSON, one commit a request."""
    lines = (await request.body()).splitlines()
    contracts = [Contract.model_validate_json(line) for line in lines]
    with make_session() as database:
        stored = [issue(contract, None) for contract in contracts]
        database.add_all(stored)
        database.commit()
        return [Issued(business_no=s.business_no, code=s.code, signature=s.signature) for s in stored]
