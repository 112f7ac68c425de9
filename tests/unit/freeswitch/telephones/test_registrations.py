"""Who is registered: read at first, told by events, asked for when a registration has ended."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import msgspec
import pytest

from adapters.freeswitch.protocol.channel_fields import ChannelFields
from adapters.freeswitch.protocol.command_lines import Command
from adapters.freeswitch.protocol.errors import EslError, LinkDown
from adapters.freeswitch.protocol.event_reader import Event, EventReader
from adapters.freeswitch.protocol.frame_codec import API_RESPONSE, EVENT_JSON, Frame
from adapters.freeswitch.protocol.reply_matching import OnReply, Reply, Waiting
from adapters.freeswitch.telephones import registrations as module
from adapters.freeswitch.telephones.registrations import Registrations, User

STATUS = """<?xml version="1.0" encoding="ISO-8859-1"?>
<profiles>
<profile>
<name>internal</name>
<type>profile</type>
<data>sip:mod_sofia@127.0.0.1:41451</data>
</profile>
<gateway>
<name>carrier</name>
<type>gateway</type>
</gateway>
<profile>
<name>b&#39;ad name</name>
<type>profile</type>
</profile>
</profiles>
"""
GATEWAYS = """<gateways>
  <gateway>
    <name>carrier</name>
    <profile>external</profile>
    <state>NOREG</state>
    <status>UP</status>
  </gateway>
  <gateway>
    <name>spare</name>
    <state>FAIL_WAIT</state>
    <status>DOWN</status>
  </gateway>
