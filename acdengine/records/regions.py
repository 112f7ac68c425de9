"""The region of a caller's number: as the tenant's settings name it, else the country code.

Country codes are those of ITU-T E.164: +1 and +7 have one digit, those listed here two, all others
three.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

_ONE_DIGIT: Final = ("1", "7")
_TWO_DIGITS: Final = frozenset(
    "20 27 30 31 32 33 34 36 39 40 41 43 44 45 46 47 48 49 51 52 53 54 55 56 57 58 60 61 62 63 64"
    " 65 66 81 82 84 86 90 91 92 93 94 95 98".split()
)


def country_code(ani: str) -> str:
    """The country code of an international number with its plus sign; else empty."""
    if not ani.startswith("+"):
        return ""
    if ani[1:2] in _ONE_DIGIT:
        return ani[:2]
    return ani[:3] if ani[1:3] in _TWO_DIGITS else ani[:4]


class Regions:
    """Regions by the beginnings of numbers, for each tenant.

    Args:
        prefixes: by tenant, prefix to region; the longest match wins.
    """

    def __init__(self, prefixes: Mapping[str, Mapping[str, str]]) -> None:
        self._prefixes = prefixes
        self._lengths = {
            tenant_id: sorted({len(prefix) for prefix in of}, reverse=True)
            for tenant_id, of in prefixes.items()
        }

    def of(self, tenant_id: str, ani: str) -> str:
        """The region of a number; empty where there is none to be told."""
        for length in self._lengths.get(tenant_id, ()):
            region = self._prefixes[tenant_id].get(ani[:length])
            if region is not None:
                return region
        return country_code(ani)
