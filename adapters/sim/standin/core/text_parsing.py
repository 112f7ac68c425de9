"""How FreeSWITCH reads text: words, brackets, dial strings, and `${...}` in arguments.

Source: `switch_separate_string`, `cleanup_separated_string`, `switch_find_end_paren`
(switch_utils.c), `switch_event_create_brackets` (switch_event.c),
`switch_channel_expand_variables_check` (switch_channel.c), `switch_ivr_originate`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

Variables = dict[str, str]
_ESCAPES: Final = {"n": "\n", "r": "\r", "t": "\t", "s": " "}


def separated(text: str, delimiter: str, most: int = 1024) -> list[str]:
    """`switch_separate_string`: at most `most` pieces; the last one may be an uncut rest."""
    if text.startswith("^^") and len(text) > 3:
        delimiter, text = text[2], text[3:]
    pieces: list[str] = []
    at, blank = 0, delimiter == " "
    while at < len(text):
        if blank:
            while text[at : at + 1] == " ":
                at += 1
            if at == len(text):
                break
        if len(pieces) == most - 1:
            pieces.append(text[at:])
            break
        end = _end_of_piece(text, at, delimiter)
        pieces.append(text[at:end])
        at = end + 1
    return [cleaned(piece, "" if blank else delimiter) for piece in pieces]


def _end_of_piece(text: str, at: int, delimiter: str) -> int:
    quoted = False
    while at < len(text):
        character = text[at]
        if character == "\\":
            at += 1
        elif character == "'" and (quoted or "'" in text[at + 1 :]):
            quoted = not quoted
        elif character == delimiter and not quoted:
            break
        at += 1
    return min(at, len(text))


def cleaned(piece: str, delimiter: str = "") -> str:
    """`cleanup_separated_string`: outer spaces, quotes and escapes are taken away."""
    piece = piece.lstrip(" ")
    if "\\" not in piece and "'" not in piece:
        return piece.rstrip(" ")
    out: list[str] = []
    kept, at, quoted = 0, 0, False
    while at < len(piece):
        character, following = piece[at], piece[at + 1 : at + 2]
        if character == "\\" and following and _is_escape(following, delimiter):
            is_letter = following in _ESCAPES and following != delimiter
            out.append(_ESCAPES[following] if is_letter else following)
            kept = len(out)
            at += 2
            continue
        if character == "'" and (quoted or "'" in piece[at + 1 :]):
            quoted = not quoted
            if quoted:
                kept = len(out)
        else:
            out.append(character)
            if character != " " or quoted:
                kept = len(out)
        at += 1
    return "".join(out[:kept])


def _is_escape(character: str, delimiter: str) -> bool:
    return character in "'\"\\" or character == delimiter or character in _ESCAPES


def end_of_brackets(text: str, opening: str, closing: str) -> int:
    """The place of the closing bracket, or -1."""
    start = len(text) - len(text.lstrip(" "))
    if text[start : start + 1] != opening:
        return -1
    depth = 0
    for at in range(start, len(text)):
        depth += (text[at] == opening) - (text[at] == closing)
        if depth == 0:
            return at
    return -1


def is_reference(text: str) -> bool:
    """Whether it holds `${`, backslashes between them or not."""
    if "$" not in text:
        return False
    dollar = False
    for character in text:
        if character == "$":
            dollar = True
        elif dollar and character == "{":
            return True
        elif dollar and character != "\\":
            dollar = False
    return False


class BadDialString(Exception):
    """A dial string whose brackets do not close."""


def read_brackets(text: str, opening: str, closing: str, delimiter: str, into: Variables) -> str:
    """Variables into `into`; what is behind the brackets.

    Raises:
        BadDialString: they do not close.
    """
    end = end_of_brackets(text, opening, closing)
    if end < 0:
        raise BadDialString(text)
    inside, rest = text[text.index(opening) + 1 : end], text[end + 1 :]
    if inside.startswith("^^") and len(inside) > 3:
        delimiter, inside = inside[2], inside[3:]
    for piece in separated(inside, delimiter):
        pair = separated(piece, "=", 2)
        if len(pair) == 2 and pair[1] and not is_reference(pair[1]):
            into[pair[0]] = pair[1]
    return rest


@dataclass(slots=True)
class Leg:
    """One contact of a dial string, with the variables of this leg alone."""

    contact: str
    variables: Variables = field(default_factory=dict)


@dataclass(slots=True)
class Dialled:
    """A dial string: `groups` are tried one after the other, the legs of one all at once."""

    variables: Variables = field(default_factory=dict)
    groups: list[list[Leg]] = field(default_factory=list)


def dial_string(text: str) -> Dialled:
    """What `originate` and `bridge` dial.

    Raises:
        BadDialString: its brackets do not close.
    """
    dialled = Dialled()
    text = text.lstrip(" ")
    while text.startswith("{"):
        text = read_brackets(text, "{", "}", ",", dialled.variables).lstrip(" ")
    for alternative in separated(text, "|", 128):
        marked = commas_in_brackets(alternative)
        dialled.groups.append([_leg(leg) for leg in separated(marked, ",", 128)])
    return dialled


def commas_in_brackets(text: str) -> str:
    """Commas inside brackets are marked: 1 quoted, 2 not."""
    if "[" not in text:
        return text
    out = list(text)
    end, quoted, alternative = -1, False, False
    for at, character in enumerate(text):
        if end < 0 and character == "[":
            found = end_of_brackets(text[at:], "[", "]")
            end = at + found if found >= 0 else -1
            alternative = text[at + 1 : at + 3] == "^^"
            quoted = False
        if character == "'":
            quoted = not quoted
        if 0 <= at < end and character == "," and text[at - 1] != "\\":
            out[at] = "\1" if quoted or alternative else "\2"
        if at == end:
            end = -1
    return "".join(out)


def _leg(text: str) -> Leg:
    text = text.lstrip(" ")
    leg = Leg("")
    while text.startswith("["):
        end = end_of_brackets(text, "[", "]")
        if end < 0:
            raise BadDialString(text)
        text = text[:end].replace("\1", ",") + text[end:]
        text = read_brackets(text, "[", "]", "\2", leg.variables)
    leg.contact = text.strip(" ")
    return leg


def expanded(text: str, look_up: Callable[[str], str]) -> str:
    """An application's argument as the application sees it.

    Args:
        look_up: what stands for `${this}`, be it a variable or `function(argument)`.
    """
    if not is_reference(text) and not has_escaped_data(text):
        return text
    out: list[str] = []
    at = 0
    while at < len(text):
        character, following = text[at], text[at + 1 : at + 2]
        literal = False
        if character == "\\" and following == "$":
            literal = True
            at += 2 if text[at + 2 : at + 3] == "$" else 1
        elif character == "\\" and following == "'":
            at += 2
            continue
        elif character == "\\" and following == "\\":
            out.append("\\")
            at += 2
            continue
        if text[at] == "$" and not literal:
            at += text[at + 1 : at + 2] == "$"
            if text[at + 1 : at + 2] == "{":
                end = end_of_brackets(text[at + 1 :], "{", "}")
                if end > 0:
                    out.append(look_up(expanded(text[at + 2 : at + 1 + end], look_up)))
                    at += end + 2
                    continue
        out.append(text[at])
        at += 1
    return "".join(out)


def has_escaped_data(text: str) -> bool:
    """`switch_string_has_escaped_data`."""
    at = text.find("\\")
    while at >= 0:
        at += 1
        if text[at : at + 1] in ("\\", "n", "s", "t", "'"):
            return True
        at = text.find("\\", at)
    return False
