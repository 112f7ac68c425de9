"""Facts as a facts file holds them, by the event that caused them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from glob import escape as glob_escape
from pathlib import Path
from typing import Any, Final, TypeAlias

import msgspec

from acdengine.errors import ACDError

#: The facts of one event, in order, each as JSON without its key.
Lines: TypeAlias = list[bytes]

_KEY: Final = re.compile(rb'\{"seq":([0-9]+),"index":[0-9]+,(?="type":)')
_DAY_AND_NUMBER: Final = re.compile(r"\.(\d{4}-\d{2}-\d{2})\.(\d+)$")
#: What `acdengine.runtime.masking.Masks` writes for a number: the last digits, perhaps a mark.
_MASKED: Final = re.compile(r"\*\*\*(\d*)(~[0-9a-f]+)?")


class FactsFileError(ACDError):
    """A line of a facts file is not a fact."""


def facts_files(path: Path) -> list[Path]:
    """A facts file and those that were renamed before it, oldest first."""
    renamed = path.parent.glob(f"{glob_escape(path.stem)}.*{glob_escape(path.suffix)}")
    dated = [(found, one) for one in renamed if (found := _DAY_AND_NUMBER.search(one.stem))]
    dated.sort(key=lambda pair: (pair[0][1], int(pair[0][2])))
    return [*(one for _, one in dated), *([path] if path.exists() else [])]


def recorded_facts(paths: Sequence[Path], after_seq: int = 0) -> Iterator[tuple[int, Lines]]:
    """The facts of each event, with its number, in order.

    Args:
        paths: of facts files, oldest first.
        after_seq: events up to this one are passed over.

    Raises:
        FactsFileError: a line is not a fact, or the events are not in order.
        OSError: a file cannot be read.
    """
    seq, lines = 0, Lines()
    for path in paths:
        with path.open("rb") as file:
            for number, line in enumerate(file, 1):
                if not line.endswith(b"\n"):
                    break  # is being written
                key = _KEY.match(line)
                if key is None:
                    raise FactsFileError(
                        f"{path}:{number}: no fact; expected an object with seq, index and type"
                    )
                own = int(key[1])
                if own <= after_seq:
                    continue
                if own < seq:
                    raise FactsFileError(
                        f"{path}:{number}: event {own} after event {seq}; expected rising numbers"
                    )
                if own != seq:
                    if lines:
                        yield seq, lines
                    seq, lines = own, []
                lines.append(b"{" + line[key.end() : -1])
    if lines:
        yield seq, lines


def fact_fields(line: bytes) -> dict[str, Any]:
    """The fields of a fact.

    Raises:
        FactsFileError: the line is not JSON.
    """
    try:
        return msgspec.json.decode(line, type=dict[str, Any])
    except msgspec.DecodeError as error:
        raise FactsFileError(f"no fact: {error}: {line[:80]!r}") from error


def same_fact(recorded: Mapping[str, Any], replayed: Mapping[str, Any]) -> bool:
    """Whether two facts are the same, numbers that are masked in the record seen as masked.

    Fields that the record's version did not have are passed over.
    """
    return all(
        name in replayed and _same(value, replayed[name]) for name, value in recorded.items()
    )


def _same(recorded: object, replayed: object) -> bool:
    if recorded == replayed:
        return True
    if isinstance(recorded, Mapping) and isinstance(replayed, Mapping):
        # The name of a caller whose number is masked is left out (`Masks.screen`).
        hidden = {"name"} if "***" in str(recorded.get("ani", "")) else set()
        return recorded.keys() == replayed.keys() and all(
            _same(value, replayed[name]) for name, value in recorded.items() if name not in hidden
        )
    if isinstance(recorded, list) and isinstance(replayed, list | tuple):
        # JSON has lists in place of tuples.
        return len(recorded) == len(replayed) and all(map(_same, recorded, replayed))
    if isinstance(recorded, str) and isinstance(replayed, str) and "***" in recorded:
        return _mask_pattern(recorded).fullmatch(replayed) is not None
    return False


def _mask_pattern(text: str) -> re.Pattern[str]:
    """What a masked text may have been: any digits in place of those that are hidden."""
    parts: list[str] = []
    place = 0
    for found in _MASKED.finditer(text):
        parts += [re.escape(text[place : found.start()]), r".*", found[1]]
        place = found.end()
    return re.compile("".join([*parts, re.escape(text[place:])]), re.DOTALL)
