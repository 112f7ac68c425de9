"""Which telephones are registered at a node, and which of its gateways can be dialled through.

Everything is read when the connection is up, by `sofia xmlstatus`, which is right at once; then
events tell. A registration makes a user reachable. The end of one need not be the end: a user may
have several telephones, and FreeSWITCH replaces a registration by the next without a word. So after
each end the switch is asked for the user (`sofia_contact`), a little later, for it tells of an
expiry before it has taken the registration away (up to 100 ms, as measured).
"""

from __future__ import annotations

import asyncio
import html
import re
from collections.abc import Callable
from typing import Final, NamedTuple, Protocol

import structlog

from adapters.freeswitch.protocol.channel_fields import ChannelFields
from adapters.freeswitch.protocol.command_lines import api as api_command
from adapters.freeswitch.protocol.errors import CommandRefused, EslError, Unrepresentable
from adapters.freeswitch.protocol.event_reader import Event
from adapters.freeswitch.protocol.quoting import bare_word
from adapters.freeswitch.protocol.reply_matching import Reply
from adapters.freeswitch.wire.awaited_commands import Sender, api, job

_log = structlog.get_logger("acdengine.freeswitch")

#: What is to be sent.
SUBCLASSES: Final = (
    "sofia::register",
    "sofia::unregister",
    "sofia::expire",
    "sofia::gateway_state",
    "sofia::gateway_add",
    "sofia::gateway_delete",
)
_LIMIT_S: Final = 20.0
#: From the end of a registration until the switch is asked whether it was the last one.
_ASK_AFTER_S: Final = 0.5
#: All is read again so often: what an operator flushes is told by no event.
_AGAIN_S: Final = 300.0
_RETRY_S: Final = 5.0

_PROFILE: Final = re.compile(r"<name>([^<]*)</name>\s*<type>profile</type>")
_REGISTERED: Final = re.compile(r"<call-id>([^<]*)</call-id>\s*<user>([^<]*)</user>")
_GATEWAY: Final = re.compile(r"<gateway>\s*<name>([^<]*)</name>.*?<status>([^<]*)</status>", re.S)
_USER: Final = re.compile(r"user/([^@;?/]+)(?:@([^;?/]+))?")
_THROUGH: Final = re.compile(r"sofia/gateway/([^/]+)/")


class User(NamedTuple):
    """Who registers; domains are compared without regard to case."""

    name: str
    domain: str


class Connected(Sender, Protocol):
    """What can send, or says that it cannot."""

    @property
    def is_up(self) -> bool:
        """Whether commands can be sent."""


