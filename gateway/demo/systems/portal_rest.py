"""The portal of Donghai (synthetic): JSON over HTTP, signed headers, page tokens, a version on every record.

    python -I portal_rest.py <database> [--port N] [--records N]        (APP_KEY, APP_SECRET in the environment)

    GET /api/<kind>?beginTime=&endTime=&pageSize=&pageToken=     what changed from beginTime to before endTime
    PUT /api/<kind>/<key>                                        {fields, "version": the one it was made on}; requestId
                                                                 (pledges, /api/pledges, are only taken)

Headers appKey, timestamp (ms, at most an hour from the portal's clock) and signature = sha1(appKey + appSecret +
timestamp). Many hands wrote it: days and times come in every form. Ends when its standard input does.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import secrets
import sys
from argparse import Namespace
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

sys.path.insert(0, str(Path(__file__).parent))

from portal_doors import PortalHandler, control, run, serve
from portal_world import Row, World, uscc

CHINA = timezone(timedelta(hours=8))
HOUR_MS = 3_600_000
KINDS = {
    "agencies": "agency",
    "branches": "branch",
    "outlets": "outlet",
    "filings": "filing",
    "guides": "guide",
    "leaders": "leader",
}
TAKEN = {**KINDS, "pledges": "pledge"}
AREAS = ("330102000000", "330106000000", "330203000000", "330302000000")
PLACES = ("上城", "西湖", "海曙", "鹿城")
LANGUAGES = ("普通话", "普通话、英语", "英语", "普通话、日语")


class Donghai(PortalHandler):
    tokens: dict[str, list[Row]]
    key: str
    secret: str

    def do_GET(self) -> None:
        if self.is_refused() or self.is_stranger():
            return
        address = urlsplit(self.path)
        asked = {name: values[0] for name, values in parse_qs(address.query).items()}
        kind = KINDS.get(address.path.removeprefix("/api/"))
        rows = self.rows(kind, asked) if kind else []
        if kind is None or rows is None:
            self.say(404 if kind is None else 410, "没有这个接口" if kind is None else "pageToken 已失效")
            return
        size = int(asked.get("pageSize", 50))
        token = "again" if self.world.fault("same_token") else secrets.token_urlsafe(12) if rows[size:] else None
        if token:
            self.tokens[token] = rows[size:] or rows
        page = self.world.delivered(kind, rows[:size])
        records = [written(row) for row in page]
        self.say(200, "success", {"total": len(rows), "records": records, "nextToken": token})

    def do_PUT(self) -> None:
        fields = json.loads(self.body())
        if self.is_refused() or self.is_stranger():
            return None
        place, _, key = urlsplit(self.path).path.removeprefix("/api/").partition("/")
        if place not in TAKEN:
            return self.say(404, "没有这个接口")
        if self.world.fault("chokes_on") == unquote(key):
            return self.say(500, "NullPointerException")
        base, message = fields.pop("version"), self.headers["requestId"]
        found = self.world.push(TAKEN[place], unquote(key), base, fields, message)
        if self.world.fault("drop_answer"):
            self.close_connection = True
            return None
        status = {"taken": 200, "conflict": 409, "missing": 404}[found.what]
        return self.say(status, found.what, written(found.row) if found.row else None)

    def rows(self, kind: str, asked: dict[str, str]) -> list[Row] | None:
        """What is left to deliver; None when the token is not known, or no more."""
        if "pageToken" in asked:
            forgotten = self.world.fault("expire_tokens")
            return None if forgotten else self.tokens.get(asked["pageToken"])
        since, until = (_ms(asked[name]) if name in asked else None for name in ("beginTime", "endTime"))
        return self.world.view(kind, since, until)

    def is_stranger(self) -> bool:
        """Whether the signature is wrong or too old; then it has answered already."""
        given = {name: self.headers.get(name, "") for name in ("appKey", "timestamp", "signature")}
        right = hashlib.sha1((self.key + self.secret + given["timestamp"]).encode()).hexdigest()  # noqa: S324
        late = not given["timestamp"].isdecimal() or abs(int(given["timestamp"]) - self.world.now_ms()) > HOUR_MS
        if given["appKey"] == self.key and hmac.compare_digest(right, given["signature"]) and not late:
            return False
        self.say(401, "timestamp 超出范围" if late else "签名错误")
        return True

    def say(self, status: int, message: str, data: Any = None) -> None:
        answer = {"code": 0 if status == 200 else status, "message": message, "data": data}
        self.reply_text(status, "application/json", json.dumps(answer, ensure_ascii=False))


def written(row: Row) -> dict[str, Any]:
    """A record as it goes out; which hand wrote it depends on the record."""
    hand = sum(row.key.encode()) + row.version
    days = {name: _day(value, hand) for name, value in row.body.items() if name.endswith("Date")}
    return {**row.body, **days, "version": row.version, "updateTime": _moment(row.changed_ms, hand)}


def _day(value: Any, hand: int) -> Any:
    """A day in one of five forms; what others wrote in forms of their own stays."""
    try:
        day = datetime.strptime(value, "%Y-%m-%d").replace(tzinfo=CHINA)
    except (TypeError, ValueError):
        return value
    forms = (
        f"{day:%Y}/{day.month}/{day.day}",
        f"{day:%Y%m%d}",
        f"{day:%Y-%m-%dT00:00:00}",
        f"{day:%Y}年{day.month}月{day.day}日",
        int(day.timestamp() * 1000),
    )
    return forms[hand % len(forms)]


def _moment(changed_ms: int, hand: int) -> Any:
    when = datetime.fromtimestamp(changed_ms // 1000, CHINA)
    forms = (
        f"{when:%Y-%m-%dT%H:%M:%S}",
        f"{when:%Y}/{when.month}/{when.day} {when:%H:%M:%S}",
        f"{when:%Y%m%d%H%M%S}",
        f"{when:%Y}年{when.month}月{when.day}日 {when.hour}时{when.minute}分{when.second}秒",
        changed_ms,
    )
    return forms[hand // 5 % len(forms)]


def _ms(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=CHINA).timestamp() * 1000)


def made(kind: str, index: int) -> tuple[str, dict[str, Any]]:
    """The synthetic record of a kind."""
    area, place = AREAS[index % 4], PLACES[index % 4]
    agency, code = f"东海示例{index + 1}号旅行社有限公司", uscc("330100", index)
    abroad = index % 3 == 0
    common = {"areaCode": area, "tel": f"0571-8{index % 10_000_000:07d}", "validDate": "2025-01-01"}
    body = {
        "agency": lambda: {"creditCode": code, "licenseNo": f"L-ZJ-{index % 90000 + 10000}", "orgName": agency,
            "legalPerson": "周示例", "principal": "吴示例", "address": f"{place}区示例路{index + 1}号",
            "zipCode": "310000", "orgType": "2" if abroad else "1", "outbound": int(abroad),
            "deposit": 1400000 if abroad else 200000, "licenseDate": "2015-06-01", "state": "01", **common},
        "branch": lambda: {"creditCode": uscc("330200", index), "parentCode": code, "parentName": agency,
            "orgName": f"{agency}{place}分公司", "address": f"{place}区样本路{index + 1}号", "principal": "郑示例",
            "registerDate": "2018-03-01", "filingDate": "2018-03-05", "certNo": f"ZJFS{index:06d}",
            "state": "1", **common},
        "outlet": lambda: {"creditCode": uscc("330300", index), "parentCode": code, "parentName": agency,
            "orgName": f"{agency}{place}门市部", "address": f"{place}区演示路{index + 1}号", "principal": "王示例",
            "registerDate": "2019-04-01", "filingDate": "2019-04-03", "certNo": f"ZJWD{index:06d}",
            "state": "1", **common},
        "filing": lambda: {"bizNo": f"DH2025{index:06d}", "bizType": "BG", "objectType": "1", "objectName": agency,
            "objectCode": code, "applicantCode": code, "areaCode": area, "applyDate": "2025-01-02",
            "acceptDate": "2025-01-03", "limitDate": "2025-01-10", "bizState": "20",
            "changeList": [{"item": "法定代表人", "old": "周示例", "new": "冯示例", "regDate": "2024-12-28"}],
            "stepList": [{"no": 1, "name": "收件", "doneDate": "2025-01-02", "dept": f"{place}区示例文旅局"},
                         {"no": 2, "name": "受理", "doneDate": "2025-01-03", "dept": f"{place}区示例文旅局"}]},
        "guide": lambda: {"cardNo": f"D-3301-{index:06d}", "name": "孙示例", "sex": index % 2 + 1, "areaCode": area,
            "mobile": f"139{index:08d}", "orgCode": code, "orgName": agency, "languages": LANGUAGES[index % 4],
            "level": str(index % 3 + 1), "state": "有效", "validDate": "2025-01-01", "invalidDate": "2027-12-31"},
        "leader": lambda: {"certNo": f"LZJ{index:06d}", "name": "钱示例", "sex": index % 2 + 1, "areaCode": area,
            "mobile": f"138{index:08d}", "orgCode": code, "orgName": agency, "languages": LANGUAGES[index % 4],
            "type": "CJ" if index % 2 else "FT", "filingDate": "2020-05-06", "state": "1", "validDate": "2025-01-01"},
    }[kind]()  # fmt: skip
    return next(iter(body.values())), body


def opened(world: World, arguments: Namespace) -> tuple[int, dict[str, Any]]:
    given = {"key": os.environ["APP_KEY"], "secret": os.environ["APP_SECRET"], "world": world, "tokens": {}}
    return serve(Donghai, arguments.port, **given), {"control": control(world)}


if __name__ == "__main__":
    run(tuple(KINDS.values()), made, opened)
