"""YAML files as trees that know where everything was written.

Works on PyYAML's events (libyaml, where it is built in) and keeps clear of its 1.1 resolver: see
`scalars.py` for what plain scalars mean. Stricter than YAML asks, because a setting that is
silently lost or multiplied costs calls:

- duplicate keys are refused, within a file and across files;
- merge keys (`<<`) are refused: they are not part of YAML 1.2, and they hide what overrides what;
- one document a file, text keys only, and no tag but `!!str`, `!!map` and `!!seq`;
- depth, size and what aliases multiply are limited.
"""

from __future__ import annotations

import typing
from collections.abc import Iterator
from dataclasses import dataclass

import yaml

from acdengine.settings.errors import Problem
from acdengine.settings.tree import Item, Keys, Mapping, Node, Position, Scalar, Sequence

DEPTH_LIMIT = 64
"""Mappings and sequences within each other; deeper is refused."""

ALIAS_LIMIT = 100_000
"""Values that aliases may add to one file, each use counted in full; more is refused."""

Loader: type[yaml.CSafeLoader] | type[yaml.SafeLoader] = getattr(
    yaml, "CSafeLoader", yaml.SafeLoader
)

_STR_TAGS = ("!", "tag:yaml.org,2002:str")
_COLLECTION_TAGS = (None, "!", "tag:yaml.org,2002:map", "tag:yaml.org,2002:seq")

# libyaml's words for the slips that people make, and what to say in their place.
_SYNTAX = {
    "mapping values are not allowed in this context": (
        "a ': ' in a place where no key can be",
        "quotes around a text that holds ': ', or a key further left",
    ),
    "mapping values are not allowed here": (
        "a ': ' in a place where no key can be",
        "quotes around a text that holds ': ', or a key further left",
    ),
    "found character that cannot start any token": (
        "a tab, or a text that begins with @, ` or %",
        "spaces to the left, and quotes around such a text",
    ),
    "could not find expected ':'": ("a key without ':'", "KEY: VALUE"),
    "did not find expected key": (
        "this line does not fit those above it",
        "a key in the same column as the others, or a quote or bracket closed before",
    ),
    "did not find expected '-' indicator": (
        "this line does not fit the list above it",
        "'- ' in the same column as the others",
    ),
    "found unexpected end of stream": ("the file ends within a quoted text", "a closing quote"),
}

# What both libraries say of brackets begins or ends with one of these.
_UNCLOSED = {"',' or '}'": "{ }", "',' or ']'": "[ ]"}

# Ours, and libyaml's where its own limit comes first: it reads on within brackets before it tells.
_TOO_DEEP = ("nested too deeply", f"{DEPTH_LIMIT} levels at the most")
_LIBRARY_TOO_DEEP = ("nesting depth", "nesting level", "max depth")


@dataclass(frozen=True, slots=True)
class Document:
    """One file as it was read; `broken` when its problems leave nothing that could be checked."""

    file: str
    root: Mapping
    problems: tuple[Problem, ...] = ()
    broken: bool = False


def empty(file: str) -> Mapping:
    """What a file holds in which nothing is written."""
    return Mapping(Position(file, 1, 1))


def position_after(text: str, file: str) -> Position:
    """The place just behind `text`, which is how the file begins."""
    return Position(file, text.count("\n") + 1, len(text) - (text.rfind("\n") + 1) + 1)


def parse(text: str, file: str) -> Document:
    """Parse the text of one settings file; `file` is the name that positions carry."""
    builder = _Builder(text, file)
    try:
        root = builder.document()
    except _BrokenError as broken:
        return Document(file, empty(file), (*builder.problems, broken.problem), broken=True)
    return Document(file, root, tuple(builder.problems))


