"""The steps of the demo, in order. The next door is one more file here and one more line."""

from __future__ import annotations

from gateway.demo.stage import Step
from gateway.demo.steps import (
    compat12301,
    dead_letter,
    figures_of_a_year,
    large,
    model_contract,
    own_agency_filed,
    rest,
    sftp,
    soap,
    supervised,
    webhook,
)

STEPS = (
    Step("lvyun", "REST JSON", "lvyun", rest.pushed),
    Step("shanhai", "REST Excel", "shanhai", rest.spreadsheets),
    Step("laoqiao", "REST GBK CSV", "laoqiao", rest.tables),
    Step("huaxia", "REST 中文 XML", "huaxia", rest.markup),
    Step("sftp", "SFTP 投递", "laoqiao", sftp.play),
    Step("soap", "SOAP", "minnan", soap.play),
    Step("compat12301", "既有协议 12301", "lvzhou", compat12301.play),
    Step("webhook", "Webhook 订阅", "yunfan", webhook.play),
    Step("large", "大文件 large", "laoqiao", large.play),
    Step("qualifications", "资质 qualifications", "minnan", own_agency_filed.play),
    Step("supervised", "监管 supervision", "authority", supervised.play),
    Step("model_contract", "示范文本 model contract", "minnan", model_contract.play),
    Step("statistics", "统计 statistics", "yunfan", figures_of_a_year.play),
    Step("dead_letter", "死信重放 replay", "lvyun", dead_letter.play),
)
