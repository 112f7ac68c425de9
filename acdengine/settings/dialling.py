"""How a tenant dials out."""

from __future__ import annotations

from acdengine.settings.model import SettingsModel
from acdengine.settings.values import CallerNumber, Name, RingSeconds


class DialSettings(SettingsModel):
    """How a tenant dials out: overflow and transfers to numbers, and callbacks."""

    via: list[Name] = []
    """Trunk groups whose `gateways` numbers are dialled through, in the order of trying."""
    caller_number: CallerNumber | None = None
    """The number shown to who is called; without it the caller's own who is put through, and the
    gateway's for callbacks."""
    caller_name: str = ""
    """The name shown to who is called; empty: the caller's own."""
    ring_timeout_s: RingSeconds = 60
    """Seconds that a number rings to which a caller is put through."""
    music: str = ""
    """Music that the caller hears meanwhile; empty: a ringing tone."""
