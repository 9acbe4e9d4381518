"""Daily reconciliation, a partition a day: one DAG a portal, the day over all portals, the month over all days."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from airflow.providers.standard.operators.hitl import HITLOperator
from airflow.sdk import (
    DAG,
    Asset,
    AssetAll,
    MonthWindow,
    PartitionedAssetTimetable,
    RollupMapper,
    StartOfMonthMapper,
    get_current_context,
    task,
)
from airflow.sdk.exceptions import AirflowSkipException

from dags.factory import DAY, closed, dag, due
from dags.jobs import call
from dags.sources import Source, sources

BULK = 50
"""More discrepancies than this are not repaired before a person has looked, even if each of them would be safe."""
THEIRS, OURS, IGNORE = "以门户为准", "以本平台为准", "忽略待核定项"
SAFE, NOTHING = "只修复无争议项", "暂不修复"
DECISIONS = {THEIRS: "keep_theirs", OURS: "keep_ours", IGNORE: "ignore"}
ANSWER_WITHIN = timedelta(hours=20)
SCHEDULER = "airflow"
DAY_DONE = Asset(name="reconciled_day", uri="yizhan://reconciled")
BODY = """
对账编号 `{{ ti.xcom_pull('compare')['run'] }}`：{{ ti.xcom_pull('compare')['safe'] }} 项可直接修复，
{{ ti.xcom_pull('compare')['asks'] }} 项须人工核定。明细：`yizhan reconcile show 编号`，或控制台“对账”页。

- **以门户为准 / 以本平台为准**：须核定的各项一律照此办理（不适用的项保持待核定），再修复
- **忽略待核定项**：记为已阅，内容不变则以后不再提示；其余照常修复
- **只修复无争议项**：须核定的留待逐项核定
- **暂不修复**：不作任何处理（超过 20 小时无人答复即按此处理）
"""


def reconciled(source: Source) -> Asset:
    """A day of the connector has been compared and what could be repaired was; partitioned by day."""
    return Asset(name=f"reconciled_{source.id}", uri=f"yizhan://reconciled/{source.id}")


def reconcile_dag(source: Source) -> DAG:
    """`reconcile_<connector>`: for each closed day. Few safe repairs are made at once, anything else asks first."""
    doc = f"""## 每日对账：{source.title}

日终重读完成后，与门户逐条核对，一天一个分区。

