"""Files become trees with positions; what YAML allows but settings must not is refused."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from acdengine.settings import yaml_source
from acdengine.settings.tree import (
    Mapping,
    Position,
    Scalar,
    Sequence,
    find,
    path_text,
    position_of,
)
from acdengine.settings.yaml_source import Document, parse

TEXT = """\
queues:                 # line 1
  sales:
    strategy: 'ring_all'
    steps: [a, "b"]
  "a.b": &same
    - one
    -   two: 2
copy: *same
"""


@pytest.fixture(params=["libyaml", "python"], autouse=True)
def _both_loaders(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    loader = {"libyaml": yaml.CSafeLoader, "python": yaml.SafeLoader}[request.param]
    monkeypatch.setattr(yaml_source, "Loader", loader)


def told(text: str) -> list[str]:
    return [str(problem) for problem in parse(text, "f.yaml").problems]


def broken(text: str) -> str:
    document = parse(text, "f.yaml")
    assert document.broken
    assert document.root.items == {}
    assert document.problems
    return str(document.problems[-1])


@pytest.mark.parametrize(
    ("keys", "line", "column"),
    [
        (("queues", "sales", "strategy"), 3, 15),
        (("queues", "sales", "steps"), 4, 12),
        (("queues", "sales", "steps", 1), 4, 16),
        (("queues", "sales"), 2, 3),  # a mapping: its key
        (("queues", "a.b", 1), 7, 9),  # a mapping without a key: its first key
        (("queues", "a.b", 1, "two"), 7, 14),
        (("queues", "sales", "missing"), 2, 3),  # nothing there: what is around it
        (("queues", "sales", "steps", 7), 4, 5),
        (("missing", "too"), 1, 1),
        (("copy", 0), 6, 7),  # an alias: where it is written out
    ],
)
def test_every_value_has_its_place(keys: tuple[str | int, ...], line: int, column: int) -> None:
    root = parse(TEXT, "f.yaml").root
    assert position_of(root, keys) == ("f.yaml", line, column)


def test_a_key_has_its_own_place() -> None:
    root = parse(TEXT, "f.yaml").root
    assert position_of(root, ("queues", "sales", "strategy"), of_key=True).column == 5


def test_columns_count_characters() -> None:
    root = parse("größe_ü: {名前: x}", "f.yaml").root
    assert position_of(root, ("größe_ü", "名前")) == ("f.yaml", 1, 15)


def test_scalars_keep_what_was_written() -> None:
    root = parse("a: 010\nb: '010'\nc: !!str 010\nd: |\n  010\ne:\n", "f").root
    scalars = [find(root, (key,)) for key in "abcde"]
    assert all(isinstance(scalar, Scalar) for scalar in scalars)
    values = [(s.text, s.plain, s.value) for s in scalars if isinstance(s, Scalar)]
    assert values == [
        ("010", True, 10),
        ("010", False, "010"),
        ("010", False, "010"),
        ("010\n", False, "010\n"),
        ("", True, None),
    ]


def test_keys_are_text_as_written() -> None:
    root = parse("010: a\nno: b\nnull: c\n1e3: d\n? x\n: e\n", "f").root
    assert list(root.items) == ["010", "no", "null", "1e3", "x"]


@pytest.mark.parametrize("text", ["", "# nothing\n", "---\n", "~\n", "\ufeffa: b"[:1]])
def test_a_file_may_be_empty(text: str) -> None:
    assert parse(text, "f") == Document("f", Mapping(Position("f", 1, 1)))


def test_a_key_twice_is_refused_and_the_rest_is_read() -> None:
    assert [
        problem.partition(",")[0] for problem in told("a: 1\nb: {x: 1, 'x': 2, x: 3}\na: 2")
    ] == [
        "f.yaml:2:11 b.x: is written a second time; it was first at f.yaml:2:5",
        "f.yaml:2:19 b.x: is written a second time; it was first at f.yaml:2:5",
        "f.yaml:3:1 a: is written a second time; it was first at f.yaml:1:1",
    ]
    root = parse("a: 1\na: 2\nb: 3", "f").root
    assert [item.value for item in root.items.values() if isinstance(item.value, Scalar)] == [
        Scalar("1", True, Position("f", 1, 4)),
        Scalar("3", True, Position("f", 3, 4)),
    ]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("a: {<<: {b: 1}}", "f.yaml:1:5 a: merge keys (<<) are not used"),
        ("? {b: 1}\n: 2", "f.yaml:1:3: a key that is not text"),
        ("? [b]\n: 2", "f.yaml:1:3: a key that is not text"),
        ("?\n: 2", "f.yaml:1:2: a value without a key"),
        ("a: !!int '5'", "f.yaml:1:4 a: the tag !!int has no meaning here"),
        ("a: !!python/name:os.system x", "f.yaml:1:4 a: the tag !!python/name:os.system has"),
        ("a: !secret x", "f.yaml:1:4 a: the tag !secret has no meaning here"),
        ("a: !!set {b}", "f.yaml:1:4 a: the tag !!set has no meaning here"),
        ("a: !!omap [b]", "f.yaml:1:4 a: the tag !!omap has no meaning here"),
        ("a: *b", "f.yaml:1:4 a: the alias *b stands for nothing"),
        ("a: &a [*a]", "f.yaml:1:8 a.0: the alias *a stands for nothing"),
    ],
)
def test_what_settings_do_not_use_is_refused(text: str, problem: str) -> None:
    problems = told(text)
    assert len(problems) == 1
    assert problems[0].startswith(problem)
    assert not parse(text, "f.yaml").broken


def test_a_quoted_merge_key_is_a_key() -> None:
    assert list(parse("'<<': 1", "f").root.items) == ["<<"]
    assert told("'<<': 1") == []


@pytest.mark.parametrize(
    "text", ["a: b: c", "\ta: 1", "a: [", 'a: "b', "a: 1\n b: 2", "a: @b", "a\nb: 1"]
)
def test_broken_yaml_says_where(text: str) -> None:
    assert broken(text).startswith("f.yaml:")
    assert ", expected " in broken(text)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("a: 1\nb: \x07", "f.yaml:2:4: character U+0007 cannot stand in YAML"),
        ("a: 1\nb: \x00", "f.yaml:2:4: character U+0000 cannot stand in YAML"),
        ("- a", "f.yaml:1:1: the file is not a mapping"),
        ("a: {b: user/{agent}@x}", "f.yaml:1:13: the { of line 1 is not closed, or a text in it "),
        ("a:\n  b: [c\nd: 1\n", "f.yaml:3:2: the [ of line 2 is not closed, or a text in it "),
        ("a", "f.yaml:1:1: the file is not a mapping"),
        ("a: 1\n---\nb: 2", "f.yaml:2:1: a second document begins"),
        ("a: " + "[" * 65 + "]" * 65, "f.yaml:1:67: nested too deeply"),
        ("{a: " * 70 + "}" * 70, "f.yaml:1:257: nested too deeply"),
    ],
)
def test_a_file_that_is_no_settings_file_says_why(text: str, problem: str) -> None:
    assert broken(text).startswith(problem)


@pytest.mark.parametrize("text", ["[" * 200_000, "a: " + "{b: " * 20_000, "- " * 20_000])
def test_endless_nesting_stops_at_the_limit(text: str) -> None:
    assert "nested too deeply, expected 64 levels at the most" in broken(text)


@pytest.mark.parametrize(
    "words", ["exceeded maximum nesting depth", "exceeded max depth", "exceeded max nesting level"]
)
def test_a_limit_of_the_library_is_told_in_our_words(
    words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    mark = yaml.Mark("f.yaml", 0, 2, 6, None, 0)

    def refuse(text: str, Loader: object) -> list[yaml.Event]:  # noqa: N803
        raise yaml.scanner.ScannerError("while increasing flow level", mark, words, mark)

    monkeypatch.setattr(yaml, "parse", refuse)
    assert broken("[[[").startswith("f.yaml:3:7: nested too deeply, expected 64 levels")


def test_aliases_cannot_multiply_without_end() -> None:
    levels = [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 10)]
    assert "aliases make too many values" in broken("\n".join(["a0: &a0 lol", *levels]))


def test_aliases_within_the_limit_are_values() -> None:
    root = parse("a: &a {b: [1, 2]}\nc: [*a, *a]", "f").root
    assert find(root, ("c", 0)) == find(root, ("c", 1)) == find(root, ("a",))
    assert isinstance(find(root, ("c", 1, "b")), Sequence)


@pytest.mark.parametrize(
    ("keys", "text"),
    [
        (("queues", 2, "sla_s"), "queues.2.sla_s"),
        (("a.b", "c d", ""), '"a.b"."c d".""'),
        (('a"b\n', "c"), '"a\\"b\\n".c'),
    ],
)
def test_paths_read_without_doubt(keys: tuple[str | int, ...], text: str) -> None:
    assert path_text(keys) == text


# Both loaders take any text; the fixture is not needed, and not allowed, once for all examples.
@pytest.mark.parametrize("loader", [yaml.CSafeLoader, yaml.SafeLoader])
@given(text=st.text() | st.text(alphabet="ab:-?*&![]{},'\"|>#%@ \n\t<~"))
@example(text="\ud800")
@example(text="a: \ufffe")
def test_any_text_gives_a_document_or_a_problem(loader: type[yaml.SafeLoader], text: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(yaml_source, "Loader", loader)
        document = parse(text, "f.yaml")
    assert all(problem.line >= 1 for problem in document.problems)
    assert not document.broken or document.problems
