"""Telephones of agents that are on calls which the engine did not make.

A leg that the switch makes for a user bears the user's name (`Channel-Presence-ID`), and
CHANNEL_ORIGINATE tells of it, with the leg for which it is made. A leg that a telephone has dialled
bears the name of the one who registered there, once the password was right; the name in From may be
anybody's, so the switch is asked (`uuid_getvar`) where a registered user's name stands there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from adapters.freeswitch.legs.leg_table import Legs
from adapters.freeswitch.media.player import Wire
from adapters.freeswitch.protocol.channel_fields import (
    AGENT_VARIABLE,
    CUSTOMER_VARIABLE,
    LINE_VARIABLE,
    NODE_VARIABLE,
    PARTY_VARIABLE,
    ChannelFields,
    Hearing,
)
from adapters.freeswitch.protocol.command_lines import api
from adapters.freeswitch.protocol.errors import EslError
from adapters.freeswitch.protocol.quoting import is_leg_uuid, leg_uuid
from adapters.freeswitch.protocol.reply_matching import Reply
from adapters.freeswitch.resync.live_channels import Dump
from adapters.freeswitch.telephones.registrations import Registrations, User

#: FreeSWITCH's own, on a leg whose telephone has said the right password.
_USER: Final = "user_name"
_DOMAIN: Final = "domain_name"
_NOT_SET: Final = "_undef_"
_OWN: Final = (
    AGENT_VARIABLE, LINE_VARIABLE, CUSTOMER_VARIABLE, PARTY_VARIABLE, NODE_VARIABLE,
)  # fmt: skip


class PrivateCalls:
    """Private calls on one node.

    Args:
        legs: the engine's.
        wire: to the switch.
        registrations: whose telephones there are.
        changed: told when a telephone may be busy now, or free.
        entered: told whose telephone is at the end of a leg: leg, user, domain.
    """

    def __init__(
        self,
        legs: Legs,
        wire: Wire,
        registrations: Registrations,
        changed: Callable[[], None],
        entered: Callable[[str, str, str], None] = lambda _leg, _user, _domain: None,
    ) -> None:
        self._legs = legs
        self._wire = wire
        self._registrations = registrations
        self._changed = changed
        self._entered = entered
        #: Whose telephone is at the end of which leg.
        self._users: dict[str, User] = {}
        #: Legs that ring an agent for the engine, under a name that it does not know: for another
        #: node, or one of several telephones.
        self._passed: dict[str, None] = {}
        self.hearing: Hearing = {
            "CHANNEL_ORIGINATE": self._dialled,
            "CHANNEL_ANSWER": self._came_up,
            "CHANNEL_PARK": self._came_up,
            "CHANNEL_HANGUP_COMPLETE": self._ended,
        }

    def is_busy(self, contact: str) -> bool:
        """Whether the telephone of a contact, or one of several, is on a private call."""
        if not self._users:
            return False
        wanted = self._registrations.user_of(contact)
        return any(
            user == wanted and not self._is_own(leg_id) for leg_id, user in self._users.items()
        )

    def forget(self) -> None:
        """The switch is gone, with all legs."""
        self._users.clear()
        self._passed.clear()

    def settle(self, live: Mapping[str, Dump]) -> None:
        """What is live on the switch, read from it."""
        self._users = {
            leg_id: user for leg_id, dump in live.items() if (user := _user_of(dump)) is not None
        }
        self._passed = {leg_id: None for leg_id in self._passed if leg_id in live}

    def _is_own(self, leg_id: str) -> bool:
        legs = self._legs
        return (
            leg_id in legs.agents
            or leg_id in legs.answered_legs
            or leg_id in legs.lines
            or leg_id in legs.parties
            or leg_id in self._passed
        )

    # -- events --------------------------------------------------------------------------------

    def _dialled(self, fields: ChannelFields) -> None:
        if self._is_own(fields.unique_id):
            return
        if fields.from_node or fields.agent_id:
            self._passed[fields.unique_id] = None
            return
        self._enter(fields.unique_id, fields.presence)
        self._look_at(fields.other_leg_id, fields.other_leg_user)

    def _came_up(self, fields: ChannelFields) -> None:
        own = self._legs.agents.get(fields.unique_id)
        if own is not None and self._users.pop(own.answered_leg, None) is not None:
            self._changed()  # it was the telephone's own call until it picked up an offer
        if fields.direction == "inbound":
            name = fields.channel_name.rpartition("/")[2].partition("@")[0]
            self._look_at(fields.unique_id, name)
        elif not self._is_own(fields.unique_id):
            self._enter(fields.unique_id, fields.presence)

    def _ended(self, fields: ChannelFields) -> None:
        self._passed.pop(fields.unique_id, None)
        if self._users.pop(fields.unique_id, None) is not None:
            self._changed()

    def _enter(self, leg_id: str, address: str) -> None:
        name, _, domain = address.rpartition("@")
        if name and leg_id not in self._users:
            user = self._users[leg_id] = User(name, domain.lower())
            self._entered(leg_id, user.name, user.domain)
            self._changed()

    def _look_at(self, leg_id: str, name: str) -> None:
        """A leg that came in, perhaps from the telephone of a user of this name."""
        if leg_id in self._users or not is_leg_uuid(leg_id):
            return
        if not self._registrations.has_name(name):
            return

        def user_told(user: str) -> None:
            self._ask(leg_id, _DOMAIN, lambda domain: self._enter(leg_id, f"{user}@{domain}"))

        self._ask(leg_id, _USER, user_told)

    def _ask(self, leg_id: str, variable: str, told: Callable[[str], None]) -> None:
        def replied(outcome: Reply | EslError) -> None:
            if isinstance(outcome, Reply) and not outcome.is_refusal and not self._is_own(leg_id):
                value = outcome.text.strip()
                if value and value != _NOT_SET:
                    told(value)

        self._wire.tell(api("uuid_getvar", f"{leg_uuid(leg_id)} {variable}"), replied)


def _user_of(dump: Dump) -> User | None:
    """Whose telephone is at the end of a leg, where the call is none of the engine's."""
    if any(dump.variable(name) for name in _OWN):
        return None
    if dump.text("Call-Direction") == "inbound":
        name, domain = dump.variable(_USER), dump.variable(_DOMAIN)
    else:
        name, _, domain = dump.text("Channel-Presence-ID").rpartition("@")
    return User(name, domain.lower()) if name and domain else None
