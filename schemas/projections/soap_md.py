"""The reference of a SOAP service, as Markdown in both languages."""

from __future__ import annotations

from collections.abc import Iterator

from schemas.fields import Field, walk
from schemas.loading import Schema
from schemas.projections.markdown import table
from schemas.projections.wsdl import Operation, Service
from schemas.structure import TYPE_NAMES

_HEADINGS = ("元素 Element", "名称 Title", "类型 Type", "必有 Required")


def soap_md(service: Service) -> str:
    """Every operation with its SOAPAction and messages; canonical records are told in pages of their own."""
    title, namespace = service.title, service.namespace
    head = (
        f"# SOAP: {title.zh} {title.en}\n\n"
        f"命名空间 Namespace: `{namespace}`. WSDL: `/soap?wsdl`, XSD: `/soap/yizhan.xsd`.\n\n"
        "`*` 表示可重复的元素；合同与名单表的元素与其规范字段同名同序。\n"
        "`*` stands for any one of a repeated element; the elements of contracts and rosters have the names and order "
        "of the canonical fields.\n\n"
        "由 `schemas/` 生成，勿手改。Generated from `schemas/`; do not edit.\n"
    )
    operations = [_operation(service, operation) for operation in service.operations]
    details = [f"## 错误详情 Fault detail: `{name}`\n\n{_message(schema)}" for name, schema in service.refusals.items()]
    return "\n".join([head, *operations, *details])


def _operation(service: Service, operation: Operation) -> str:
    return (
        f"## {operation.name}\n\n{operation.title.zh}。{operation.title.en}.\n\n"
        f"SOAPAction: `{service.action(operation)}`\n\n"
        f"`{operation.name}`\n\n{_message(operation.request)}\n`{operation.answers}`\n\n{_message(operation.response)}"
    )


def _message(schema: Schema) -> str:
    return table(_HEADINGS, (_row(field) for field in _shown_fields(schema)))


def _shown_fields(schema: Schema) -> Iterator[Field]:
    """The fields of a message without those inside canonical records."""
    records = [path for path, each in _objects(schema) if "x-key" in each]
    return (each for each in walk(schema) if not any(each.path.startswith(f"{path}/") for path in records))


def _objects(schema: Schema) -> Iterator[tuple[str, Schema]]:
    for each in walk(schema):
        yield each.path, each.schema.get("items", each.schema)


def _row(field: Field) -> tuple[str, ...]:
    title = f"{field.title.zh}<br>{field.title.en}"
    return f"`{field.path}`", title, f"{TYPE_NAMES[field.type].zh} {field.type}", "是 yes" if field.required else ""