class Registrations:
    """Of one node.

    Args:
        node_id: for the log.
        connection: to the switch.
        changed: called when telephones may have become reachable or unreachable.
    """

    def __init__(self, node_id: str, connection: Connected, changed: Callable[[], None]) -> None:
        self._node_id = node_id
        self._connection = connection
        self._changed = changed
        self.users: dict[User, None] = {}
        self._names: dict[str, None] = {}
        #: The Call-IDs of their registrations: a user may have several telephones.
        self._phones: dict[User, dict[str, None]] = {}
        #: By name, and whether it can be dialled through.
        self.gateways: dict[str, bool] = {}
        #: The domain of users that are named without one.
        self.domain = ""
        #: Everything has been read once; what is known is kept while there is no connection.
        self.is_known = False
        self._reading: asyncio.Task[None] | None = None
        #: While everything is being read: who came or went meanwhile.
        self._news: dict[User, bool] | None = None
        self._asked: dict[User, asyncio.TimerHandle] = {}

    def reachable(self, contact: str) -> bool | None:
        """Whether a contact can be rung here; None where registrations say nothing of it."""
        if not self.is_known:
            return None
        through = _THROUGH.match(contact)
        if through is not None:
            return self.gateways.get(through[1])
        user = self.user_of(contact)
        return user in self.users if user is not None else None

    def user_of(self, contact: str) -> User | None:
        """The user whom a contact names; None where it names none."""
        named = _USER.fullmatch(contact.partition(";")[0])
        if named is None:
            return None
        domain = named[2] or self.domain
        return User(named[1], domain.lower()) if domain else None

    def are_several(self, contact: str) -> bool:
        """Whether a contact is several telephones here. Where FreeSWITCH has replaced one by
        another, which no event tells, it may be one only."""
        user = self.user_of(contact)
        return user is not None and len(self._phones.get(user, ())) > 1

    def has_name(self, name: str) -> bool:
        """Whether a user of that name has a telephone here, in whatever domain."""
        return name in self._names

    # -- life ----------------------------------------------------------------------------------

    def begin(self) -> None:
        """Connected: read everything, and again from time to time."""
        self.end()
        self._reading = asyncio.get_running_loop().create_task(self._read_on())

    def end(self) -> None:
        """Not connected: what is known stays as it is."""
        if self._reading is not None:
            self._reading.cancel()
            self._reading = None
        for handle in self._asked.values():
            handle.cancel()
        self._asked.clear()
        self._news = None

    async def _read_on(self) -> None:
        is_told = False
        while True:
            try:
                await self._read()
                is_told, wait_s = False, _AGAIN_S
            except EslError as error:
                if not is_told:
                    _log.warning("registrations not read", node=self._node_id, reason=str(error))
                is_told, wait_s = True, _RETRY_S
            await asyncio.sleep(wait_s)

    async def _read(self) -> None:
        self._news = {}
        connection = self._connection
        domain = await self._default_domain()
        status = await job(connection, "sofia", "xmlstatus", _LIMIT_S)
        users: dict[User, dict[str, None]] = {}
        for profile in _PROFILE.findall(status):
            try:
                name = bare_word("SIP profile", html.unescape(profile))
            except Unrepresentable:
                continue  # it cannot be asked for
            listed = await job(connection, "sofia", f"xmlstatus profile {name} reg", _LIMIT_S)
            for user, call_ids in _users(listed).items():
                users.setdefault(user, {}).update(call_ids)
        gateways = await job(connection, "sofia", "xmlstatus gateway", _LIMIT_S)
        self.domain = domain
        news, self._news = self._news or {}, None
        for user, is_there in news.items():
            if is_there:
                users.setdefault(user, {}).update(self._phones.get(user, {}))
        self._phones = {user: phones for user, phones in users.items() if news.get(user, True)}
        self.users = dict.fromkeys(self._phones)
        self._names = {user.name: None for user in self.users}
        self.gateways = {
            html.unescape(name): status == "UP" for name, status in _GATEWAY.findall(gateways)
        }
        self.is_known = True
        self._changed()

    async def _default_domain(self) -> str:
        """Empty where the switch has none."""
        try:
            printed = await api(self._connection, "global_getvar", "domain", _LIMIT_S)
        except CommandRefused:
            return ""  # of what prints nothing the event socket says "-ERR no reply"
        return printed.strip().lower()

    # -- events --------------------------------------------------------------------------------

    def take(self, event: Event[ChannelFields]) -> None:
        """An event of the switch; those of others are passed over."""
        subclass = event.fields.subclass
        if subclass == "sofia::register":
            user = _user(event.header("from-user"), event.header("from-host"))
            self._phones.setdefault(user, {})[event.header("call-id")] = None
            self._register(user)
        elif subclass == "sofia::unregister":
            user = _user(event.header("from-user"), event.header("from-host"))
            self._phones.get(user, {}).pop(event.header("call-id"), None)
            self._ask_later(user)
        elif subclass == "sofia::expire":
            user = _user(event.header("user"), event.header("host"))
            self._phones.get(user, {}).pop(event.header("call-id"), None)
            self._ask_later(user)
        elif subclass == "sofia::gateway_state":
            self._gateway(event.header("Gateway"), event.header("Ping-Status"))
        elif subclass in SUBCLASSES:
            self.begin()

    def _register(self, user: User) -> None:
        asked = self._asked.pop(user, None)
        if asked is not None:
            asked.cancel()
        if self._news is not None:
            self._news[user] = True
        if user not in self.users:
            self.users[user] = None
            self._names[user.name] = None
            self._changed()

    def _gateway(self, name: str, status: str) -> None:
        if name and self.gateways.get(name) != (status == "UP"):
            self.gateways[name] = status == "UP"
            self._changed()

    def _ask_later(self, user: User) -> None:
        if user not in self._asked:
            loop = asyncio.get_running_loop()
            self._asked[user] = loop.call_later(_ASK_AFTER_S, self._ask, user)

    def _ask(self, user: User) -> None:
        del self._asked[user]
        if not self._connection.is_up:
            return  # all is read again
        try:
            who = bare_word("registered user", f"*/{user.name}@{user.domain}")
        except Unrepresentable:
            self._gone(user)  # no contact can name it
            return

        def replied(outcome: Reply | EslError) -> None:
            # Without an answer nothing is believed: the next reading tells.
            printed = outcome.text if isinstance(outcome, Reply) else ""
            if printed.startswith("error/") and user not in self._asked:
                self._gone(user)

        try:
            self._connection.send(api_command("sofia_contact", who), replied)
        except EslError as error:
            _log.warning("registration not read", node=self._node_id, reason=str(error))

    def _gone(self, user: User) -> None:
        if self._news is not None:
            self._news[user] = False
        if user in self.users:
            del self.users[user]
            self._names = {other.name: None for other in self.users}
            self._changed()


def _user(name: str, domain: str) -> User:
    return User(name, domain.lower())


def _users(printed: str) -> dict[User, dict[str, None]]:
    """Whom `sofia xmlstatus profile NAME reg` lists, with the Call-IDs of their registrations."""
    found: dict[User, dict[str, None]] = {}
    for call_id, address in _REGISTERED.findall(printed):
        name, _, domain = html.unescape(address).rpartition("@")
        found.setdefault(_user(name, domain), {})[html.unescape(call_id)] = None
    return found
