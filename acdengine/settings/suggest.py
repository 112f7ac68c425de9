"""Did you mean ...? The known name that is nearest to one that is not known."""

from __future__ import annotations

from collections.abc import Iterable

# How many names a message lists before it says how many there are more.
_LISTED = 12
# So many letters tell what a longer name begins with.
_BEGINNING = 3
# So few more are listed as well.
_FEW = 2


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The name in `known` that `word` was most likely meant to be; None if none is near.

    Letter case, `-`, `_` and spaces count as equal. Otherwise one slip (a letter too many, missing,
    wrong, or two exchanged) is allowed for every three letters. The first of equals wins. Where
    none is so near, it is the only one that begins with the word.
    """
    known = list(known)
    wanted = _folded(word)
    best, least = None, len(wanted) // 3 + 1
    for name in known:
        slips = _slips(wanted, _folded(name), least)
        if slips < least:
            best, least = name, slips
    if best is None and len(wanted) >= _BEGINNING:
        longer = [name for name in known if _folded(name).startswith(wanted)]
        best = longer[0] if len(longer) == 1 else None
    return best


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """` (did you mean 'sales'?)`, or nothing when no name is near."""
    name = nearest(word, known)
    return f" (did you mean '{name}'?)" if name is not None else ""


def one_of(names: Iterable[str]) -> str:
    """`a, b or c` for messages; a long list is cut and says by how many."""
    listed = list(names)
    if len(listed) > _LISTED + _FEW:
        return ", ".join(listed[:_LISTED]) + f" or one of {len(listed) - _LISTED} more"
    if len(listed) < 2:
        return "".join(listed)
    return ", ".join(listed[:-1]) + " or " + listed[-1]


def _folded(name: str) -> str:
    return name.lower().translate({ord(mark): None for mark in "-_ "})


def _slips(left: str, right: str, limit: int) -> int:
    """Optimal string alignment distance; `limit` stands for it and anything above."""
    if abs(len(left) - len(right)) >= limit:
        return limit
    before: list[int] = []
    row = list(range(len(right) + 1))
    for i, letter in enumerate(left, 1):
        earlier, before, row = before, row, [i]
        for j, other in enumerate(right, 1):
            slips = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (letter != other))
            if i > 1 and j > 1 and letter == right[j - 2] and left[i - 2] == other:
                slips = min(slips, earlier[j - 2] + 1)
            row.append(slips)
        if min(row) >= limit:
            return limit
    return min(row[-1], limit)
