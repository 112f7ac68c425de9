"""Which conversations are recorded, and where to."""

from __future__ import annotations

import re
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, Field

from acdengine.settings.model import Expected, SettingsModel, refusal
from acdengine.settings.values import Share

_FIELDS: Final = ("tenant", "queue", "agent", "caller", "call_id", "date", "time")
_WORDS: Final = "a path such as {tenant}/{date}/{time}_{call_id}, with fields of " + ", ".join(
    f"{{{name}}}" for name in _FIELDS
)


def _is_pattern(pattern: str) -> str:
    plain = pattern
    for name in _FIELDS:
        plain = plain.replace(f"{{{name}}}", "x")
    if not re.fullmatch(r"[A-Za-z0-9+_@.-]+(/[A-Za-z0-9+_@.-]+)*", plain) or ".." in pattern:
        raise refusal("is no pattern for names of files", _WORDS)
    if "{call_id}" not in pattern:
        raise refusal("would give two calls the same file", "{call_id} in it")
    return pattern


FilePattern = Annotated[str, Field(max_length=200), AfterValidator(_is_pattern), Expected(_WORDS)]


class RecordingSettings(SettingsModel):
    """Which conversations are recorded, and into which files.

    There is a file for each conversation with an agent, from the bridge to its end; consulting
    others and supervisors who listen are part of it.
    """

    mode: Literal["never", "always", "share", "on_request"] = "never"
    """`share`: only a part of the calls. `on_request`: where the agent or a supervisor asks for it,
    which they may in every mode but `never`. What a mode asks for can be paused; whether it can be
    stopped, `supervisors_may_stop` says."""
    share: Share | None = None
    """`share`: the part of the calls, drawn by the call."""
    stereo: bool = True
    """The caller on the left, the agent on the right; otherwise both on one channel."""
    on_hold: bool = False
    """What the caller hears on hold is recorded too; otherwise there is silence in its place."""
    format: Literal["wav", "mp3"] = "wav"
    """Of the files; `mp3` needs the switch's module for it."""
    pattern: FilePattern = "{tenant}/{date}/{time}_{queue}_{agent}_{caller}_{call_id}"
    """The name of a file, and its folders, below the switch's folder of recordings. Times are UTC;
    a number and the ending follow."""
    mask_caller: bool = True
    """`{caller}` is only the last digits of the number. The names of files stand in facts and
    in the control interface too, where numbers may be masked."""
    supervisors_may_stop: bool = False
    """Supervisors may stop what `always` and `share` have recorded, as when a caller objects; no
    later conversation of that call is recorded by itself then. Agents never may."""


class StorageSettings(SettingsModel):
    """Where a switch writes recordings and messages."""

    folder: Annotated[
        str,
        Field(pattern=r"^(/[A-Za-z0-9_@+][A-Za-z0-9_.@+-]*)+$", max_length=200),
        Expected("an absolute path without blanks"),
    ] = "/var/lib/freeswitch/recordings"
    """The folder, on the switch."""
    min_free_mb: Annotated[int, Field(ge=0)] = 0
    """With less free space, in MB, no recording is begun; calls go on. 0: that is not looked at, as
    where the switch is another machine."""
