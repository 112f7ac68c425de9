"""`dialplan/`: which calls are parked for the engine, what happens when it does not take them, and
what telephones may dial.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

from adapters.freeswitch.protocol.channel_fields import (
    END_KEYS_VARIABLE,
    FALLBACK_VARIABLE,
    FROM_AGENT_VARIABLE,
    INTERNAL_VARIABLE,
    NO_KEYS,
    STAYS,
    TRANSFERS_VARIABLE,
)
from adapters.freeswitch.protocol.quoting import bare_word, dial_number, file_path
from adapters.freeswitch.setup.switch_spec import InternalNumbers, NumberSet, Outbound, SwitchSpec
from adapters.freeswitch.setup.xml_text import Expression, element, remark, tag

PUBLIC_CONTEXT: Final = "acd_public"
OVERFLOW_CONTEXT: Final = "acd_overflow"
AGENTS_CONTEXT: Final = "acd_agents"

#: What a number may go on with, where a pattern ends in `*`: no foreign text gets further.
_REST: Final = "[0-9A-Za-z+*#._-]{0,32}"
#: Conditions that a dialplan tries one after the other; very long ones are cut apart.
_PATTERNS_A_LINE: Final = 50
_MESSAGE: Final = "overflow-${strftime(%Y-%m-%d-%H-%M-%S)}-${uuid}.wav"
_OWN_FOLDER: Final = "$${recordings_dir}"

#: Variables of a telephone's leg that say whose it is, and what becomes of it: no caller's.
OF_THE_TELEPHONE: Final = (
    "user_name,domain_name,sip_authorized,sip_auth_username,sip_auth_realm,hangup_after_bridge"
)


def public(spec: SwitchSpec) -> Iterator[str]:
    """Calls from the telephone network."""
    yield from remark(
        """A number that no tenant has ends as UNALLOCATED_NUMBER and never reaches the engine.
        The others are parked, unanswered: they ring, and cost nothing, until the engine takes them
        and answers. Which trunk group a call belongs to, acdengine tells by its gateway, address
        or profile (the setting trunks of the switch); set acd_trunk here to say otherwise.
        The engine takes a call within milliseconds, and then cancels the transfer that is planned
        here. When it is not there, the call goes to the context acd_overflow: nobody is lost.
        Calls that the engine had taken stay where they are, with their music, until it is back."""
    )

    def extensions() -> Iterator[str]:
        if spec.peers:
            yield from _from_peers(spec.peers)
        for numbers in spec.numbers:
            yield from _parked(spec, numbers)
        action = tag("action", application="hangup", data="UNALLOCATED_NUMBER")
        yield from _extension("acd_unknown", {}, [action])

    yield from element("context", extensions(), name=PUBLIC_CONTEXT)


def _from_peers(peers: tuple[str, ...]) -> Iterator[str]:
    """Agents' legs that another switch sends to a telephone here: docs/many-nodes.md."""
    yield from remark(
        """What another switch sends goes to the telephone that it names. Their addresses are the
        trust: whoever may send from there may ring every telephone."""
    )
    header = "${sip_h_X-ACD-%s}"
    domain = Expression(header % "Domain")
    conditions: list[dict[str, str]] = [
        {"field": "network_addr", "expression": _exactly(peers)},
        {"field": Expression(header % "Node"), "expression": _whole("[A-Za-z0-9_.-]{1,64}")},
        {"field": domain, "expression": _whole("[A-Za-z0-9.-]{1,253}")},
        {"field": "destination_number", "expression": _whole("[A-Za-z0-9_.+-]{1,64}")},
    ]
    dialled = "user/${destination_number}@" + domain
    for name, answers in (("acd_from_peer_auto", True), ("acd_from_peer", False)):
        first = [{"field": Expression(header % "Auto-Answer"), "expression": _whole("true")}]
        said = "{sip_auto_answer=true}" if answers else ""
        actions = [
            tag("action", application="set", data="hangup_after_bridge=true"),
            tag("action", application="bridge", data=Expression(said + dialled)),
        ]
        yield from _extension(name, [*(first if answers else []), *conditions], actions)


def _parked(spec: SwitchSpec, numbers: NumberSet) -> Iterator[str]:
    actions = _parking(spec, {})
    for first in range(0, len(numbers.patterns), _PATTERNS_A_LINE):
        part = numbers.patterns[first : first + _PATTERNS_A_LINE]
        dialled = {"field": "destination_number", "expression": _exactly(part)}
        yield from _extension(f"acd_{numbers.tenant_id}", dialled, actions)


