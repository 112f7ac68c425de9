"""From mod_callcenter's configuration to ours: `callcenter.conf.xml` as settings.

What has no counterpart is not dropped in silence: it becomes a remark, which stands as a comment at
the head of the settings. Source of the names and defaults: mod_callcenter.c of FreeSWITCH 1.11.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any, Final
from xml.etree import ElementTree

import yaml

from acdengine.program.installation.callcenter.contact import Contact, taken_apart
from acdengine.program.installation.callcenter.source import LARGEST

STRATEGIES: Final = {
    "longest-idle-agent": "longest_idle",
    "agent-with-least-talk-time": "least_talk_time",
    "agent-with-fewest-calls": "fewest_calls",
    "sequentially-by-agent-order": "sequential",
    "round-robin": "round_robin",
    "top-down": "top_down",
    "random": "random",
    "ring-all": "ring_all",
    "ring-progressively": "ring_progressively",
}
#: What a queue's parameters are to us; docs/from-mod-callcenter.md explains each.
QUEUE_PARAMETERS: Final = (
    "strategy", "moh-sound", "announce-sound", "announce-frequency", "record-template",
    "time-base-score", "ring-progressively-delay", "tier-rules-apply", "tier-rule-wait-second",
    "tier-rule-wait-multiply-level", "tier-rule-no-agent-no-wait", "discard-abandoned-after",
    "abandoned-resume-allowed", "max-wait-time", "max-wait-time-with-no-agent",
    "max-wait-time-with-no-agent-time-reached", "agent-no-answer-status",
    "skip-agents-with-external-calls",
)  # fmt: skip
AGENT_ATTRIBUTES: Final = (
    "name", "type", "contact", "status", "max-no-answer", "wrap-up-time", "reject-delay-time",
    "busy-delay-time", "no-answer-delay-time",
)  # fmt: skip

ASSIGNMENT_ATTRIBUTES: Final = ("agent", "queue", "level", "position", "state")
#: Parameters of queues, agents and tiers that are whole numbers.
NUMBERS: Final = (
    "announce-frequency", "ring-progressively-delay", "tier-rule-wait-second",
    "discard-abandoned-after", "max-wait-time", "max-wait-time-with-no-agent",
    "max-no-answer", "wrap-up-time", "reject-delay-time", "busy-delay-time",
    "no-answer-delay-time", "level", "position",
)  # fmt: skip
#: Variables of a dial string that say how long the telephone rings, the first of them first.
TIMEOUTS: Final = ("leg_timeout", "call_timeout", "originate_timeout")
#: What is so without being asked for.
NEEDLESS: Final = (
    "ignore_early_media", "fail_on_single_reject", "hangup_after_bridge", "domain_name",
    "domain_uuid", "continue_on_fail", "call_direction",
)  # fmt: skip
#: What has a telephone answer by itself.
_AUTO_ANSWER: Final = ("sip_auto_answer", "sip_h_Call-Info", "sip_h_Alert-Info")

_NUMBER: Final = re.compile(r"[0-9]{1,7}")
_NAME: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.@-]*")
#: Agents named in a remark.
_NAMED: Final = 5
_STREAM: Final = "local_stream://"
_HANG_UP: Final[list[dict[str, Any]]] = [{"hangup": {}}]
#: Of every agent whose phone is not registered, fixed in the module.
_UNREACHABLE_S: Final = 5


class NotCallcenter(ValueError):
    """The text is no configuration of mod_callcenter; says why."""


class _Plain(yaml.SafeDumper):
    """Writes what stands in two places twice, where YAML would refer from one to the other."""

    def ignore_aliases(self, data: object) -> bool:
        return True


@dataclass(slots=True)
class Imported:
    """Settings, and what could not be carried over."""

    settings: dict[str, Any]
    remarks: list[str] = field(default_factory=list)

    def text(self) -> str:
        """The settings as YAML, the remarks as comments at its head."""
        head = ["# From callcenter.conf.xml. Numbers are still to be given: see `numbers`."]
        head += [f"# - {_one_line(remark)}" for remark in self.remarks]
        body = yaml.dump(self.settings, Dumper=_Plain, sort_keys=False, allow_unicode=True)
        return "\n".join(head) + "\n\n" + body


def imported(xml: str, tenant: str, remarks: Iterable[str] = ()) -> Imported:
    """The settings of one tenant with all queues and agents of the configuration.

    Args:
        xml: the configuration after preprocessing (`source.read`).
        tenant: the key of the tenant.
        remarks: what was found when the configuration was read.

    Raises:
        NotCallcenter: it cannot be read, is something else, or has neither a queue nor an agent.
    """
    root = _parsed(xml)
    result = Imported({}, list(remarks))
    queues = _named(root, "queue", _parameters, result)
    keys = _short(list(queues))
    for name in [name for name, key in keys.items() if not _NAME.fullmatch(key)]:
        result.remarks.append(f"queue {name!r}: the name cannot be one here; left out")
        del queues[name], keys[name]
    agents = _named(root, "agent", lambda one: dict(one.attrib), result)
    if not queues and not agents:
        raise NotCallcenter(_nothing_in(root))
    _remark_rest(root, result)
    contacts = {name: taken_apart(about.get("contact", "")) for name, about in agents.items()}
    misses, wrap_ups = _Policies("misses"), _Policies("wrap_up")
    written: dict[str, Any] = {}
    for name, about in agents.items():
        if not _NAME.fullmatch(name):
            result.remarks.append(f"agent {name!r}: the name cannot be one here; left out")
            continue
        written[name] = _agent(name, about, contacts[name], misses, wrap_ups, result)
    _remark_variables(contacts, result)
    _assign(root, keys, written, queues, result)
    _order(written)
    result.settings["sounds"] = {"prompts": {}}
    ring_s = _ring_timeout_s(contacts, result)
    centre: dict[str, Any] = {
        "numbers": {},
        "wrap_up": wrap_ups.named(written),
        "misses": misses.named(written),
        "queues": {
            keys[name]: _queue(name, about, ring_s, result) for name, about in queues.items()
        },
        "agents": written,
    }
    if not result.settings["sounds"]["prompts"]:
        del result.settings["sounds"]
    result.settings["tenants"] = {tenant: {key: part for key, part in centre.items() if part}}
    return result


def _parsed(xml: str) -> ElementTree.Element:
    if len(xml) > LARGEST:
        raise NotCallcenter("it is larger than a configuration can be")
    if "<!DOCTYPE" in xml or "<!ENTITY" in xml:
        raise NotCallcenter("it declares entities, which a configuration has no use for")
    try:
        root = ElementTree.fromstring(xml)
    except ElementTree.ParseError as error:
        raise NotCallcenter(f"it is no XML: {error}") from None
    if root.find(".//queues") is None and root.tag != "queues":
        raise NotCallcenter("it has no <queues>")
    return root


def _named(
    root: ElementTree.Element,
    tag: str,
    about: Callable[[ElementTree.Element], dict[str, str]],
    result: Imported,
) -> dict[str, dict[str, str]]:
    """Queues or agents by name, in the order of the file."""
    found: dict[str, dict[str, str]] = {}
    for one in root.iter(tag):
        name = one.get("name", "")
        if name in found:
            result.remarks.append(f"{tag} {name!r} is there twice; the first is taken")
        found.setdefault(name, about(one))
    return found


def _nothing_in(root: ElementTree.Element) -> str:
    """Why there is nothing to import."""
    if any(one.get("name") in ("odbc-dsn", "dbname") for one in root.iter("param")):
        return (
            "it has no queue and no agent: they are in the database that <settings> names "
            "(callcenter_config queue list, agent list, tier list show them)"
        )
    return "it has no queue and no agent: name the file, or the included file, that has them"


def _remark_rest(root: ElementTree.Element, result: Imported) -> None:
    """Preprocessor commands that nothing carried out, and what the module's settings say."""
    for one in root.iter("X-PRE-PROCESS"):
        result.remarks.append(f"the command {one.get('cmd')!r} is left out: {one.get('data')!r}")
    for settings in root.iter("settings"):
        for name in _parameters(settings):
            result.remarks.append(f"settings: {name} is not carried over")


