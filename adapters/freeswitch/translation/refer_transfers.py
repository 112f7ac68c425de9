"""Blind transfers by an agent's telephone: REFER without Replaces.

FreeSWITCH takes the caller out of the bridge and into the dialplan, which parks it
(`TRANSFERS_VARIABLE`), and ends the agent's leg, or parks a nailed-up line. That leg bears what
was dialled. Only agents' legs are asked: nobody else's REFER sends a caller anywhere.

Source: the end of `sofia_handle_sip_i_refer` of mod_sofia.
"""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import unquote

from adapters.freeswitch.protocol.channel_fields import PARKS, ChannelFields

#: In every event of a leg that has sent its partner on.
MARK: Final = b"BLIND_TRANSFER"
#: The variable that says so, on the leg.
DISPOSITION_VARIABLE: Final = "endpoint_disposition"
_BLIND: Final = "blind:"
_BY_TRANSFER: Final = ":bl_xfer:"
#: Of `Caller-Dialplan` after a transfer that is not the adapter's own.
_SENT_ON: Final = ("XML", PARKS)
#: What a telephone may dial: a number, an extension's name, a feature code; no address.
_DIALLED: Final = re.compile(r"[0-9A-Za-z+*#._-]{1,64}")


def has_referred(fields: ChannelFields) -> bool:
    """Whether this leg's telephone has sent the other leg on."""
    return fields.disposition == MARK.decode() and fields.referred_to.startswith(_BLIND)


def referred_number(fields: ChannelFields) -> str:
    """What it has dialled; empty where that is no number, whoever wrote it."""
    # Parameters such as `;phone-context` and what stands behind an @ are not part of the number.
    return _number(unquote(fields.referred_to.removeprefix(_BLIND)).partition(";")[0])


def sent_to(fields: ChannelFields) -> str:
    """The number that the last transfer of a leg has sent it to, by its dialplan or parked in the
    place of that; empty where it was sent to an application."""
    # When, a name, the kind, where to and how: `1796099057:…:bl_xfer:1001/public/inline:park`.
    *_, kind, place = fields.transfer_source.partition(_BY_TRANSFER)
    return _number(place.partition("/")[0]) if kind and fields.dialplan in _SENT_ON else ""


def _number(text: str) -> str:
    return text if _DIALLED.fullmatch(text) else ""