def _parking(spec: SwitchSpec, own: Mapping[str, str]) -> list[str]:
    """Park a caller for the engine, and have the overflow wait."""
    values = {
        **own,
        # No sound from the caller for five minutes: the far end has gone without a word.
        "media_timeout": "300000",
        FALLBACK_VARIABLE: str(spec.fallback_s),
        **STAYS,
        END_KEYS_VARIABLE: NO_KEYS,
        # The transfer loses the number that was dialled; it has matched, so it is plain. It is
        # last: where a number of the settings is odd, nothing else is.
        "acd_dialled": "${destination_number}",
    }
    return [
        _set(values),
        tag(
            "action",
            application="sched_transfer",
            data=f"+{spec.fallback_s} overflow XML {OVERFLOW_CONTEXT}",
        ),
        tag("action", application="park"),
    ]


def _set(values: Mapping[str, str]) -> str:
    """Set variables to words without blanks, all by one application: each costs FreeSWITCH two
    events with all that is known of the leg.

    Source: `multiset_function` of mod_dptools.
    """
    return tag(
        "action",
        application="multiset",
        data=Expression(" ".join(f"{name}={value}" for name, value in values.items())),
    )


def overflow(spec: SwitchSpec) -> Iterator[str]:
    """Calls that the engine has not taken in time."""
    yield from remark(
        """Change this to what suits you: it is what callers meet when acdengine is not there.
        First of all the caller is no longer to be parked at the end of a conversation: keep that.
        A message lies in the recordings folder, as overflow-DATE; the log tells whose it is."""
    )
    logged = Expression(
        "WARNING acd overflow: ${caller_id_number} for ${acd_dialled} was not taken by acdengine"
    )
    actions = [
        tag("action", application="set", data="park_after_bridge=false"),
        tag("action", application="unset", data=TRANSFERS_VARIABLE),
        tag("action", application="log", data=logged),
        *_overflow_actions(spec),
    ]
    content = _extension(
        "overflow", {"field": "destination_number", "expression": _whole("overflow")}, actions
    )
    yield from element("context", content, name=OVERFLOW_CONTEXT)


def _overflow_actions(spec: SwitchSpec) -> Iterator[str]:
    if spec.overflow == "busy":
        yield tag("action", application="hangup", data="USER_BUSY")
        return
    dialled = ""
    if spec.overflow == "number":
        dialled = _through([gateway.name for gateway in spec.gateways], spec.overflow_target)
    elif spec.overflow == "ring":
        domains = dict.fromkeys(phone.domain for phone in spec.phones)
        dialled = ",".join(f"group/agents@{bare_word('domain', domain)}" for domain in domains)
    if dialled:
        yield _set(
            {"call_timeout": "30", "hangup_after_bridge": "true", "continue_on_fail": "true"}
        )
        yield tag("action", application="bridge", data=Expression(dialled))
    yield tag("action", application="answer")
    yield tag("action", application="sleep", data="500")
    yield tag("action", application="playback", data="tone_stream://%(400,0,640)")
    yield tag("action", application="set", data="playback_terminators=#")
    folder = spec.recordings
    path = f"{folder if folder == _OWN_FOLDER else file_path('recordings', folder)}/{_MESSAGE}"
    yield tag("action", application="record", data=Expression(f"{path} 180 200 5"))
    heard = f"WARNING acd overflow: message of ${{caller_id_number}} in {path}"
    yield tag("action", application="log", data=Expression(heard))
    yield tag("action", application="hangup", data="NORMAL_CLEARING")


def agents(spec: SwitchSpec) -> Iterator[str]:
    """Calls from telephones."""
    yield from remark(
        """A telephone may call another of its domain, and the numbers outside that its tenant's
        dial_allow names, and its tenant's own numbers; nothing else. acd_from_agent tells acdengine
        that this is no caller, acd_internal that it is one all the same, known by the user whose
        password it has given: what it says of itself is not asked."""
    )

    def extensions() -> Iterator[str]:
        mark = tag(
            "action", application="set", data=f"{FROM_AGENT_VARIABLE}=true", inline="true"
        )  # fmt: skip
        yield from _extension("acd_from_agent", {}, [mark], goes_on=True)
        test = [tag("action", application="answer"), tag("action", application="echo")]
        heard = {"field": "destination_number", "expression": _whole("9196")}
        yield from _extension("acd_echo_test", heard, test)
        yield from _to_phone()
        for numbers in spec.internal:
            yield from _to_queue(spec, numbers, [one for one in numbers.patterns if one != "*"])
        for outbound in spec.outbound:
            yield from _outside(outbound)
        for numbers in spec.internal:
            yield from _to_queue(spec, numbers, [one for one in numbers.patterns if one == "*"])
        action = tag("action", application="hangup", data="CALL_REJECTED")
        yield from _extension("acd_not_allowed", {}, [action])

    yield from element("context", extensions(), name=AGENTS_CONTEXT)