def _parameters(queue: ElementTree.Element) -> dict[str, str]:
    return {one.get("name", ""): one.get("value", "") for one in queue.iter("param")}


def _short(names: list[str]) -> dict[str, str]:
    """Names without their domain, where that makes no two equal."""
    counts = Counter(name.partition("@")[0] for name in names)
    return {name: short if counts[short := name.partition("@")[0]] == 1 else name for name in names}


# -- queues ------------------------------------------------------------------------------------


def _queue(name: str, about: Mapping[str, str], ring_s: int, result: Imported) -> dict[str, Any]:
    def say(text: str) -> None:
        result.remarks.append(f"queue {name}: {text}")

    told = about.get("strategy", "longest-idle-agent")
    strategy = STRATEGIES.get(told)
    if strategy is None:
        say(f"there is no strategy {told!r}; mod_callcenter took sequentially-by-agent-order")
    queue: dict[str, Any] = {"strategy": strategy or "sequential"}
    if strategy == "ring_progressively":
        queue["ring_more_s"] = max(1, _number(about, "ring-progressively-delay", 10))
    queue["ring_timeout_s"] = ring_s
    if _is_true(about, "tier-rules-apply", False):
        queue["levels"] = {
            "wait_s": _number(about, "tier-rule-wait-second", 0),
            "per_level": _is_true(about, "tier-rule-wait-multiply-level", False),
            "skip_unstaffed": _is_true(about, "tier-rule-no-agent-no-wait", True),
        }
    if longest := _number(about, "max-wait-time", 0):
        queue["max_wait_s"] = longest
        queue["when_waited"] = _HANG_UP
        say("after max-wait-time the dialplan went on; say where under when_waited")
    if unstaffed := _number(about, "max-wait-time-with-no-agent", 0):
        # Agents on a break counted as well.
        states = ["ready", "ringing", "talking", "wrap_up", "not_ready"]
        queue["leave_staff"] = {"states": states, "at_least": 1}
        queue["leave_grace_s"] = unstaffed
        queue["when_staff_left"] = _HANG_UP
        say("without agents the dialplan went on; say where under when_staff_left")
        if longer := _number(about, "max-wait-time-with-no-agent-time-reached", 0):
            say(
                f"max-wait-time-with-no-agent-time-reached: a caller who came without agents "
                f"stayed {longer} s longer; here join_staff and when_no_staff say what becomes of "
                f"such a caller"
            )
    if _is_true(about, "abandoned-resume-allowed", False):
        queue["resume_s"] = _number(about, "discard-abandoned-after", 60)
    announcements = _announcements(name, about, result)
    if announcements:
        queue["announcements"] = announcements
    if about.get("agent-no-answer-status") == "Logged Out":
        say("agents who missed too many calls were logged out; here they are not ready")
    if about.get("record-template"):
        queue["recording"] = {"mode": "always"}
        say("record-template: all are recorded, into files named by recording.pattern")
    if about.get("time-base-score", "queue") == "system":
        say("the wait was counted from the call's beginning; here it begins in the first queue")
    for unknown in [one for one in about if one not in QUEUE_PARAMETERS]:
        say(f"{unknown} is not known")
    _remark_numbers(f"queue {name}", about, result)
    return queue