class _BrokenError(Exception):
    """The rest of the file cannot be read."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        super().__init__(str(problem))


class _Builder:
    """Builds the tree of one file from its events; what leaves the rest readable is collected."""

    def __init__(self, text: str, file: str) -> None:
        self.file = file
        self.start = Position(file, 1, 1)
        self.problems: list[Problem] = []
        self._events = self._all_events(text)
        self._anchors: dict[str, Node] = {}
        self._sizes: dict[str, int] = {}
        self._values = 0
        self._by_alias = 0

    def _all_events(self, text: str) -> Iterator[yaml.Event]:
        try:
            yield from yaml.parse(text, Loader=Loader)
        except yaml.MarkedYAMLError as error:
            raise _BrokenError(self._syntax_problem(error)) from None
        except yaml.reader.ReaderError as error:
            found = text.find(chr(error.character)) if isinstance(error.character, int) else -1
            position = position_after(text[: max(found, 0)], self.file)
            message = f"character U+{ord(text[max(found, 0)]):04X} cannot stand in YAML"
            raise _BrokenError(Problem.at(position, (), message, "printable text")) from None
        except UnicodeEncodeError as error:
            position = position_after(text[: error.start], self.file)
            message = "half of a surrogate pair cannot stand in YAML"
            raise _BrokenError(Problem.at(position, (), message, "printable text")) from None

    def _syntax_problem(self, error: yaml.MarkedYAMLError) -> Problem:
        mark = error.problem_mark or error.context_mark
        position = Position(self.file, mark.line + 1, mark.column + 1) if mark else self.start
        raw = error.problem or "cannot be read"
        context = f" {error.context}" if error.context else ""
        if any(words in raw for words in _LIBRARY_TOO_DEEP):
            message, expected = _TOO_DEEP
        else:
            message, expected = _SYNTAX.get(raw, (f"{raw}{context}", "YAML"))
        for words, brackets in _UNCLOSED.items():
            if words in raw and error.context_mark:
                begin, end = brackets.split()
                line = error.context_mark.line + 1
                message = f"the {begin} of line {line} is not closed, or a text in it has brackets"
                expected = f"',' or '{end}', and quotes around such a text"
        return Problem.at(position, (), message, expected)

    def _at(self, event: yaml.Event) -> Position:
        mark = event.start_mark
        return Position(self.file, mark.line + 1, mark.column + 1) if mark else self.start

    def _broken(self, event: yaml.Event, keys: Keys, message: str, expected: str) -> _BrokenError:
        return _BrokenError(Problem.at(self._at(event), keys, message, expected))

    def document(self) -> Mapping:
        """The mapping that the whole file is; empty for an empty file."""
        root: Node | None = None
        for event in self._events:
            if isinstance(event, yaml.DocumentStartEvent) and root is not None:
                raise self._broken(event, (), "a second document begins", "one document a file")
            if isinstance(event, yaml.NodeEvent):
                root = self._node(event, ())
        if root is None or (isinstance(root, Scalar) and root.plain and root.value is None):
            return empty(self.file)
        if not isinstance(root, Mapping):
            expected = "sections, each a key with its value"
            raise _BrokenError(Problem.at(root.position, (), "the file is not a mapping", expected))
        return root

    def _node(self, event: yaml.NodeEvent, keys: Keys) -> Node:
        if isinstance(event, yaml.AliasEvent):
            return self._alias(event, keys)
        if len(keys) >= DEPTH_LIMIT and not isinstance(event, yaml.ScalarEvent):
            raise self._broken(event, (), *_TOO_DEEP)
        before = self._values
        self._values += 1
        node: Node
        if isinstance(event, yaml.ScalarEvent):
            node = self._scalar(event, keys)
        elif isinstance(event, yaml.MappingStartEvent):
            node = self._mapping(event, keys)
        else:
            node = self._sequence(typing.cast(yaml.SequenceStartEvent, event), keys)
        if event.anchor is not None:
            self._anchors[event.anchor] = node
            self._sizes[event.anchor] = self._values - before
        return node

    def _alias(self, event: yaml.AliasEvent, keys: Keys) -> Node:
        if event.anchor not in self._anchors:
            message = f"the alias *{event.anchor} stands for nothing"
            expected = f"&{event.anchor} complete before it"
            self.problems.append(Problem.at(self._at(event), keys, message, expected))
            return Scalar("", True, self._at(event))
        size = self._sizes[event.anchor]
        self._values += size
        self._by_alias += size
        if self._by_alias > ALIAS_LIMIT:
            expected = f"{ALIAS_LIMIT} at the most"
            raise self._broken(event, keys, "aliases make too many values", expected)
        return self._anchors[event.anchor]

    def _scalar(self, event: yaml.ScalarEvent, keys: Keys) -> Scalar:
        if event.tag is not None and event.tag not in _STR_TAGS:
            self._refuse_tag(event, event.tag, keys)
        return Scalar(event.value, event.implicit[0], self._at(event))

    def _refuse_tag(self, event: yaml.Event, tag: str, keys: Keys) -> None:
        short = tag.replace("tag:yaml.org,2002:", "!!")
        message = f"the tag {short} has no meaning here"
        self.problems.append(Problem.at(self._at(event), keys, message, "the value without a tag"))

    def _sequence(self, event: yaml.CollectionStartEvent, keys: Keys) -> Sequence:
        if event.tag not in _COLLECTION_TAGS:
            self._refuse_tag(event, str(event.tag), keys)
        sequence = Sequence(self._at(event))
        for item in self._inside():
            sequence.items.append(self._node(item, (*keys, len(sequence.items))))
        return sequence

    def _mapping(self, event: yaml.CollectionStartEvent, keys: Keys) -> Mapping:
        if event.tag not in _COLLECTION_TAGS:
            self._refuse_tag(event, str(event.tag), keys)
        mapping = Mapping(self._at(event))
        for key_event in self._inside():
            key = self._node(key_event, (*keys, "?"))
            name = key.text if isinstance(key, Scalar) else "?"
            value = self._node(next(self._inside()), (*keys, name))
            if self._key_stands(key, keys, mapping) and isinstance(key, Scalar):
                mapping.items[name] = Item(key, value)
        return mapping

    def _inside(self) -> Iterator[yaml.NodeEvent]:
        """The events that begin a node, up to the end of the collection that is open."""
        for event in self._events:
            if not isinstance(event, yaml.NodeEvent):
                return
            yield event

    def _key_stands(self, key: Node, keys: Keys, mapping: Mapping) -> bool:
        """Whether the key can be taken; when not, the problem is noted."""
        if not isinstance(key, Scalar):
            message, expected = "a key that is not text", "text before the ':'"
        elif key.plain and key.text == "":
            message, expected = "a value without a key", "KEY: VALUE"
        elif key.plain and key.text == "<<":
            message, expected = "merge keys (<<) are not used", "the keys written out"
        elif key.text in mapping.items:
            self.problems.append(written_twice(key, mapping.items[key.text].key, (*keys, key.text)))
            return False
        else:
            return True
        self.problems.append(Problem.at(key.position, keys, message, expected))
        return False


def written_twice(key: Scalar, first: Scalar, keys: Keys) -> Problem:
    """The problem of a key at `keys` that was given before."""
    message = f"is written a second time; it was first at {first.position}"
    return Problem.at(key.position, keys, message, "each key once")
