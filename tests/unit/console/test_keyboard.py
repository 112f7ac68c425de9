"""Keys from a pseudo terminal."""

from __future__ import annotations

import asyncio
import os
import pty
import termios

import pytest

from acdengine.console.keyboard import Keyboard, names_of


@pytest.mark.parametrize(
    ("typed", "names"),
    [
        (b"q?s", ["q", "?", "s"]),
        (b"\x1b[A\x1b[B\x1bOA\x1bOB", ["up", "down", "up", "down"]),
        (b"\r\n\x1b", ["enter", "enter", "esc"]),
        (b"\x1b[15~\x1b[1;5Cq", ["q"]),
        (b"\xc3\xa4\x00\x7f q", ["q"]),
        (b"\x1b[", []),
    ],
)
def test_names_of_keys(typed: bytes, names: list[str]) -> None:
    assert list(names_of(typed)) == names


async def test_keys_are_read_at_once_and_the_terminal_is_given_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ours, terminal = pty.openpty()
    # A test has no terminal of its own, so this one counts as in the foreground.
    monkeypatch.setattr(os, "tcgetpgrp", lambda _: os.getpgrp())
    before = termios.tcgetattr(terminal)
    keys: asyncio.Queue[str] = asyncio.Queue()
    read = Keyboard(terminal, keys.put_nowait)
    read.start()
    try:
        assert not termios.tcgetattr(terminal)[3] & termios.ICANON
        assert termios.tcgetattr(terminal)[3] & termios.ISIG
        os.write(ours, b"s\x1b[B")
        assert [await keys.get(), await keys.get()] == ["s", "down"]
    finally:
        read.stop()
    assert termios.tcgetattr(terminal) == before
    os.close(ours)
    os.close(terminal)


async def test_what_is_no_terminal_or_not_in_the_foreground_is_left_alone() -> None:
    reading, writing = os.pipe()
    ours, terminal = pty.openpty()
    before = termios.tcgetattr(terminal)
    for fd in (reading, terminal):
        read = Keyboard(fd, lambda key: None)
        read.start()
        read.stop()
    assert termios.tcgetattr(terminal) == before
    for fd in (reading, writing, ours, terminal):
        os.close(fd)


async def test_a_terminal_that_goes_away_is_no_longer_read(monkeypatch: pytest.MonkeyPatch) -> None:
    ours, terminal = pty.openpty()
    monkeypatch.setattr(os, "tcgetpgrp", lambda _: os.getpgrp())
    keys: list[str] = []
    read = Keyboard(terminal, keys.append)
    read.start()
    os.close(ours)
    for _ in range(3):
        await asyncio.sleep(0)
    assert not asyncio.get_running_loop().remove_reader(terminal) or keys == []
    read.stop()
    os.close(terminal)
