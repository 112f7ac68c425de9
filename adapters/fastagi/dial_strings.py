"""The argument of ``Dial``: where to, for how long, and what goes with it.

Options of ``app_dial.c``: ``g`` goes on when the far end hangs up, ``m`` plays music to the caller,
``b`` and ``U`` run sub-routines on the dialled channel: before it rings, and when it has answered.
"""

from __future__ import annotations

import re
from typing import Final

from adapters.fastagi.quoting import Unrepresentable, bare

_US: Final = 1_000_000
#: Channel technologies of contacts, which the settings write in small letters.
_TECHNOLOGIES: Final = {
    "pjsip": "PJSIP", "sip": "SIP", "iax2": "IAX2", "dahdi": "DAHDI", "local": "Local",
}  # fmt: skip
_USER: Final = re.compile(r"user/([A-Za-z0-9_.+-]{1,64})(@[A-Za-z0-9_.-]+)?")
_NUMBER: Final = re.compile(r"\+?[0-9*#]{1,40}")


def device_of(contact: str, telephone: str) -> str:
    """What Asterisk dials for a contact of the settings.

    Args:
        contact: ``user/7@domain``, or a technology and what it dials: ``pjsip/7``.
        telephone: how users are dialled, with ``{user}``.

    Raises:
        Unrepresentable: Asterisk cannot dial it.
    """
    user = _USER.fullmatch(contact)
    if user is not None:
        return bare("contact", telephone.replace("{user}", user[1]))
    technology, _, rest = contact.partition("/")
    name = _TECHNOLOGIES.get(technology)
    if name is None or not rest:
        raise Unrepresentable(f"contact {contact[:60]!r} is of no technology of Asterisk's")
    return bare("contact", f"{name}/{rest}")


def device_of_number(contact: str, number: str, allow: tuple[str, ...]) -> str:
    """What Asterisk dials for a number outside.

    Args:
        contact: of the way out, with ``{number}``.
        number: digits.
        allow: beginnings of which the number must have one.

    Raises:
        Unrepresentable: it may not be dialled, or Asterisk cannot.
    """
    if not _NUMBER.fullmatch(number) or not number.startswith(allow):
        raise Unrepresentable("the number may not be dialled")
    return device_of(contact.replace("{number}", number), "")


def dial_argument(device: str, timeout_us: int, context: str, leg_id: str, music: str) -> str:
    """The argument of ``Dial``.

    Args:
        device: what is dialled.
        timeout_us: how long it rings.
        context: of the sub-routines.
        leg_id: what the sub-routines are told.
        music: class of music for the caller meanwhile; empty: a ringing tone.

    Raises:
        Unrepresentable: a part of it is no bare word.
    """
    context, leg_id = bare("context", context), bare("leg", leg_id)
    heard = f"m({bare('music', music)})" if music else "r"
    options = f"g{heard}b({context}^ringing^1({leg_id}))U({context}^{leg_id})"
    return f"{bare('contact', device)},{max(timeout_us, _US) / _US:.3f},{options}"
