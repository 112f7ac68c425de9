"""Reads caller ID and privacy from the fields of a leg.

- A number that stands for none is none (`acdengine.caller_id`).
- The caller withholds it with `Privacy: id` or `Remote-Party-ID: …;privacy=full`, of which
  FreeSWITCH makes flags of the caller profile, and with `Privacy: user` or `header`, of which it
  makes nothing but a variable (RFC 3323 §4.2; 3GPP TS 24.607 §4.5.2.9). The caller's number is
  then what `P-Asserted-Identity` says.
- A telephone's own words in From and P-Asserted-Identity are worth nothing: who has logged in is
  in `user_name` and `domain_name`, of the directory.
- Of a leg that FreeSWITCH has dialled, the caller is who was dialled: it swaps the two before the
  dialplan (`switch_channel_flip_cid`).

Sources: `sofia_handle_sip_i_invite` of mod_sofia, `originate_function` of mod_commands.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from acdengine.caller_id import name_of, number_of
from acdengine.modes import Direction
from adapters.freeswitch.protocol.channel_fields import ChannelFields

#: Values of `Privacy` by which who calls is not to be known.
_HIDING: Final = frozenset({"id", "user", "header"})
_TELEPHONE: Final = re.compile(r"[A-Za-z0-9_.+-]{1,64}@[A-Za-z0-9.-]{1,253}")
#: What FreeSWITCH calls whom it has dialled.
_NO_NAME: Final = "Outbound Call"


class CallerIdentity(NamedTuple):
    """Who calls; `shown_number` and `shown_name` are empty where the caller withholds them."""

    number: str
    name: str
    withheld: bool
    direction: Direction = "inbound"
    telephone: str = ""

    @property
    def shown_number(self) -> str:
        """The number, for all to see."""
        return "" if self.withheld else self.number

    @property
    def shown_name(self) -> str:
        """The name, for all to see."""
        return "" if self.withheld else self.name


def identity_of(fields: ChannelFields) -> CallerIdentity:
    """Who calls on the leg of an event."""
    number = number_of(fields.caller_number)
    name = name_of(fields.caller_name)
    if fields.direction != "inbound":
        return CallerIdentity(number, "" if name == _NO_NAME else name, not number, "outbound")
    telephone = _telephone(fields)
    if telephone and fields.internal == "true":
        return CallerIdentity(number, name, False, "internal", telephone)
    withheld = not number or fields.hides_number == "true"
    if fields.hides_name == "true" and not withheld:
        name = ""
    if fields.privacy and not withheld:
        asked = {word.strip().lower() for word in fields.privacy.split(";")}
        withheld = not asked.isdisjoint(_HIDING)
    return CallerIdentity(number, name, withheld, telephone=telephone)


def is_for_the_centre(fields: ChannelFields) -> bool:
    """Whether a parked leg that is not in the table is a caller's.

    One that FreeSWITCH has dialled is, where the dialplan parks it; `&park()` and `park inline` are
    other programs', and the adapter's own.
    """
    if fields.agent_id or fields.watched:
        return False
    if fields.from_agent and not (fields.internal == "true" and _telephone(fields)):
        return False
    return fields.direction == "inbound" or fields.dialplan not in ("", "inline")


def _telephone(fields: ChannelFields) -> str:
    """The telephone that has logged in with its password, `user@domain`."""
    if fields.authorized != "true":
        return ""
    telephone = f"{fields.user_name}@{fields.domain_name}"
    return telephone if _TELEPHONE.fullmatch(telephone) else ""