def _to_phone() -> Iterator[str]:
    conditions = [
        {"field": "destination_number", "expression": _whole("[A-Za-z0-9_.-]{1,64}")},
        {
            "field": Expression("${user_exists(id ${destination_number} ${domain_name})}"),
            "expression": _whole("true"),
        },
    ]
    dialled = Expression("user/${destination_number}@${domain_name}")
    actions = [
        tag("action", application="set", data="call_timeout=30"),
        *_called_by_telephone(dialled),
    ]
    return _extension("acd_to_phone", conditions, actions)


def _called_by_telephone(dialled: Expression) -> list[str]:
    """Dials for a telephone. Where that has left a caller to what rings (attended transfer), and it
    is not answered, FreeSWITCH has the caller go on behind `bridge`, with the telephone's
    variables; the engine takes a caller who is parked there. The telephone's own leg never comes
    to that.

    Source: `switch_channel_caller_extension_masquerade` of switch_channel.c.
    """
    return [
        tag("action", application="set", data="hangup_after_bridge=true"),
        tag("action", application="set", data=f"attended_transfer_no_copy={OF_THE_TELEPHONE}"),
        tag("action", application="bridge", data=dialled),
        tag("action", application="park"),
    ]


def _to_queue(spec: SwitchSpec, numbers: InternalNumbers, patterns: list[str]) -> Iterator[str]:
    """Numbers of a tenant, for the telephones of its domains."""
    known = [
        {"field": Expression("${sip_authorized}"), "expression": _whole("true")},
        {"field": Expression("${domain_name}"), "expression": _exactly(numbers.domains)},
    ]
    actions = _parking(spec, {INTERNAL_VARIABLE: "true"})
    for first in range(0, len(patterns), _PATTERNS_A_LINE):
        part = patterns[first : first + _PATTERNS_A_LINE]
        dialled = {"field": "destination_number", "expression": _exactly(part)}
        yield from _extension(f"acd_internal_{numbers.tenant_id}", [*known, dialled], actions)


def _outside(outbound: Outbound) -> Iterator[str]:
    if not outbound.prefixes or not outbound.gateways:
        return
    begins = "|".join(map(re.escape, outbound.prefixes))
    conditions = [
        {"field": Expression("${domain_name}"), "expression": _exactly([outbound.domain])},
        {"field": "destination_number", "expression": _whole(f"(?:{begins})[0-9]{{1,30}}")},
    ]
    dialled = Expression(_through(list(outbound.gateways), "${destination_number}"))
    yield from _extension("acd_outside", conditions, _called_by_telephone(dialled))


def _through(gateways: list[str], number: str) -> str:
    """Dial a number through the first gateway that takes it."""
    if not number.startswith("${"):
        dial_number("overflow number", number)
    return "|".join(f"sofia/gateway/{bare_word('gateway', name)}/{number}" for name in gateways)


def _exactly(patterns: list[str] | tuple[str, ...]) -> str:
    """An expression that these values match as a whole; a final `*` stands for anything plain."""
    parts = [
        re.escape(pattern[:-1]) + _REST if pattern.endswith("*") else re.escape(pattern)
        for pattern in patterns
    ]
    return _whole(f"(?:{'|'.join(parts)})")


def _whole(expression: str) -> str:
    r"""An expression that a value matches from end to end: ``$`` would let a newline follow."""
    return rf"^{expression}\z"


def _extension(
    name: str,
    conditions: dict[str, str] | list[dict[str, str]],
    actions: Iterator[str] | list[str],
    *,
    goes_on: bool = False,
) -> Iterator[str]:
    """One extension; the actions hang on its last condition."""
    listed = [conditions] if isinstance(conditions, dict) else conditions

    def content() -> Iterator[str]:
        for condition in listed[:-1]:
            yield tag("condition", **condition)
        yield from element("condition", actions, **listed[-1])

    more = {"continue": "true"} if goes_on else {}
    return element("extension", content(), name=name, **more)
