"""The number that a telephone redirects a call to (302).

FreeSWITCH follows none: every leg is dialled with `outbound_redirect_fatal`, and bears what the
answer's contacts name when it ends. The address in a contact is not used: the number is dialled as
any other of the tenant's.

Source: `sofia_handle_sip_r_invite` of sofia.c.
"""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import unquote

_NUMBER: Final = re.compile(r"\+?[0-9]{1,32}")


def redirected_number(user: str) -> str:
    """The number in the user part of a contact; empty where it is none, whoever wrote it."""
    number = unquote(user).partition(";")[0]
    return number if _NUMBER.fullmatch(number) else ""
