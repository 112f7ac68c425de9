"""Settings as plain values, under what has been found out about the fields they are for."""

from __future__ import annotations

from acdengine.settings.tree import Keys, Mapping, Node, Scalar, prefixes


class Reading:
    """The values of a tree under what is known so far about its fields.

    `texts` are the plain scalars that their fields want as written text; `left_out` are places
    that are wrong and must not hinder the rest from being checked.
    """

    def __init__(self, root: Mapping) -> None:
        self.root = root
        self.texts: set[Keys] = set()
        self.left_out: set[Keys] = set()
        self._kept: dict[Keys, list[int]] = {}

    def values(self) -> object:
        """Dicts, lists and scalars, ready to be validated."""
        self._kept.clear()
        return self._value(self.root, ())

    def _value(self, node: Node, keys: Keys) -> object:
        if isinstance(node, Scalar):
            return node.text if keys in self.texts else node.value
        if isinstance(node, Mapping):
            return {
                name: self._value(item.value, below)
                for name, item in node.items.items()
                if (below := (*keys, name)) not in self.left_out
            }
        kept = [number for number in range(len(node.items)) if (*keys, number) not in self.left_out]
        if len(kept) < len(node.items):
            self._kept[keys] = kept
        return [self._value(node.items[number], (*keys, number)) for number in kept]

    def written(self, keys: Keys) -> Keys:
        """The path in the files for a path in the values: lists count what was left out too."""
        path: Keys = ()
        for key in keys:
            kept = self._kept.get(path)
            if kept is not None and isinstance(key, int) and key < len(kept):
                key = kept[key]
            path = (*path, key)
        return path

    def hides(self, keys: Keys) -> bool:
        """Whether `keys` or something around it was left out."""
        return any(part in self.left_out for part in prefixes(keys))
