"""Replies are paired by order alone, and stay paired when a waiter is cancelled."""

from __future__ import annotations

import pytest

from adapters.freeswitch.protocol.command_lines import Command, api, hangup
from adapters.freeswitch.protocol.errors import (
    CommandRefused,
    EslError,
    LinkDown,
    Overloaded,
    UnexpectedReply,
)
from adapters.freeswitch.protocol.frame_codec import Codec, Frame
from adapters.freeswitch.protocol.reply_matching import Reply, ReplyOrder
from adapters.freeswitch.wire.background_jobs import UnderWay
from tests.unit.freeswitch import esl_frames

HANGUP = hangup("leg-1", "NORMAL_CLEARING")
STATUS = api("status")


def answer(order: ReplyOrder, data: bytes) -> None:
    [frame] = Codec().feed(data)
    order.answer(frame)


class Heard:
    """What came for one command."""

    def __init__(self, order: ReplyOrder, command: Command = HANGUP) -> None:
        self.outcomes: list[Reply | EslError] = []
        self.waiting = order.expect(command, self.outcomes.append, 0.0)

    @property
    def texts(self) -> list[str]:
        return [one.text if isinstance(one, Reply) else str(one) for one in self.outcomes]


def test_replies_come_in_the_order_of_the_commands() -> None:
    order = ReplyOrder()
    first, second, third = Heard(order), Heard(order, STATUS), Heard(order)
    assert order.oldest is first.waiting
    answer(order, esl_frames.reply("+OK 1"))
    answer(order, esl_frames.api_response(b"UP 5 years\n"))
    answer(order, esl_frames.reply("-ERR 3"))
    assert (first.texts, second.texts, third.texts) == (["+OK 1"], ["UP 5 years\n"], ["-ERR 3"])
    assert len(order) == 0
    assert order.oldest is None


def test_who_gave_up_keeps_the_place() -> None:
    order = ReplyOrder()
    first, second = Heard(order), Heard(order)
    first.waiting.abandon()
    assert len(order) == 2
    answer(order, esl_frames.reply("+OK 1"))
    answer(order, esl_frames.reply("+OK 2"))
    assert (first.texts, second.texts, order.late) == ([], ["+OK 2"], 1)


def test_an_api_command_may_be_refused_as_a_command() -> None:
    order = ReplyOrder()
    heard = Heard(order, STATUS)
    answer(order, esl_frames.reply("-ERR permission denied"))
    assert heard.texts == ["-ERR permission denied"]


def test_a_reply_to_nothing_breaks_the_pairing() -> None:
    with pytest.raises(UnexpectedReply, match="to nothing"):
        answer(ReplyOrder(), esl_frames.reply("+OK"))


def test_a_reply_of_the_wrong_kind_breaks_the_pairing() -> None:
    order = ReplyOrder()
    Heard(order)
    with pytest.raises(UnexpectedReply, match="sendmsg leg-1"):
        answer(order, esl_frames.api_response(b"+OK"))


def test_commands_under_way_are_bounded_tombstones_included() -> None:
    order = ReplyOrder(max_pending=2)
    Heard(order).waiting.abandon()
    Heard(order)
    with pytest.raises(Overloaded):
        Heard(order)


def test_when_the_link_is_lost_all_who_wait_are_told_once() -> None:
    order = ReplyOrder()
    first, second = Heard(order), Heard(order)
    first.waiting.abandon()
    lost = LinkDown("gone")
    order.fail_all(lost)
    order.fail_all(lost)
    assert (first.outcomes, second.outcomes) == ([], [lost])


def test_wrong_utf8_in_a_reply_is_replaced() -> None:
    order = ReplyOrder()
    command, printed = Heard(order), Heard(order, STATUS)
    answer(order, b"Content-Type: command/reply\nReply-Text: +OK Jos\xe9\n\n")
    answer(order, esl_frames.api_response(b"Jos\xe9"))
    assert (command.texts, printed.texts) == (["+OK Jos\ufffd"], ["Jos\ufffd"])


@pytest.mark.parametrize(
    ("text", "is_refusal"),
    [("+OK", False), ("", False), ("-5", False), ("-ERR no", True), ("-USAGE: <uuid>", True)],
)
def test_refusals(text: str, is_refusal: bool) -> None:
    reply = Reply(text, Frame(b"", b"", b""))
    assert reply.is_refusal is is_refusal
    if is_refusal:
        with pytest.raises(CommandRefused) as caught:
            reply.accepted()
        assert caught.value.answer == text
    else:
        assert reply.accepted() is reply


def test_jobs_end_in_any_order_and_once() -> None:
    jobs: UnderWay[str] = UnderWay(max_under_way=3)
    ended: list[tuple[str, str | EslError]] = []
    for name in ("a", "b", "c"):
        jobs.expect(name, lambda outcome, name=name: ended.append((name, outcome)), 5.0, 1.0)  # type: ignore[misc]
    with pytest.raises(Overloaded):
        jobs.expect("d", print, 5.0, 1.0)
    with pytest.raises(ValueError, match="under way already"):
        jobs.expect("b", print, 5.0, 1.0)
    assert jobs.end("b", "+OK")
    assert not jobs.end("b", "+OK again")
    assert not jobs.end("unknown", "+OK")
    jobs.abandon("a")
    lost = LinkDown("gone")
    jobs.fail_all(lost)
    assert ended == [("b", "+OK"), ("c", lost)]
    assert len(jobs) == 0


def test_jobs_that_do_not_end_in_time_end_all_the_same() -> None:
    jobs: UnderWay[str] = UnderWay()
    ended: list[str] = []
    for limit_s in (5.0, 2.5, 9.0):
        jobs.expect(str(limit_s), lambda outcome: ended.append(str(outcome)), limit_s, 100.0)
    assert jobs.end_overdue(102.0) == 102.5
    assert ended == []
    assert jobs.end_overdue(105.0) == 109.0
    assert ended == ["no end within 5 s", "no end within 2.5 s"]
    assert jobs.end("9.0", "+OK")
    assert jobs.end_overdue(200.0) is None
    assert ended[2:] == ["+OK"]
