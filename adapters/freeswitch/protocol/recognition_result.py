"""What a recogniser of the switch answers: NLSML or other XML, JSON, or the text alone.

Sources: NLSML, RFC 6787 section 6.3; `get_results` of mod_unimrcp.c and mod_pocketsphinx.c. A
confidence up to 1 is a share (RFC 6787), a greater one percent (MRCPv1, RFC 4463, and
mod_pocketsphinx).
"""

from __future__ import annotations

from typing import Any, Final
from xml.parsers import expat

import msgspec

from acdengine.speech_input import CERTAIN, Recognised

#: Characters of an answer that is looked at.
_MOST: Final = 65_536
_DEEPEST: Final = 50
#: What mod_unimrcp tells where there is no result, and the causes by which nothing was said.
_CAUSE: Final = "Completion-Cause:"
_NO_INPUT_CAUSES: Final = ("002", "2")


class NothingSaid(Exception):
    """The recogniser has heard no speech."""


def read_result(body: str) -> Recognised:
    """An answer; an empty text: it was no answer, or nothing was understood.

    Raises:
        NothingSaid: nothing was said.
    """
    text = body.strip()
    if len(text) > _MOST:
        return Recognised()
    if text.startswith(_CAUSE):
        if text.removeprefix(_CAUSE).split()[:1] in ([cause] for cause in _NO_INPUT_CAUSES):
            raise NothingSaid
        return Recognised()
    if text.startswith("<"):
        return _from_xml(text)
    if text.startswith("{"):
        return _from_json(text)
    return Recognised(text)


def _percent(text: str) -> int:
    try:
        value = float(text)
    except ValueError:
        return CERTAIN
    if not 0 <= value < 1e6:  # nor a NaN
        return 0
    return min(round(value * CERTAIN if value <= 1 else value), CERTAIN)


def _from_json(text: str) -> Recognised:
    try:
        answer = msgspec.json.decode(text, type=dict[str, Any])
    except (msgspec.DecodeError, RecursionError, UnicodeError):
        return Recognised()
    if answer.get("error") in ("no_input", "noinput"):
        raise NothingSaid
    said = answer.get("text", answer.get("transcript"))
    if not isinstance(said, str):
        return Recognised()
    return Recognised(said.strip(), _percent(str(answer.get("confidence", ""))))


class _Interpretation:
    """Reads the first interpretation of a document, which is the best one, without documents of
    types and entities: an answer that declares any is none."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self.confidence = ""
        self.is_silence = self.is_nonsense = False
        self._open: list[str] = []
        self._is_over = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        name = name.rpartition(":")[2].lower()
        self._open.append(name)
        if len(self._open) > _DEEPEST:
            raise ValueError("too deep")
        if self._is_over:
            return
        if name == "interpretation":
            self.confidence = attributes.get("confidence", self.confidence)
        elif name == "input" and "confidence" in attributes and not self.confidence:
            self.confidence = attributes["confidence"]
        elif name == "noinput":
            self.is_silence = True
        elif name == "nomatch":
            self.is_nonsense = True

    def data(self, text: str) -> None:
        if not self._is_over and "input" in self._open and "nomatch" not in self._open:
            self.said.append(text)

    def end(self, name: str) -> None:
        if self._open.pop() == "interpretation":
            self._is_over = True


def _refuse(*_: object) -> None:
    raise ValueError("declares a type")


def _from_xml(text: str) -> Recognised:
    found = _Interpretation()
    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = _refuse
    parser.StartElementHandler = found.start
    parser.CharacterDataHandler = found.data
    parser.EndElementHandler = found.end
    try:
        parser.Parse(text.encode("utf-8", "replace"), True)
    except (expat.ExpatError, ValueError):
        return Recognised()
    if found.is_silence:
        raise NothingSaid
    said = " ".join("".join(found.said).split())
    if found.is_nonsense or not said:
        return Recognised()
    return Recognised(said, _percent(found.confidence))