def _announcements(name: str, about: Mapping[str, str], result: Imported) -> dict[str, Any]:
    found: dict[str, Any] = {}
    music = about.get("moh-sound", "")
    if music.startswith(_STREAM) and _NAME.fullmatch(music.removeprefix(_STREAM)):
        found["music"] = music.removeprefix(_STREAM)
    elif music:
        result.remarks.append(
            f"queue {name}: its music is {music!r}; name a stream of mod_local_stream"
        )
    sound, every_s = about.get("announce-sound", ""), _number(about, "announce-frequency", 0)
    if sound and every_s:
        prompt = PurePosixPath(sound).stem
        if sound.startswith("/") and _NAME.fullmatch(prompt) and "$" not in sound:
            result.settings["sounds"]["prompts"][prompt] = sound
            found |= {"comfort": [prompt], "first_after_s": every_s, "every_s": every_s}
        else:
            result.remarks.append(f"queue {name}: its announcement {sound!r} needs a new name")
    return found


# -- agents ------------------------------------------------------------------------------------


class _Policies:
    """Policies that agents share, named when all are known: what most have is the default."""

    def __init__(self, key: str) -> None:
        self._key = key
        self._known: list[dict[str, Any]] = []

    def index(self, policy: dict[str, Any]) -> int:
        """The number of a policy, known already or not."""
        if policy not in self._known:
            self._known.append(policy)
        return self._known.index(policy)

    def named(self, agents: dict[str, Any]) -> dict[str, Any]:
        """All policies by name; agents are given the names in place of the numbers."""
        counts = Counter(agent[self._key] for agent in agents.values())
        if not counts:
            return {}
        most = max(counts, key=lambda number: (counts[number], -number))
        for agent in agents.values():
            number = agent.pop(self._key)
            if number != most:
                agent[self._key] = f"p{number + 1}"
        return {
            "default" if number == most else f"p{number + 1}": policy
            for number, policy in enumerate(self._known)
        }


