"""Numbers to be dialled outside: what is one, and which a tenant may dial."""

from __future__ import annotations

from typing import Final

from acdengine.plan import Tenant

#: Digits of a number in international form without its +: the shortest there are, and the most that
#: E.164 allows.
_SHORTEST, _LONGEST = 7, 15
#: Digits of any other number.
_MOST: Final = 32


def is_dialled(number: str) -> bool:
    """Whether something is a whole number: digits alone, no key codes, no bare country code."""
    digits = number.removeprefix("+")
    if not (digits.isascii() and digits.isdigit()):
        return False
    return _SHORTEST <= len(digits) <= _LONGEST if number != digits else len(digits) <= _MOST


def dial_problem(tenant: Tenant, number: str) -> str:
    """Why a tenant cannot dial a number; empty when it can."""
    if not number.startswith(tenant.dial_allow or ("\0",)):
        return "this number may not be dialled"
    return "" if is_dialled(number) else "this is no number that can be dialled"