1. **compare** 取门户全量快照，与驿站比对，生成签名报告
2. **approve** 有须人工核定的差异，或差异超过 {BULK} 项时，等待值班人员在“需要处理”页面答复
3. **repair** 重新接收、重新发送
4. **check** 再次比对，证明已修复的差异不再出现；已送出而门户稍后才显示的变更不算
"""
    schedule = PartitionedAssetTimetable(assets=closed(source))
    options = {"deadline": due(source, timedelta(hours=24)), "tags": ["对账", source.id]}
    with dag(f"reconcile_{source.id}", doc, schedule, **options) as made:
        _steps(source)
    return made


def _steps(source: Source) -> None:
    @task(pool=source.pool)
    def compare() -> dict[str, Any]:
        return call("reconcile", source.id, of=[source])

    @task.branch
    def weigh(found: dict[str, Any]) -> str:
        if found["asks"] or found["safe"] > BULK:
            return "approve"
        return "repair" if found["safe"] else "done"

    approve = HITLOperator(
        task_id="approve",
        subject=f"{source.title}：对账发现差异，是否修复？",
        body=BODY,
        options=[THEIRS, OURS, IGNORE, SAFE, NOTHING],
        defaults=NOTHING,
        response_timeout=ANSWER_WITHIN,
        execution_timeout=None,
    )

    @task(pool=source.pool, trigger_rule="none_failed_min_one_success")
    def repair(found: dict[str, Any], answer: dict[str, Any] | None) -> dict[str, int]:
        chosen = answer["chosen_options"][0] if answer else SAFE
        by = _answered_by(answer)
        if chosen == NOTHING:
            raise AirflowSkipException("nothing is to be repaired")
        if chosen in DECISIONS:
            call("decide_all", found["run"], DECISIONS[chosen], by, f"日对账统一核定：{chosen}", of=[source])
        done = call("repair", found["run"], by, of=[source])
        call("deliver", [source.id], of=[source])
        return done

    @task(pool=source.pool)
    def check(found: dict[str, Any]) -> dict[str, Any]:
        again = _checked(source, found["run"])
        if again["safe"]:  # what we sent has come back under a new version
            call("repair", again["run"], SCHEDULER, of=[source])
            again = _checked(source, again["run"])
        return again

    @task(outlets=[reconciled(source)], trigger_rule="none_failed")
    def done(found: dict[str, Any], again: dict[str, Any] | None) -> dict[str, Any]:
        """The day is compared, repaired or not."""
        last = again or found
        counts = {"run": last["run"], "found": _discrepancies(found), "left": _discrepancies(last)}
        return _carried(reconciled(source), {source.id: counts})

    found = compare()
    weighed, repaired, checked = weigh(found), repair(found, approve.output), check(found)
    repaired >> checked
    weighed >> [approve, repaired, done(found, checked)]


def _checked(source: Source, run: str) -> dict[str, Any]:
    """A comparison after the repair of a run. Raises RuntimeError when it finds again what that had repaired."""
    again = call("reconcile", source.id, (), run, of=[source])
    if again["again"]:
        raise RuntimeError(f"run {again['run']} still finds what run {run} had repaired")
    return again


def _answered_by(answer: dict[str, Any] | None) -> str:
    """Who answered, for the audit log; the scheduler itself when nobody was asked or nobody answered in time."""
    person = answer and answer.get("responded_by_user")
    return f"{SCHEDULER}/{person['name']}" if person else SCHEDULER


def _discrepancies(compared: dict[str, Any]) -> int:
    return compared["safe"] + compared["asks"] + compared["awaited"]


def _carried(asset: Asset, said: dict[str, Any]) -> dict[str, Any]:
    """`said`, which the event of an outlet carries as well."""
    get_current_context()["outlet_events"][asset].extra = said
    return said


def _events() -> dict[str, dict[str, Any]]:
    """What the events that started the run carry, together, by partition. A run by hand has none."""
    found: dict[str, dict[str, Any]] = {}
    for events in get_current_context()["triggering_asset_events"].values():
        for event in events:
            found.setdefault(event.partition_key or "", {}).update(event.extra)
    return dict(sorted(found.items()))


def rollup_dag(portals: list[Source]) -> DAG:
    """`reconcile_rollup`: when all portals have been reconciled for a day."""
    doc = """## 对账日汇总

各门户当日对账全部完成后，汇总每个门户发现（`found`）与剩余（`left`）的差异数及对账编号。

- 只等待已配置的门户（连接参数在 DAG 处理进程的环境中）；一个都未配置时等待全部。
- 某门户当日未完成对账，则不汇总；重跑其失败的任务即可补上。
- 由事件触发；手动触发没有可汇总的内容。
"""
    schedule = PartitionedAssetTimetable(assets=AssetAll(*map(reconciled, portals)))
    with dag("reconcile_rollup", doc, schedule, tags=["对账", "汇总"]) as made:

        @task(outlets=[DAY_DONE])
        def roll_up() -> dict[str, Any]:
            return _carried(DAY_DONE, {name: said for day in _events().values() for name, said in day.items()})

        roll_up()
    return made


def month_dag() -> DAG:
    """`reconcile_month`: when all days of a month have been rolled up."""
    doc = """## 对账月汇总

当月每一天的日汇总到齐后，给出各门户逐日发现与剩余的差异数。缺一天则不汇总。由事件触发；手动触发没有可汇总的内容。
"""
    mapper = RollupMapper(upstream_mapper=StartOfMonthMapper(input_format=DAY), window=MonthWindow())
    schedule = PartitionedAssetTimetable(assets=DAY_DONE, default_partition_mapper=mapper)
    with dag("reconcile_month", doc, schedule, tags=["对账", "汇总"]) as made:

        @task
        def roll_up() -> dict[str, Any]:
            return _events()

        roll_up()
    return made


if portals := [source for source in sources() if source.is_portal]:
    for source in portals:
        globals()[f"reconcile_{source.id}"] = reconcile_dag(source)
    waited_for = [source for source in portals if source.is_set_up] or portals
    reconcile_rollup, reconcile_month = rollup_dag(waited_for), month_dag()
