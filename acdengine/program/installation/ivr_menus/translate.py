"""Menus of `ivr.conf.xml` as flows: a flow for each menu that no other leads to, with the menus
below it as its steps.

What has no counterpart becomes a remark, at the head of the flow. Source of names, defaults and
order: `switch_ivr_menu_init` and `switch_ivr_menu_execute` of switch_ivr_menu.c, mod_dptools.c of
FreeSWITCH 1.11.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from xml.etree import ElementTree

import yaml

from acdengine.ivr.key_patterns import OPTIONS_LIMIT, options_of, overlap, places_of
from acdengine.program.installation.callcenter.source import LARGEST
from acdengine.program.installation.ivr_menus.applications import Applications
from acdengine.program.installation.ivr_menus.menu_keys import Keys, NoPattern, keys_of
from acdengine.program.installation.ivr_menus.sounds import Item, Sounds

_END: Final = "end"
_TYPED: Final = "typed"
_TIMEOUT_MS: Final = 10_000
_TRIES: Final = 3
_LEAST_S: Final = 0.2
_LONGEST_S: Final = 120.0
_MOST_TRIES: Final = 20
#: Attributes that are carried over; those that say nothing where they are empty are not told.
_CARRIED: Final = (
    "name", "greet-long", "greet-short", "invalid-sound", "exit-sound", "timeout",
    "inter-digit-timeout", "max-failures", "max-timeouts", "digit-len", "exec-on-max-failures",
    "exec-on-max-timeouts", "tts-engine", "tts-voice", "confirm-attempts",
)  # fmt: skip
_CONFIRMED: Final = ("confirm-macro", "confirm-key")


class NoMenus(ValueError):
    """The text has no menus; says why."""


@dataclass(slots=True)
class Flow:
    """One flow, and what could not be carried over."""

    name: str
    settings: dict[str, Any]
    remarks: list[str] = field(default_factory=list)
    #: Prompt to what FreeSWITCH calls it.
    sounds: Mapping[str, str] = field(default_factory=dict)

    def text(self) -> str:
        """The flow as YAML, with remarks and the files of its prompts as comments at the head."""
        head = ["# From ivr.conf.xml."]
        head += [f"# - {' '.join(remark.split())}" for remark in self.remarks]
        if self.sounds:
            head.append("# Prompts, and what they were:")
            head += [f"# - {name}: {' '.join(was.split())}" for name, was in self.sounds.items()]
        body = yaml.safe_dump(
            self.settings, sort_keys=False, allow_unicode=True, default_flow_style=False
        )
        return "\n".join(head) + "\n" + body


def imported(xml: str, language: str = "en") -> list[Flow]:
    """The flows of all menus.

    Args:
        xml: the configuration after preprocessing; macros of phrases may be in it.
        language: of the prompts.

    Raises:
        NoMenus: it cannot be read, is something else, or has no menu with a name.
    """
    root = _parsed(xml)
    menus = {menu.get("name", ""): menu for menu in root.iter("menu") if menu.get("name")}
    if not menus:
        raise NoMenus("it has no <menu> with a name")
    below = {name: [sub for sub in _subs(menu) if sub in menus] for name, menu in menus.items()}
    led_to = {sub for name, subs in below.items() for sub in subs if sub != name}
    tops = [name for name in menus if name not in led_to]
    reached = {name for top in tops for name in _below(top, below)}
    # Of menus that lead to each other in a circle, the first.
    for name in menus:
        if name not in reached:
            tops.append(name)
            reached |= set(_below(name, below))
    return [_Translation(root, menus, below, top, language).flow() for top in tops]


def _parsed(xml: str) -> ElementTree.Element:
    if len(xml) > LARGEST:
        raise NoMenus("it is larger than a configuration can be")
    if "<!DOCTYPE" in xml or "<!ENTITY" in xml:
        raise NoMenus("it declares entities, which a configuration has no use for")
    try:
        return ElementTree.fromstring(xml)
    except ElementTree.ParseError as error:
        raise NoMenus(f"it is no XML: {error}") from None


def _subs(menu: ElementTree.Element) -> Iterator[str]:
    for choice in menu.iter("entry"):
        name = choice.get("param", "")
        if choice.get("action") == "menu-sub":
            yield name
        elif choice.get("action") == "menu-exec-app" and name.startswith("ivr "):
            yield name.removeprefix("ivr ").strip()


def _below(top: str, below: Mapping[str, list[str]]) -> list[str]:
    """A menu and all that it leads to."""
    found = [top]
    for name in found:
        found += [sub for sub in dict.fromkeys(below[name]) if sub not in found]
    return found


class _Translation:
    def __init__(
        self,
        root: ElementTree.Element,
        menus: Mapping[str, ElementTree.Element],
        below: Mapping[str, list[str]],
        top: str,
        language: str,
    ) -> None:
        self._menus = menus
        self._names = _below(top, below)
        self._top = top
        self._language = language
        self._remarks: list[str] = []
        self._sounds = Sounds(root, self._remarks.append)
        self._applications = Applications(self._sounds, self._remarks.append)
        self._taken: dict[str, None] = {_END: None}
        self._step_of = {name: self._free(name) for name in self._names}
        self._above: dict[str, str] = {}
        for name in self._names:
            for sub in dict.fromkeys(below[name]):
                if sub in (top, name):
                    continue
                if self._above.setdefault(sub, name) != name:
                    self._remarks.append(
                        f"menu {sub}: it is entered from several menus; back leads to"
                        f" {self._above[sub]}"
                    )
        self._steps: dict[str, dict[str, Any]] = {}
        self._needs_typed = False

    def flow(self) -> Flow:
        """The flow."""
        for name in self._names:
            self._menu(name, self._menus[name])
        last: dict[str, Any] = {"hangup": "normal"}
        exit_sound = self._sounds.items(self._menus[self._top].get("exit-sound", ""), "exit-sound")
        if exit_sound:
            last["prompt"] = _shown(exit_sound)
        self._steps[_END] = last
        self._remarks.append(
            "where the menu ends FreeSWITCH goes on behind it in the dialplan; here the call ends"
        )
        settings: dict[str, Any] = {"flow": 1, "description": f"Menu {self._top}"}
        settings["languages"] = [self._language]
        if self._needs_typed:
            settings["variables"] = {_TYPED: "text"}
        settings["otherwise"] = _END
        settings["steps"] = self._steps
        name = re.sub(r"[^A-Za-z0-9_.@-]+", "-", self._top).strip("-.@")[:64] or "menu"
        return Flow(name, settings, list(dict.fromkeys(self._remarks)), dict(self._sounds.named))

    # -- one menu ------------------------------------------------------------------------------

    def _menu(self, name: str, menu: ElementTree.Element) -> None:
        where = f"menu {name}"
        own = self._step_of[name]
        self._uncarried(menu, where)
        greeting = self._sounds.items(menu.get("greet-long", ""), where)
        short = self._sounds.items(menu.get("greet-short", ""), where) or greeting
        invalid = self._sounds.items(menu.get("invalid-sound", ""), where)
        step: dict[str, Any] = {"menu": _shown(greeting), "keys": {}}
        # Written where it belongs before the steps of its entries.
        self._steps[own] = step
        first_s = _seconds(menu.get("timeout"), _TIMEOUT_MS)
        inter_s = _seconds(menu.get("inter-digit-timeout"), round(first_s * 500))
        step |= {"first_digit_s": first_s, "inter_digit_s": inter_s, "ambiguity_s": inter_s}
        failures = _tries(menu.get("max-failures"), _TRIES)
        timeouts = _tries(menu.get("max-timeouts"), failures)
        on_timeout = self._exhausted(name, menu, "exec-on-max-timeouts")
        on_failure = self._exhausted(name, menu, "exec-on-max-failures")
        step["noinput"] = _retry(timeouts, short, on_timeout)
        step["nomatch"] = _retry(failures, [*invalid, *short], on_failure)
        for choice in menu.iter("entry"):
            self._choice(name, own, choice, step)
        if not step["keys"]:
            self._remarks.append(f"{where}: no key of it could be carried over")
            self._steps[own] = {"play": greeting or [{"text": "-"}], "next": self._back(name)}

    def _uncarried(self, menu: ElementTree.Element, where: str) -> None:
        for attribute, value in menu.attrib.items():
            if value and attribute not in _CARRIED and attribute not in _CONFIRMED:
                shown = "" if attribute == "pin" else f" {value}"
                self._remarks.append(f"{where}: {attribute}{shown} has no counterpart; left out")
        if menu.get("confirm-macro") and menu.get("confirm-key"):
            self._remarks.append(
                f"{where}: keys of a menu are not confirmed here (a `collect` step has `confirm`)"
            )
        if menu.get("digit-len", "1") not in ("", "1"):
            self._remarks.append(f"{where}: # ends the keys there, inter_digit_s does here")

    def _exhausted(self, name: str, menu: ElementTree.Element, attribute: str) -> str:
        """Where callers go whose tries are used up."""
        line = menu.get(attribute, "")
        back = self._back(name)
        if not line:
            return back
        run = self._applications.run(line, f"menu {name}, {attribute}")
        return self._add(f"{self._step_of[name]}-{attribute.rpartition('-')[2]}", run.step, back)

    def _back(self, name: str) -> str:
        above = self._above.get(name)
        return _END if above is None else self._step_of[above]

    # -- one choice ----------------------------------------------------------------------------

    def _choice(
        self, menu: str, own: str, choice: ElementTree.Element, step: dict[str, Any]
    ) -> None:
        digits, action = choice.get("digits", ""), choice.get("action", "")
        param = choice.get("param", "")
        where = f"menu {menu}, {digits}"
        try:
            keys = keys_of(digits)
        except NoPattern as error:
            self._remarks.append(f"menu {menu}: {error}; left out")
            return
        clash = next((there for there in step["keys"] if overlap(there, keys.pattern)), None)
        if clash is not None:
            self._remarks.append(f"{where}: {clash} above takes the same keys; left out")
            return
        used = sum(len(options_of(pattern)) for pattern in [*step["keys"], keys.pattern])
        if used > OPTIONS_LIMIT:
            self._remarks.append(f"{where}: a menu takes {OPTIONS_LIMIT} inputs at most; left out")
            return
        to = self._target(menu, own, action, self._filled(param, keys, step), keys.pattern)
        if to is None:
            self._remarks.append(f"{where}: {action} {param} has no counterpart; left out")
        else:
            step["keys"][keys.pattern] = to

    def _target(self, menu: str, own: str, action: str, param: str, pattern: str) -> str | None:
        where = f"menu {menu}, {pattern}"
        if action == "menu-sub" or (action == "menu-exec-app" and param.startswith("ivr ")):
            return self._step_of.get(param.removeprefix("ivr ").strip())
        simple = {
            "menu-back": self._back(menu), "menu-top": self._step_of[self._top], "menu-exit": _END,
        }  # fmt: skip
        if action in simple:
            return simple[action]
        name = f"{own}-{re.sub('[^0-9X]+', '', pattern) or 'key'}"
        if action == "menu-play-sound":
            items = self._sounds.items(param, where)
            return self._add(name, {"play": _shown(items)}, own) if items else None
        if action == "menu-exec-app":
            run = self._applications.run(param, where)
            return self._add(name, run.step, own if run.returns else _END)
        return None

    def _filled(self, param: str, keys: Keys, step: dict[str, Any]) -> str:
        """A parameter with `$1` and so on as expressions over the keys."""

        def group(found: re.Match[str]) -> str:
            number = int(found[1])
            if number > len(keys.groups):
                return ""
            step["save"], self._needs_typed = _TYPED, True
            whole = (1, len(places_of(keys.pattern)))
            first, count = keys.groups[number - 1] if number else whole
            if (first, count) == whole:
                return f"{{{_TYPED}}}"
            return f"{{part({_TYPED},{first},{count})}}"

        return re.sub(r"\$(\d)", group, param)

    # -- steps ---------------------------------------------------------------------------------

    def _add(self, name: str, step: dict[str, Any], following: str) -> str:
        free = self._free(name)
        self._steps[free] = dict(step)
        if "hangup" not in step:
            self._steps[free]["next"] = following
        return free

    def _free(self, name: str) -> str:
        base = re.sub(r"[^A-Za-z0-9_-]+", "-", name).strip("-")[:56] or "step"
        chosen, number = base, 2
        while chosen in self._taken:
            chosen, number = f"{base}-{number}", number + 1
        self._taken[chosen] = None
        return chosen


def _shown(items: list[Item]) -> Item | list[Item]:
    """One item stands by itself."""
    return items[0] if len(items) == 1 else items


def _retry(most: int, prompts: list[Item], then: str) -> dict[str, Any]:
    """FreeSWITCH counts all tries, a flow those after the first."""
    retry: dict[str, Any] = {"tries": min(max(most - 1, 0), _MOST_TRIES), "then": then}
    if prompts:
        retry |= {"prompts": [_shown(prompts)], "repeat": False}
    return retry


def _seconds(text: str | None, otherwise_ms: int) -> float:
    given = int(text) if text and re.fullmatch(r"[0-9]{1,7}", text) else 0
    return min(max((given or otherwise_ms) / 1000, _LEAST_S), _LONGEST_S)


def _tries(text: str | None, otherwise: int) -> int:
    given = int(text) if text and re.fullmatch(r"[0-9]{1,4}", text) else 0
    return given or otherwise
