"""An agent's telephone that sends its caller on by itself: REFER without Replaces.

FreeSWITCH takes the caller out of the bridge and into the dialplan, which parks it
(`TRANSFERS_VARIABLE`), and ends the agent's leg, or parks a nailed-up line. That leg bears what
was dialled. Only agents' legs are asked: nobody else's REFER sends a caller anywhere.

Source: the end of `sofia_handle_sip_i_refer` of mod_sofia.
"""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import unquote

from adapters.freeswitch.protocol.channel_fields import ChannelFields

#: In every event of a leg that has sent its partner on.
MARK: Final = b"BLIND_TRANSFER"
#: The variable that says so, on the leg.
DISPOSITION_VARIABLE: Final = "endpoint_disposition"
_BLIND: Final = "blind:"
#: What a telephone may dial: a number, an extension's name, a feature code; no address.
_DIALLED: Final = re.compile(r"[0-9A-Za-z+*#._-]{1,64}")


def has_referred(fields: ChannelFields) -> bool:
    """Whether this leg's telephone has sent the other leg on."""
    return fields.disposition == MARK.decode() and fields.referred_to.startswith(_BLIND)


def referred_number(fields: ChannelFields) -> str:
    """What it has dialled; empty where that is no number, whoever wrote it."""
    # Parameters such as `;phone-context` and what stands behind an @ are not part of the number.
    user = unquote(fields.referred_to.removeprefix(_BLIND)).partition(";")[0]
    return user if _DIALLED.fullmatch(user) else ""
