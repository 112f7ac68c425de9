"""What several settings models hold: names, numbers, durations and shares, each with its limits."""

from __future__ import annotations

import re
from typing import Annotated, Final, Literal, TypeAlias

from pydantic import AfterValidator, Field, SecretStr

from acdengine.settings.model import Expected, refusal

Name = Annotated[
    str,
    Field(pattern=r"^[A-Za-z0-9_][A-Za-z0-9_.@-]*$", max_length=64),
    Expected("a name of letters, digits and _ . - @"),
]
SkillName = Annotated[
    str,
    Field(pattern=r"^[A-Za-z_][A-Za-z0-9_-]*$", max_length=64),
    Expected("a name of letters, digits, _ and -, a letter or _ first"),
]
Proficiency = Annotated[int, Field(ge=1, le=10)]

Seconds = Annotated[float, Field(ge=0, le=10_000_000)]
LongEnough = Annotated[float, Field(ge=1, le=10_000_000)]
"""Seconds of what is done again and again: a slip of the unit must not keep the engine busy."""
RingSeconds = Annotated[float, Field(ge=1, le=120)]
"""Seconds that a telephone rings; beyond two minutes networks give up by themselves."""

Count = Annotated[int, Field(ge=1)]
Share = Annotated[float, Field(gt=0, le=1), Expected("a share above 0 and at most 1, such as 0.8")]
Score = Annotated[int, Field(ge=1, le=1000)]
Port = Annotated[int, Field(ge=0, le=65535)]

HostName = Annotated[
    str,
    Field(pattern=r"^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$", max_length=253),
    Expected("a host's name such as acd.example, without a port"),
]

CallerNumber = Annotated[
    str,
    Field(pattern=r"^\+?[A-Za-z0-9._@-]+$"),
    Expected("a number as the trunk gives it, such as +49301234567"),
]
NumberPattern = Annotated[
    str,
    Field(pattern=r"^\+?[A-Za-z0-9._@#-]*\*?$"),
    Expected("a number, or its beginning and a *, such as +4930*"),
]
DialNumber = Annotated[
    str,
    Field(pattern=r"^(\+[0-9]{7,15}|[0-9]{1,32})$"),
    Expected("a number to dial, such as +49301234567"),
]
RegionPrefix = Annotated[
    str,
    Field(pattern=r"^\+?[0-9]{1,15}$"),
    Expected("the beginning of a number, such as +4930"),
]
DialPrefix = Annotated[
    str,
    Field(pattern=r"^\+?[0-9]+$|^\+$"),
    Expected("the beginning of a number, such as +49"),
]
FeatureCode = Annotated[
    str,
    Field(pattern=r"^[*#][0-9*#]{1,7}$"),
    Expected("a code that telephones dial, * or # and up to 7 more keys, such as *8"),
]
PhonePattern = Annotated[
    str,
    Field(pattern=r"^(user/[A-Za-z0-9_.+@*-]+|[a-z]+/[A-Za-z0-9_.+#@:/;=-]+)$", max_length=160),
    Expected("a contact such as user/7, or with a * for a user's name, user/*@acme.example"),
]
"""A telephone, or all users of a domain. No `*` elsewhere: it would allow every number."""
Contact = Annotated[
    str,
    Field(
        pattern=r"^([a-z][a-z0-9_.]*/([A-Za-z0-9_.+*#@:/;=?&~!%\[\]-]|\{agent\})+)?$",
        max_length=200,
    ),
    Expected("a contact such as user/7@acme.example or sofia/gateway/carrier/+49301234567"),
]
"""How a telephone is dialled; empty: not at all."""
GatewayContact = Annotated[
    str,
    Field(
        pattern=r"^[a-z]+/[A-Za-z0-9_.+*#@:/;=-]*\{number\}[A-Za-z0-9_.+*#@:/;=-]*$", max_length=200
    ),
    Expected("a contact with {number} in it, such as sofia/gateway/carrier/{number}"),
]
"""How a gateway is dialled through."""

ReferAddress = Annotated[
    str,
    Field(
        pattern=r"^sips?:[A-Za-z0-9_.+-]*\{number\}[A-Za-z0-9_.+-]*@[A-Za-z0-9.\[\]:-]+"
        r"(;[A-Za-z0-9=.-]+)*$",
        max_length=200,
    ),
    Expected("an address with {number} in it, such as sip:{number}@carrier.example"),
]

Cause: TypeAlias = Literal[
    "normal", "busy", "no_agent", "no_answer", "rejected", "congestion", "unallocated_number"
]
"""What the caller's network is told when a call is hung up or turned away."""

SECRET_SOURCE: Final = re.compile(r"\$\{(env|file):([^{}\s]+)\}")
SECRET_WORDS: Final = "${env:NAME} for an environment variable or ${file:PATH} for a file"


def _is_source(value: SecretStr) -> SecretStr:
    if not SECRET_SOURCE.fullmatch(value.get_secret_value()):
        raise refusal("a secret is not written in the settings", SECRET_WORDS)
    return value


SecretSource = Annotated[SecretStr, AfterValidator(_is_source), Expected(SECRET_WORDS)]
"""Where a secret is, never the secret itself."""
