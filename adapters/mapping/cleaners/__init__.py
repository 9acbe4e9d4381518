"""The named cleaners a mapping may use: `via: [cn_date]`.

A cleaner is a pure function of one value: clean text in, canonical value out; what it cannot read it refuses with
`Dirty`. It never guesses and never repairs. Cleaners in `NUMERIC` also take numbers as the partner's document holds
them; every other cleaner sees numbers as text.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from adapters.mapping.cleaners.codes import country, division, yes_no
from adapters.mapping.cleaners.documents import document_no, is_usual_document_no, license_no, uscc
from adapters.mapping.cleaners.moments import cn_date, cn_date_dmy, cn_date_mdy, cn_datetime, cn_time
from adapters.mapping.cleaners.numbers import cn_amount, count, percent, share
from adapters.mapping.cleaners.people import cn_mobile, is_bare_mobile, person_name, phone, pinyin, sex
from adapters.mapping.cleaners.text import code, nfkc, squeeze, trim, upper
from schemas.names import is_han_only

Cleaner = Callable[[Any], Any]

CLEANERS: dict[str, Cleaner] = {
    "nfkc": nfkc,
    "trim": trim,
    "squeeze": squeeze,
    "upper": upper,
    "code": code,
    "cn_date": cn_date,
    "cn_date(mdy)": cn_date_mdy,
    "cn_date(dmy)": cn_date_dmy,
    "cn_time": cn_time,
    "cn_datetime": cn_datetime,
    "cn_amount": cn_amount,
    "percent": percent,
    "share": share,
    "count": count,
    "person_name": person_name,
    "pinyin": pinyin,
    "sex": sex,
    "cn_mobile": cn_mobile,
    "phone": phone,
    "document_no": document_no,
    "license_no": license_no,
    "uscc": uscc,
    "yes_no": yes_no,
    "country": country,
    "division": division,
}

DATES = frozenset({"cn_date", "cn_date(mdy)", "cn_date(dmy)"})

NUMERIC = DATES | {"cn_datetime", "cn_amount", "percent", "share", "count", "document_no"}

# To these a bare number in a sheet is a serial of its date system.
DATED = DATES | {"cn_datetime"}

# What these give can be added up.
SUMMABLE = frozenset({"cn_amount", "percent", "share", "count"})

# These judge numbers, guards and lost digits themselves.
IDENTIFYING = frozenset({"document_no", "license_no", "uscc"})

# These leave prose and names as they were written.
PROSE = frozenset({"trim", "squeeze", "person_name"})

# What neither `nfkc`, `trim` nor the cleaner itself would change or refuse: the usual case, told by one expression.
ALREADY_CLEAN: dict[str, Callable[[str], object]] = {
    "document_no": is_usual_document_no,
    "cn_mobile": is_bare_mobile,
    "person_name": is_han_only,
}

# What these give belongs to one person.
PERSONAL = frozenset({"document_no", "cn_mobile"})

# JSON type of what a cleaner gives, where it is not text.
GIVES: dict[str, str] = {"count": "integer", "yes_no": "boolean"}
