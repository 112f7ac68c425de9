"""Asterisks whose dialplan hands calls over by FastAGI."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from acdengine.settings.model import Expected, SettingsModel
from acdengine.settings.switch_setup import Network
from acdengine.settings.switches import LegVariable
from acdengine.settings.values import LongEnough, Name, Port

DialplanContext = Annotated[
    str,
    Field(pattern=r"^[A-Za-z0-9_][A-Za-z0-9_-]{0,63}$"),
    Expected("the name of a context of the dialplan"),
]
TelephoneDevice = Annotated[
    str,
    Field(
        pattern=r"^[A-Za-z][A-Za-z0-9]{0,15}/[A-Za-z0-9_.@+-]*\{user\}[A-Za-z0-9_.@/+-]*$",
        max_length=160,
    ),
    Expected("what Dial is given, with {user} in it, such as PJSIP/{user}"),
]
SoundsFolder = Annotated[
    str,
    Field(pattern=r"^([A-Za-z0-9_-][A-Za-z0-9_/.-]*[A-Za-z0-9_-])?$", max_length=200),
    Expected("a folder below Asterisk's folder of sounds, such as custom"),
]
RecordingsFolder = Annotated[
    str,
    Field(pattern=r"^(/[A-Za-z0-9_/.+-]*[A-Za-z0-9_.+-])?$", max_length=400),
    Expected("an absolute path on the Asterisk"),
]
MusicClass = Annotated[
    str,
    Field(pattern=r"^[A-Za-z0-9_.-]{1,79}$"),
    Expected("a class of musiconhold.conf"),
]


class AsteriskSettings(SettingsModel):
    """An Asterisk, and how its callers are served."""

    addresses: list[Network] = ["127.0.0.0/8", "::1/128"]
    """Addresses and networks that its connections come from."""
    trunk: str = ""
    """Trunk group of its calls, which says whose they are; empty: the number dialled says it."""
    context: DialplanContext = "acdengine"
    """Context of its dialplan with the sub-routines that `docs/asterisk.md` shows."""
    telephone: TelephoneDevice = "PJSIP/{user}"
    """How the telephone of a contact `user/USER@DOMAIN` is dialled. Contacts of its own
    technologies are written in small letters: `pjsip/7`, `local/7@agents`."""
    sounds: SoundsFolder = ""
    """Folder of the prompts below its folder of sounds; empty: that folder itself."""
    music: dict[str, MusicClass] = {}
    """Name of music to the class of music on hold; a name that is not here is the class's own."""
    recordings: RecordingsFolder = ""
    """Folder for what callers say and for messages, which must be there; folders in their names
    become `_`. Empty: nothing is recorded."""
    keys_while_waiting: bool = True
    """Keys of callers who hear music are heard. Its log then has a warning each time that something
    else is played."""
    leg_variables: list[LegVariable] = ["flow_*"]
    """Channel variables that flows and scripts may read and write: names, or beginnings of names
    before a `*`."""


class FastAgiSettings(SettingsModel):
    """Calls that the dialplan of an Asterisk hands over with `AGI(agi://HOST/queue/NAME)`."""

    enabled: bool = False
    """Whether they are taken."""
    host: str = "127.0.0.1"
    """Address to listen on."""
    port: Port = 4573
    """Port to listen on; 0: any that is free."""
    limit: Annotated[int, Field(ge=1, le=100_000)] = 1000
    """Connections at once: one for each caller, one more while an agent is asked or answers."""
    head_timeout_s: LongEnough = 5
    """Seconds in which a connection must have said what it is for."""
    asterisks: dict[Name, AsteriskSettings] = {}
    """Who may hand calls over, by the names that switches have; every other connection is closed
    unread."""
