"""What one connection has subscribed to: events by name and subclass, filters, the log."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from adapters.sim.standin.core.event_socket_protocol import Event

_NAME: Final = re.compile(r"[A-Z][A-Z0-9_]*")
_LOG_LEVELS: Final = (
    "console", "alert", "crit", "err", "warning", "notice", "info", "debug",
)  # fmt: skip
#: Events of a leg that `myevents` leaves out.
_NOT_MINE: Final = ("CHANNEL_STATE", "CHANNEL_CALLSTATE", "PRIVATE_COMMAND", "CALL_UPDATE")


class Subscription:
    """The subscription of one connection.

    Args:
        own_leg: of an outbound connection, the uuid of its leg; else empty.
        changed: called when the subscription has changed.
    """

    def __init__(self, own_leg: str, changed: Callable[[], None]) -> None:
        self._own_leg = own_leg
        self._changed = changed
        self.is_json = False
        self.log_level = -1
        self._names: dict[str, None] = {}
        self._subclasses: dict[str, None] = {}
        self._my_leg = ""
        self._filters: list[tuple[str, str, bool]] = []

    def wants(self, name: str, subclass: str, leg: str) -> bool:
        """Whether an event of that name, of that leg if of any, is wanted."""
        if self._my_leg and leg:
            return leg == self._my_leg and name not in _NOT_MINE
        if name == "CUSTOM":
            return subclass in self._subclasses or "ALL" in self._names
        return name in self._names or "ALL" in self._names

    def may_want(self, name: str, subclass: str) -> bool:
        """Whether events of that name might be wanted, of any leg."""
        return bool(self._my_leg) or self.wants(name, subclass, "")

    def passes(self, event: Event) -> bool:
        """Whether the filters let an event through."""
        if not self._filters:
            return True
        wanted = [one for one in self._filters if not one[2]]
        matches = any(_is(event, name, value) for name, value, _ in wanted)
        unwanted = any(_is(event, name, value) for name, value, no in self._filters if no)
        return (matches or not wanted) and not unwanted

    def obey(self, verb: str, rest: str) -> str:
        """A command about events or the log; what is answered, nothing when it is none."""
        match verb:
            case "event" | "events":
                return self._subscribe(rest)
            case "nixevent":
                return self._unsubscribe(rest)
            case "noevents":
                was = bool(self._names or self._subclasses or self._my_leg)
                self._no_events()
                yes, no = "+OK no longer listening for events", "-ERR not listening for events"
                return yes if was else no
            case "filter":
                return self._filter(rest)
            case "myevents":
                return self._my_events(rest)
            case "log":
                return self._set_log(rest)
            case "nolog":
                was_on, self.log_level = self.log_level >= 0, -1
                return "+OK no longer logging" if was_on else "-ERR not loging"
        return ""

    def _subscribe(self, rest: str) -> str:
        words = rest.replace(",", " ").split()
        form = "plain"
        if words and words[0].lower() in ("plain", "json", "xml"):
            form = words.pop(0).lower()
        names, subclasses = _named(words)
        if not names and not subclasses and "CUSTOM" not in (word.upper() for word in words):
            return "-ERR no keywords supplied"
        self.is_json = form == "json"
        self._names |= dict.fromkeys(names)
        self._subclasses |= dict.fromkeys(subclasses)
        self._changed()
        return f"+OK event listener enabled {form}"

    def _unsubscribe(self, rest: str) -> str:
        names, subclasses = _named(rest.replace(",", " ").split())
        if not names and not subclasses:
            return "-ERR no keywords supplied"
        if "ALL" in names:
            self._no_events()
        for name in names:
            self._names.pop(name, None)
        for subclass in subclasses:
            self._subclasses.pop(subclass, None)
        self._changed()
        return "+OK events nixed"

    def _no_events(self) -> None:
        self._names.clear()
        self._subclasses.clear()
        self._my_leg = ""
        self._changed()

    def _filter(self, rest: str) -> str:
        words = rest.split(" ", 2)
        if words[0] == "delete":
            name, value = [*words, "", ""][1:3]
            if name == "all":
                self._filters.clear()
            self._filters = [
                one for one in self._filters if one[0] != name or (value and one[1] != value)
            ]
            return f"+OK filter deleted. [{name}][{value}]"
        if words[0] == "add":
            words = words[1:]
        name, _, value = " ".join(words).partition(" ")
        if not name or not value:
            return "-ERR command not found" if not rest else "-ERR invalid syntax"
        is_not = value[0] == "-"
        self._filters.append((name, value.lstrip("+-"), is_not))
        return f"+OK filter added. [{name}]=[{value}]"

    def _my_events(self, rest: str) -> str:
        words = rest.split()
        self.is_json = "json" in words
        named = [word for word in words if word not in ("json", "plain", "xml")]
        if self._own_leg:
            self._my_leg = self._own_leg
        elif named:
            self._my_leg = named[0]
        else:
            return "-ERR command not found"
        self._changed()
        return "+OK Events Enabled"

    def _set_log(self, rest: str) -> str:
        if rest.isdigit():
            level = int(rest)
        elif not rest:
            level = len(_LOG_LEVELS) - 1
        elif rest.lower() in _LOG_LEVELS:
            level = _LOG_LEVELS.index(rest.lower())
        else:
            return "-ERR invalid log level"
        self.log_level = level
        return f"+OK log level {rest} [{level}]"


def _named(words: list[str]) -> tuple[list[str], list[str]]:
    """The events that a subscription names: everything behind CUSTOM is a subclass."""
    names: list[str] = []
    for at, word in enumerate(words):
        if word.upper() == "CUSTOM":
            return names, words[at + 1 :]
        if _NAME.fullmatch(word.upper()) and _is_known(word.upper()):
            names.append(word.upper())
    return names, []


def _is_known(name: str) -> bool:
    return name == "ALL" or name in EVENT_NAMES


#: Names of `switch_event.c` that can be asked for.
EVENT_NAMES: Final = frozenset(
    "CUSTOM CLONE CHANNEL_CREATE CHANNEL_DESTROY CHANNEL_STATE CHANNEL_CALLSTATE CHANNEL_ANSWER "
    "CHANNEL_HANGUP CHANNEL_HANGUP_COMPLETE CHANNEL_EXECUTE CHANNEL_EXECUTE_COMPLETE CHANNEL_HOLD "
    "CHANNEL_UNHOLD CHANNEL_BRIDGE CHANNEL_UNBRIDGE CHANNEL_PROGRESS CHANNEL_PROGRESS_MEDIA "
    "CHANNEL_OUTGOING CHANNEL_PARK CHANNEL_UNPARK CHANNEL_APPLICATION CHANNEL_ORIGINATE "
    "CHANNEL_UUID API LOG INBOUND_CHAN OUTBOUND_CHAN STARTUP SHUTDOWN PUBLISH UNPUBLISH TALK "
    "NOTALK SESSION_CRASH MODULE_LOAD MODULE_UNLOAD DTMF MESSAGE PRESENCE_IN NOTIFY_IN "
    "PRESENCE_OUT PRESENCE_PROBE MESSAGE_WAITING MESSAGE_QUERY ROSTER CODEC BACKGROUND_JOB "
    "DETECTED_SPEECH DETECTED_TONE PRIVATE_COMMAND HEARTBEAT TRAP ADD_SCHEDULE DEL_SCHEDULE "
    "EXE_SCHEDULE RE_SCHEDULE RELOADXML NOTIFY PHONE_FEATURE SEND_MESSAGE RECV_MESSAGE "
    "REQUEST_PARAMS CHANNEL_DATA GENERAL COMMAND SESSION_HEARTBEAT CLIENT_DISCONNECTED "
    "SERVER_DISCONNECTED SEND_INFO RECV_INFO RECV_RTCP_MESSAGE CALL_SECURE NAT RECORD_START "
    "RECORD_STOP PLAYBACK_START PLAYBACK_STOP CALL_UPDATE FAILURE SOCKET_DATA MEDIA_BUG_START "
    "MEDIA_BUG_STOP CONFERENCE_DATA_QUERY CONFERENCE_DATA CALL_SETUP_REQ CALL_SETUP_RESULT "
    "CALL_DETAIL DEVICE_STATE".split()
)


def _is(event: Event, name: str, value: str) -> bool:
    """A filter's value is the whole of the field, in letters of either case."""
    return event.get(name).lower() == value.lower()
