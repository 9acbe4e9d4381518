"""What the page of the audit log shows, in one language, ready for the templates. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from gateway.audit import AuditRow
from gateway.base.clock import CHINA
from gateway.console.shell.record_words import division_words
from gateway.console.shell.tabular import Cell, Column, Entry, Filter, Row, Table
from gateway.doors.listed_records import states_of
from gateway.ledger.lifecycle import state_words
from gateway.wording.languages import word
from schemas import catalog
from schemas.catalog import kind_names
from schemas.findings import Text

BASE = "/audit"
TABLE = Table(
    path=BASE,
    columns=(
        Column(name="at", title=Text("时间", "Time")),
        Column(name="actor", title=Text("操作人", "Who")),
        Column(name="action", title=Text("操作", "Did what")),
        Column(name="object", title=Text("对象", "To what")),
        Column(name="division", title=Text("辖区", "Division")),
        Column(name="detail", title=Text("内容", "Detail")),
        Column(name="position", title=Text("序号", "Position"), is_number=True),
    ),
    filters=(
        Filter(name="actor", title=Text("操作人", "Who")),
        Filter(name="object", title=Text("对象编号", "Number of the object")),
        Filter(name="since", title=Text("起始日期", "Since"), entry=Entry.DAY),
        Filter(name="until", title=Text("截止日期（含）", "Until, that day too"), entry=Entry.DAY),
    ),
)
_KINDS = {name: catalog.kind(f"{name}.v1").title("") for name in kind_names()}
_VERBS: Mapping[str, Text] = {
    "view": Text("查看", "looked at"),
    "check": Text("现场检查", "checked on the road"),
    "reveal": Text("查看遮盖的信息", "looked behind a mask"),
    "source": Text("查看原文", "looked at its source"),
    "document": Text("登记文件", "document registered"),
    "taken_away": Text("撤回材料", "material taken back"),
    "change": Text("变更", "changed"),
    "verdict": Text("核实", "verified"),
    "keep_ours": Text("以本平台为准", "ours kept"),
    "keep_theirs": Text("以门户为准", "theirs kept"),
    "ignore": Text("忽略对账差异", "discrepancy ignored"),
}
_ACTS: Mapping[str, Text] = {
    "alert.close": Text("关闭告警", "Alert closed"),
    "calendar.extend": Text("补充工作日历", "Calendar extended"),
    "connector.save": Text("保存对接配置", "Connector saved"),
    "credential.issue": Text("签发凭证", "Credential issued"),
    "credential.refused": Text("凭证被拒绝", "Credential refused"),
    "credential.rotate": Text("轮换凭证", "Credential rotated"),
    "credential.revoke": Text("吊销凭证", "Credential revoked"),
    "dead_letter.replay": Text("重放死信", "Dead letter replayed"),
    "dead_letter.edit": Text("编辑死信", "Dead letter edited"),
    "list.export": Text("导出列表", "List exported"),
    "partner.represent": Text("授权代报", "May speak for an agency"),
    "partner.no_longer_represent": Text("取消代报", "May no longer speak for an agency"),
    "person.invite": Text("开通账号", "Account opened"),
    "person.activate": Text("激活账号", "Password set by invitation"),
    "person.active": Text("恢复账号", "Account resumed"),
    "person.suspended": Text("停用账号", "Account suspended"),
    "person.closed": Text("注销账号", "Account closed"),
    "person.duties": Text("更改职责", "Duties changed"),
    "person.facts": Text("更正人员信息", "Facts corrected"),
    "person.hand_over": Text("移交系统管理员", "Administration handed over"),
    "person.reset": Text("生成重置码", "Code for a reset made"),
    "person.password": Text("更改密码", "Password changed"),
    "person.factor_added": Text("添加二次验证", "Second factor added"),
    "person.factor_removed": Text("删除二次验证", "Second factor removed"),
    "person.recovery_codes": Text("重新生成恢复码", "Recovery codes renewed"),
    "person.sign_in": Text("登录", "Signed in"),
    "person.sign_in_failed": Text("登录失败", "Sign-in failed"),
    "person.sign_out": Text("退出登录", "Signed out"),
    "person.signed_out": Text("结束其登录", "Signed out by the administrator"),
    "person.sign_out_others": Text("退出其他浏览器", "Other browsers signed out"),
    "reconciliation.repair": Text("执行对账修复", "Reconciliation repaired"),
    "reconciliation.repeat": Text("再次对账", "Compared again"),
    "retention.hold": Text("保全", "Held"),
    "retention.lift": Text("解除保全", "Hold lifted"),
    "retention.purge": Text("到期清除", "Removed at the end of its time"),
    "retention.run": Text("完成到期清除", "Purge done"),
    "roster.print": Text("打印名单表", "Roster printed"),
    "subject.access": Text("个人查询", "What is held of a person looked up"),
    "subject.erase": Text("个人删除请求", "Erasure asked for"),
    "seal.apply": Text("申请印章", "Seal applied for"),
    "seal.expire": Text("印章到期", "Seal expired"),
    "seal.issue": Text("签发印章", "Seal issued"),
    "seal.rejected": Text("退回印章申请", "Seal not issued"),
    "seal.renew": Text("换发印章", "Seal renewed"),
    "seal.revoked": Text("吊销印章", "Seal revoked"),
    "seal.use": Text("用印", "Seal used"),
    "statistics.publish": Text("发布统计报表", "Trade forms published"),
    "statistics.report": Text("填报年度报表", "Report of a year handed in"),
    "sandbox.reset": Text("重置沙箱", "Sandbox begun anew"),
    "target.add": Text("新增投递目标", "Webhook target added"),
    "target.keys": Text("更换投递密钥", "Keys of a target changed"),
    "target.redeliver": Text("重新投递", "Delivered again"),
    "target.active": Text("恢复投递", "Deliveries resumed"),
    "target.paused": Text("暂停投递", "Deliveries paused"),
    "target.gone": Text("移除投递目标", "Webhook target removed"),
    "target.take": Text("停用投递目标", "Webhook target taken away"),
    "tenant.keys": Text("更换数据密钥", "Data keys changed"),
}
"""Acts that are about no record; those about records are told by kind and verb."""


def lines(rows: Iterable[AuditRow], language: str) -> list[Row]:
    """The lines of the log."""
    return [_line(row, language) for row in rows]


def _line(row: AuditRow, language: str) -> Row:
    return Row(
        name=str(row.position),
        cells={
            "at": Cell(text=f"{row.at.astimezone(CHINA):%Y-%m-%d %H:%M:%S}"),
            "actor": Cell(text=row.actor),
            "action": Cell(text=_did(row.action, language), small=row.action),
            "object": Cell(text=row.object, is_code=True),
            "division": Cell(text=division_words(row.division)),
            "detail": Cell(text=_detail(row)),
            "position": Cell(text=str(row.position)),
        },
    )


def _did(action: str, language: str) -> str:
    """What was done, in words; what no table knows as the log has it."""
    if action in _ACTS:
        return word(_ACTS[action], language)
    kind, _, verb = action.partition(".")
    if kind not in _KINDS:
        return action
    did = _VERBS.get(verb) or (state_words(kind, verb) if verb in states_of(kind) else None)
    if did is None:
        return action
    title = _KINDS[kind]
    return word(Text(f"{title.zh}：{did.zh}", f"{title.en}: {did.en}"), language)


def _detail(row: AuditRow) -> str:
    return "; ".join(f"{name}: {_told(value)}" for name, value in row.detail.items() if value is not None)


def _told(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
