"""How a script's bytes become commands."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acdengine.agi.command_line import LINE_BYTES, WORDS, LineBuffer, words_of
from acdengine.agi.command_table import COMMANDS, find


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("", []),
        ("   ", []),
        ("NOOP", ["NOOP"]),
        ("a  b\tc", ["a", "b", "c"]),
        ('a "" b', ["a", "", "b"]),
        ('a "b c" d', ["a", "b c", "d"]),
        ('a ""12"" b', ["a", "12", "b"]),
        ('a b"c d"e', ["a", "bc de"]),
        (r"a b\ c", ["a", "b c"]),
        (r"a \"b", ["a", '"b']),
        (r'a "x\\y"', ["a", r"x\y"]),
        ('a "not closed', ["a", "not closed"]),
        ("a b\r", ["a", "b\r"]),
    ],
)
def test_words(line: str, words: list[str]) -> None:
    assert words_of(line) == words


def test_words_beyond_the_limit_are_dropped() -> None:
    assert len(words_of("w " * 200)) == WORDS
    assert len(words_of('"w" ' * 200)) == WORDS


@given(st.text())
def test_any_text_has_words(line: str) -> None:
    assert len(words_of(line)) <= WORDS


@given(st.binary(max_size=200), st.lists(st.integers(0, 200), max_size=5))
def test_lines_do_not_depend_on_how_their_bytes_arrive(data: bytes, cuts: list[int]) -> None:
    def lines_of(pieces: list[bytes]) -> list[str]:
        buffer = LineBuffer()
        for piece in pieces:
            buffer.feed(piece)
        buffer.end()
        return [line for _ in range(len(buffer)) if (line := buffer.take()) is not None]

    places = sorted({0, len(data), *(cut for cut in cuts if cut < len(data))})
    pieces = [data[begin:end] for begin, end in pairwise(places)]
    assert lines_of(pieces) == lines_of([data])


def test_a_line_that_is_too_long_is_cut_and_its_rest_is_the_next() -> None:
    buffer = LineBuffer()
    for _ in range(20):
        buffer.feed(b"x" * 1_000)
    assert len(buffer) == 2
    assert buffer.take() == "x" * LINE_BYTES
    assert buffer.holds_bytes


def test_bytes_that_are_no_text_come_back_as_they_were() -> None:
    buffer = LineBuffer()
    buffer.feed(b"SET VARIABLE a \xff\xfe\n")
    line = buffer.take()
    assert line is not None
    assert line.encode(errors="surrogateescape").endswith(b"\xff\xfe")


def test_the_longest_name_is_found() -> None:
    found = find(["get", "full", "variable", "x"])
    assert found is not None
    assert (found[0].name, found[1]) == ("GET FULL VARIABLE", ["x"])
    assert find(["GET"]) is None
    assert find([]) is None


def test_all_commands_of_asterisk_are_there() -> None:
    assert len(COMMANDS) == 47
    assert [command.name for command in COMMANDS] == sorted(command.name for command in COMMANDS)