</gateways>"""


def listed(*users: str) -> str:
    rows = "".join(
        f"<registration>\n<call-id>x</call-id>\n<user>{user}</user>\n"
        f"<agent>evil &lt;user&gt;mallory@acd.test&lt;/user&gt;</agent>\n</registration>"
        for user in users
    )
    return f"<profile>\n<registrations>{rows}</registrations>\n</profile>"


class Switch:
    """Answers what the registrations ask for."""

    def __init__(self) -> None:
        self.is_up = True
        self.domain = "ACD.test"
        self.registered = ["1000@acd.test"]
        self.asked: list[str] = []
        #: Runs before the list of registrations is answered.
        self.meanwhile: Callable[[], None] = lambda: None
        self.fails: EslError | None = None
        self.changes = 0

    def send(self, command: Command, on_reply: OnReply | None = None) -> Waiting:
        line = command.wire.decode().splitlines()[0]
        self.asked.append(line)
        assert on_reply is not None
        if "global_getvar" in line:
            text = self.domain
        else:
            user = line.removeprefix("api sofia_contact */")
            text = "sofia/internal/sip:x" if user in self.registered else "error/not_registered"
        on_reply(Reply(text, Frame(API_RESPONSE, b"", text.encode())))
        return Waiting(command, on_reply, 0.0)

    def start_job(
        self, name: str, argument: str, on_end: Callable[[str | EslError], None], limit_s: float
    ) -> str:
        self.asked.append(f"{name} {argument}")
        if self.fails is not None:
            on_end(self.fails)
        elif argument == "xmlstatus":
            on_end(STATUS)
        elif argument == "xmlstatus gateway":
            on_end(GATEWAYS)
        else:
            told = listed(*self.registered)
            self.meanwhile()
            on_end(told)
        return "job"

    def changed(self) -> None:
        self.changes += 1


def heard(subclass: str, **headers: str) -> Event[ChannelFields]:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    content = msgspec.json.encode({"Event-Name": "CUSTOM", "Event-Subclass": subclass, **named})
    frame = Frame(EVENT_JSON, b"", content)
    return EventReader(ChannelFields).read(frame)


@pytest.fixture
def switch() -> Switch:
    return Switch()


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_ASK_AFTER_S", 0.0)
    monkeypatch.setattr(module, "_RETRY_S", 0.0)


@pytest.fixture
async def there(switch: Switch) -> Registrations:
    return await read(switch)


async def read(switch: Switch) -> Registrations:
    made = Registrations("n1", switch, switch.changed)
    made.begin()
    await until(lambda: made.is_known)
    return made


async def until(done: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not done():  # noqa: ASYNC110 - what is waited for tells nobody
            await asyncio.sleep(0)


def test_before_anything_is_read_nothing_is_said(switch: Switch) -> None:
    made = Registrations("n1", switch, switch.changed)
    assert made.reachable("user/1000@acd.test") is None


@pytest.mark.parametrize(
    ("contact", "is_there"),
    [
        ("user/1000@acd.test", True),
        ("user/1000@ACD.TEST", True),
        ("user/1000", True),
        ("user/1000@acd.test;transport=tcp", True),
        ("user/1001@acd.test", False),
        ("user/1000@other.test", False),
        ("user/1001", False),
        ("user/mallory@acd.test", False),
        ("sofia/gateway/carrier/+49301", True),
        ("sofia/gateway/spare/+49301", False),
        ("sofia/gateway/nobody/+49301", None),
        ("sofia/internal/1000@10.0.0.1", None),
        ("loopback/9196", None),
        ("verto.rtc/1000", None),
    ],
)
async def test_what_is_read_tells_who_can_be_rung(
    there: Registrations, contact: str, is_there: bool | None
) -> None:
    assert there.reachable(contact) is is_there
    there.end()


async def test_without_a_domain_of_its_own_a_switch_says_nothing_of_users_without_one(
    switch: Switch,
) -> None:
    switch.domain = "-ERR no reply\n"
    made = await read(switch)
    assert made.reachable("user/1000") is None
    assert made.reachable("user/1000@acd.test") is True
    made.end()


async def test_a_profile_that_cannot_be_named_is_not_asked_for(
    switch: Switch, there: Registrations
) -> None:
    assert [one for one in switch.asked if one.endswith(" reg")] == [
        "sofia xmlstatus profile internal reg"
    ]
    there.end()


async def test_a_registration_is_news_once(switch: Switch, there: Registrations) -> None:
    before = switch.changes
    for _ in range(3):
        there.take(heard("sofia::register", from_user="1001", from_host="Acd.Test"))
    assert switch.changes == before + 1
    assert there.reachable("user/1001") is True
    there.end()


@pytest.mark.parametrize(
    "event",
    [
        heard("sofia::unregister", from_user="1000", from_host="acd.test"),
        heard("sofia::expire", user="1000", host="acd.test"),
    ],
)
async def test_the_last_registration_that_ends_makes_unreachable(
    switch: Switch, there: Registrations, event: Event[ChannelFields]
) -> None:
    switch.registered.clear()
    there.take(event)
    assert there.reachable("user/1000") is True
    await until(lambda: there.reachable("user/1000") is False)
    assert switch.asked[-1] == "api sofia_contact */1000@acd.test"
    there.end()


async def test_one_of_two_telephones_that_goes_leaves_the_other(
    switch: Switch, there: Registrations
) -> None:
    before = len(switch.asked)
    there.take(heard("sofia::unregister", from_user="1000", from_host="acd.test"))
    await until(lambda: len(switch.asked) > before)
    assert there.reachable("user/1000") is True
    there.end()


async def test_a_telephone_that_is_back_at_once_is_not_asked_for(
    switch: Switch, there: Registrations
) -> None:
    before = len(switch.asked)
    there.take(heard("sofia::unregister", from_user="1000", from_host="acd.test"))
    there.take(heard("sofia::register", from_user="1000", from_host="acd.test"))
    for _ in range(5):
        await asyncio.sleep(0)
    assert len(switch.asked) == before
    there.end()


async def test_what_happens_while_all_is_read_counts(switch: Switch) -> None:
    made = Registrations("n1", switch, switch.changed)
    switch.registered = ["1000@acd.test", "1001@acd.test"]

    def meanwhile() -> None:
        made.take(heard("sofia::register", from_user="1002", from_host="acd.test"))
        made._gone(User("1001", "acd.test"))

    switch.meanwhile = meanwhile
    made.begin()
    await until(lambda: made.is_known)
    assert [made.reachable(f"user/{name}") for name in (1000, 1001, 1002)] == [True, False, True]
    made.end()


async def test_gateways_go_and_come(switch: Switch, there: Registrations) -> None:
    before = switch.changes
    down = heard("sofia::gateway_state", Gateway="carrier", Ping_Status="DOWN")
    there.take(down)
    there.take(down)
    assert there.reachable("sofia/gateway/carrier/1") is False
    assert switch.changes == before + 1
    there.take(heard("sofia::gateway_state", Gateway="carrier", Ping_Status="UP"))
    assert there.reachable("sofia/gateway/carrier/1") is True
    there.end()


async def test_a_new_gateway_has_everything_read_again(
    switch: Switch, there: Registrations
) -> None:
    switch.registered.append("1005@acd.test")
    there.take(heard("sofia::gateway_add", Gateway="other"))
    await until(lambda: there.reachable("user/1005") is True)
    there.end()


async def test_what_cannot_be_read_is_tried_again(switch: Switch) -> None:
    switch.fails = LinkDown("gone")
    made = Registrations("n1", switch, switch.changed)
    made.begin()
    await until(lambda: switch.asked.count("sofia xmlstatus") > 2)
    assert not made.is_known
    switch.fails = None
    await until(lambda: made.is_known)
    made.end()


async def test_what_is_known_is_kept_without_a_connection(
    switch: Switch, there: Registrations
) -> None:
    there.take(heard("sofia::expire", user="1000", host="acd.test"))
    switch.is_up = False
    there.end()
    for _ in range(5):
        await asyncio.sleep(0)
    assert there.reachable("user/1000") is True


@pytest.mark.parametrize(
    "name", ["a b", "a\nexit", "${hupall}", "^^:a", "a'b", "-x y", "a,b", "{a}", "\ud800"]
)
async def test_hostile_users_are_never_sent(
    switch: Switch, there: Registrations, name: str
) -> None:
    there.users[User(name, "acd.test")] = None
    before = len(switch.asked)
    there._ask_later(User(name, "acd.test"))
    await until(lambda: User(name, "acd.test") not in there.users)
    assert len(switch.asked) == before
    there.end()
