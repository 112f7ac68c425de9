"""What networks write in place of a number or a name that a caller withholds, or that they lack.

- Nothing: ISDN, and SIP without a user.
- `anonymous`, `anonymous@anonymous.invalid`, the name `Anonymous`: RFC 3323 §4.1.1.3, 3GPP
  TS 23.003 §13.6.
- `unavailable`, `unavailable@unknown.invalid`: 3GPP TS 23.003 §13.7, the network has none.
- `unknown`, `restricted`, `private`, `withheld`, `blocked`, `out of area`, `no caller id`,
  `coin line/payphone` and the like: gateways of ISDN, SS7 and CNAM.
- `nobody`, `_undef_`, `null`: FreeSWITCH for a From without a user, gateways without a value.
- `+266696687` (anonymous), `+86282452253` (unavailable), `+7378742833` (restricted) and so on: the
  same words on a telephone's keys, where a trunk lets only digits through.
- Rows of zeros such as `0000000000`, `+10000000000`: FreeSWITCH's default, and gateways that have
  to send digits.

Digits for words count with their `+` alone, with which none of them is a number that can be
assigned: without it 266696687 is a line in Évora.
"""

from __future__ import annotations

import re
from typing import Final

_WORDS: Final = frozenset(
    {
        "anonym", "anonymous", "anonymouscaller", "blocked", "blockedcaller", "blockednumber",
        "calleridblocked", "calleridunavailable", "coinlinepayphone", "coinline", "hidden",
        "hiddennumber", "na", "nobody", "nocallerid", "none", "nonumber", "notavailable",
        "notprovided", "null", "numberblocked", "numberunavailable", "numberwithheld", "outofarea",
        "payphone", "private", "privatecaller", "privatenumber", "restricted", "restrictedcaller",
        "restrictednumber", "unavailable", "undef", "undefined", "unknown", "unknowncaller",
        "unknownnumber", "withheld", "withheldnumber",
    }
)  # fmt: skip
#: Words that networks are known to send as the keys that spell them.
_KEYED_WORDS: Final = (
    "anonymous", "blocked", "private", "restricted", "unavailable", "unknown", "withheld",
)  # fmt: skip
#: By letter, from a (ITU-T E.161).
_KEYS: Final = "22233344455566677778889999"
_KEYED: Final = frozenset(
    "+" + "".join(_KEYS[ord(letter) - ord("a")] for letter in word) for word in _KEYED_WORDS
)
#: Hosts of addresses that stand for no caller (RFC 2606 keeps `.invalid` from being any).
_NO_HOSTS: Final = ("anonymous.invalid", "unknown.invalid")
_ZEROS: Final = re.compile(r"\+?(1?0{10}|0+)")
_SCHEME: Final = re.compile(r"(sips?|tel):", re.IGNORECASE)
_BETWEEN: Final = re.compile(r"[\s_./'\"<>()-]+")


def number_of(text: str) -> str:
    """A caller's number as the network told it; empty where it stands for none."""
    if text.isalnum() and text.isascii() and not text.isalpha() and not text.startswith(("0", "1")):
        return text  # as nearly all are; a row of zeros begins with 0 or 1
    if _ZEROS.fullmatch(text) or text in _KEYED or _is_none(text.partition(";")[0]):
        return ""
    return text


def name_of(text: str) -> str:
    """A caller's name as the network told it; empty where it stands for none."""
    return "" if _is_none(text) or _ZEROS.fullmatch(text) or text in _KEYED else text


def _is_none(text: str) -> bool:
    user, _, host = text.partition("@")
    if host and host.strip(">").lower().startswith(_NO_HOSTS):
        return True
    plain = _BETWEEN.sub("", _SCHEME.sub("", user)).lower()
    return not plain or plain in _WORDS