def _agent(
    name: str,
    about: Mapping[str, str],
    contact: Contact,
    misses: _Policies,
    wrap_ups: _Policies,
    result: Imported,
) -> dict[str, Any]:
    for problem in _contact_problems(contact):
        result.remarks.append(f"agent {name}: its contact {about['contact']!r}: {problem}")
    if about.get("type", "callback") != "callback":
        result.remarks.append(f"agent {name}: type {about['type']!r}, whose leg stays up: "
                              "give a contact that can be rung")  # fmt: skip
    wrap_up_s = _number(about, "wrap-up-time", 0)
    agent: dict[str, Any] = {
        "contact": contact.address,
        "wrap_up": wrap_ups.index(
            {"mode": "forced", "time_s": wrap_up_s} if wrap_up_s else {"mode": "none"}
        ),
        "misses": misses.index(
            {
                "no_answer": {"delay_s": _number(about, "no-answer-delay-time", 0)},
                "busy": {"delay_s": _number(about, "busy-delay-time", 0), "counts": False},
                "rejected": {"delay_s": _number(about, "reject-delay-time", 0), "counts": False},
                "unreachable": {"delay_s": _UNREACHABLE_S, "counts": False},
                "limit": _number(about, "max-no-answer", 0),
            }
        ),
        "queues": {},
    }
    if any(contact.variables.get(variable) for variable in _AUTO_ANSWER):
        agent["auto_answer"] = True
    for unknown in [one for one in about if one not in AGENT_ATTRIBUTES]:
        result.remarks.append(f"agent {name}: {unknown} is not known")
    _remark_numbers(f"agent {name}", about, result)
    return agent


def _contact_problems(contact: Contact) -> Iterator[str]:
    if contact.problem:
        yield f"{contact.problem}; give the agent a contact"
    if "$" in contact.address:
        yield "it has variables; give their values (--set NAME=VALUE for those in $${...})"
    if re.search(r"[,|]|:_:", contact.address):
        yield "it names several telephones; an agent has one contact"


def _remark_variables(contacts: Mapping[str, Contact], result: Imported) -> None:
    """Each variable of dial strings that is not carried over, with its value and its agents."""
    agents: dict[tuple[str, str], list[str]] = {}
    for agent, contact in contacts.items():
        for name, value in contact.variables.items():
            if name not in (*TIMEOUTS, *NEEDLESS, *_AUTO_ANSWER):
                agents.setdefault((name, value), []).append(agent)
    for (name, value), who in agents.items():
        told = ", ".join(who[:_NAMED]) + (f" and {len(who) - _NAMED} more" if who[_NAMED:] else "")
        result.remarks.append(
            f"the variable {name}={value!r} in the contact of {told} is not carried over"
        )


