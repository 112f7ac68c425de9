"""What menus play: files, phrases and texts, as items of a flow's prompts.

Source: `switch_ivr_play_file` and `switch_ivr_phrase_macro` of FreeSWITCH 1.11.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any, Final
from xml.etree import ElementTree

Item = str | dict[str, Any]

_NOT_NAME: Final = re.compile(r"[^A-Za-z0-9_+ /-]+")
#: Types of `say` to what a flow says a value as; by method where that makes a difference.
_SAY_AS: Final = {
    "number": "number", "items": "number", "persons": "number", "messages": "number",
    "currency": "money", "telephone_number": "telephone", "telephone_extension": "digits",
    "account_number": "digits", "name_spelled": "spelled", "name_phonetic": "spelled",
}  # fmt: skip
_DIGITS: Final = "iterated"


class Sounds:
    """Turns what a menu names into items.

    Args:
        root: the configuration, where macros of phrases may be.
        remark: told what has no counterpart.
    """

    def __init__(self, root: ElementTree.Element, remark: Callable[[str], None]) -> None:
        self._remark = remark
        self._macros = {
            macro.get("name", ""): macro for macro in root.iter("macro") if macro.get("name")
        }
        #: Prompt to what FreeSWITCH calls it.
        self.named: dict[str, str] = {}

    def items(self, sound: str, where: str) -> list[Item]:
        """The items of one sound; none for an empty one."""
        kind, colon, rest = sound.partition(":")
        if not sound:
            return []
        if colon and kind == "say":
            return [{"text": _without_marks(rest)}]
        if colon and kind == "phrase":
            name, _, data = rest.partition(":")
            return self._phrase(name, data, where)
        return self._file(sound, where)

    def _file(self, sound: str, where: str) -> list[Item]:
        if "://" in sound:
            self._remark(f"{where}: {sound} is no file; left out")
            return []
        path = PurePosixPath(sound)
        relative = path.name if path.is_absolute() or "$" in sound else sound
        name = _NOT_NAME.sub("-", str(PurePosixPath(relative).with_suffix(""))).strip("-/ ")
        if not name:
            self._remark(f"{where}: {sound} cannot be named; left out")
            return []
        return [self._known(name, sound)]

    def _known(self, name: str, sound: str) -> str:
        self.named.setdefault(name, sound)
        return name

    def _phrase(self, name: str, data: str, where: str) -> list[Item]:
        macro = self._macros.get(name)
        if macro is None:
            prompt = _NOT_NAME.sub("-", name)
            return [self._known(prompt, f"phrase {name}")]
        for case in macro.iter("input"):
            found = _matched(case.get("pattern", ".*"), data)
            if found is not None:
                branch = case.find("match")
                values = _groups(found)
                break
        else:
            self._remark(f"{where}: the phrase {name} says nothing for {data!r}")
            return []
        actions = list(branch.iter("action")) if branch is not None else []
        return [item for one in actions for item in self._action(one, values, f"phrase {name}")]

    def _action(
        self, action: ElementTree.Element, values: Mapping[str, str], where: str
    ) -> Iterator[Item]:
        function = action.get("function", "")
        data = re.sub(r"\$\d", lambda found: values.get(found[0], ""), action.get("data", ""))
        if function == "play-file":
            yield from self._file(data, where)
        elif function == "speak-text":
            yield {"text": _without_marks(data)}
        elif function == "say":
            said_as = _SAY_AS.get(action.get("type", ""))
            if action.get("method") == _DIGITS and said_as == "number":
                said_as = "digits"
            if said_as is None:
                self._remark(f"{where}: {data!r} cannot be said as {action.get('type')}; left out")
            else:
                yield {"say": _text(data), "as": said_as}
        else:
            self._remark(f"{where}: {function} {data} has no counterpart; left out")


def _without_marks(text: str) -> str:
    """A text that holds no expressions of ours; variables of the channel are left out."""
    return re.sub(r"\$\{[^}]*\}", "", text).replace("{", "(").replace("}", ")").strip() or "-"


def _text(value: str) -> str:
    return "'" + value.replace("'", "") + "'"


def _matched(pattern: str, data: str) -> re.Match[str] | None:
    try:
        return re.search(pattern, data)
    except re.error:
        return None


def _groups(found: re.Match[str]) -> dict[str, str]:
    return {f"${number}": text or "" for number, text in enumerate((found[0], *found.groups()))}