def _assign(
    root: ElementTree.Element,
    keys: Mapping[str, str],
    agents: dict[str, Any],
    queues: Mapping[str, Mapping[str, str]],
    result: Imported,
) -> None:
    """Who serves which queue, at which level and position."""
    places_in: dict[str, list[tuple[str, int, int]]] = {}
    for one in root.iter("tier"):
        agent, queue = one.get("agent", ""), one.get("queue", "")
        for unknown in [name for name in one.attrib if name not in ASSIGNMENT_ATTRIBUTES]:
            result.remarks.append(f"tier of {agent!r} in {queue!r}: {unknown} is not known")
        _remark_numbers(f"tier of {agent!r} in {queue!r}", one.attrib, result)
        if agent not in agents or queue not in keys:
            result.remarks.append(f"{agent!r} serves {queue!r}: one of them is not there; left out")
            continue
        level, position = _number(one.attrib, "level", 1), _number(one.attrib, "position", 1)
        places_in.setdefault(queue, []).append((agent, level, position))
    for queue, places in places_in.items():
        shift = _level_shift(queue, queues[queue], [level for _, level, _ in places], result)
        for agent, level, position in places:
            agents[agent]["queues"][keys[queue]] = {"level": level + shift, "position": position}


def _level_shift(
    name: str, about: Mapping[str, str], levels: Sequence[int], result: Imported
) -> int:
    """What is added to the levels of a queue: here the first is 1, and only those after it wait.

    There a level of 1 waits as well, and level L with tier-rule-wait-multiply-level L times as
    long, but that the first level with an agent waits for nothing under
    tier-rule-no-agent-no-wait (`agents_callback` in mod_callcenter.c).
    """
    applies = _is_true(about, "tier-rules-apply", False)
    skips = _is_true(about, "tier-rule-no-agent-no-wait", True)
    if applies and not skips:
        return 1
    shift = 0 if min(levels) else 1
    multiplies = applies and _is_true(about, "tier-rule-wait-multiply-level", False)
    found = sorted({level + shift for level in levels})
    is_same = len(found) == 1 or (shift == 1 and found == list(range(1, len(found) + 1)))
    if multiplies and not is_same:
        result.remarks.append(
            f"queue {name}: a level waited for its number times tier-rule-wait-second; here each "
            "level with staff waits once more than the one before"
        )
    return shift


def _order(agents: dict[str, Any]) -> None:
    """Positions that several agents of a level share are renumbered in the order of the file."""
    levels: dict[tuple[str, int], list[dict[str, int]]] = {}
    for agent in agents.values():
        for queue, place in agent["queues"].items():
            levels.setdefault((queue, place["level"]), []).append(place)
    for places in levels.values():
        if len({place["position"] for place in places}) < len(places):
            for position, place in enumerate(sorted(places, key=lambda one: one["position"]), 1):
                place["position"] = position


def _ring_timeout_s(contacts: Mapping[str, Contact], result: Imported) -> int:
    """How long telephones rang: what most contacts said, or the 60 s of the module."""
    found = [_timeout_s(contact) for contact in contacts.values()]
    counts = Counter(timeout_s for timeout_s in found if timeout_s)
    if not counts:
        return 60
    most = counts.most_common(1)[0][0]
    if len(counts) > 1:
        told = ", ".join(
            f"{timeout_s} s ({n} agent{'s' if n > 1 else ''})"
            for timeout_s, n in counts.most_common()
        )
        result.remarks.append(f"telephones rang {told}; ring_timeout_s is {most} in every queue")
    return min(120, max(1, most))


def _timeout_s(contact: Contact) -> int:
    for name in TIMEOUTS:
        if timeout_s := _number(contact.variables, name, 0):
            return timeout_s
    return 0


# -- values ------------------------------------------------------------------------------------


def _number(about: Mapping[str, str], name: str, default: int) -> int:
    text = about.get(name, "").strip()
    return int(text) if _NUMBER.fullmatch(text) else default


def _remark_numbers(who: str, about: Mapping[str, str], result: Imported) -> None:
    """What should be a number and is none: its default is taken."""
    for name in NUMBERS:
        text = about.get(name, "").strip()
        if text and not _NUMBER.fullmatch(text):
            result.remarks.append(f"{who}: {name} is {text!r}, no number of 0 or more; left out")


def _is_true(about: Mapping[str, str], name: str, default: bool) -> bool:
    text = about.get(name, "").strip().lower()
    return text in ("true", "yes", "on", "1", "enabled", "active", "allow") if text else default


def _one_line(text: str) -> str:
    return " ".join(_visible(text))


def _visible(text: str) -> Iterator[str]:
    for word in text.split():
        yield "".join(char if char.isprintable() else "?" for char in word)
