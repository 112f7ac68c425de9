"""Recorded utterances, and recognisers that answer in every way."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest
from aiohttp import web
from structlog.testing import capture_logs

from acdengine.flow_services.http_client import FlowHttp
from acdengine.flow_services.recognition import UtteranceRecogniser
from acdengine.speech_input import HttpRecogniser, Recognised, SpeechInput
from tests.unit.flow_services.test_http_client import System, with_system

SPEECH = SpeechInput("t", ("sales", "opening hours"), "en-US", longest_us=2_000_000)
SOUND = b"RIFF what the caller said"


def recognise(
    tmp_path: Path,
    system: System,
    *,
    speech: SpeechInput = SPEECH,
    environ: dict[str, str] | None = None,
    sound: bytes | None = SOUND,
    hosts: str = "127.0.0.1",
    **settings: object,
) -> Recognised:
    """What is understood of a file, which is gone afterwards."""
    path = tmp_path / "utterance.wav"
    if sound is not None:
        path.write_bytes(sound)

    async def story(client: FlowHttp, address: str) -> Recognised:
        url = f"{address}/{settings.pop('at', 'recognise?l={language}')}"
        known = HttpRecogniser(url=url, **settings)  # type: ignore[arg-type]
        recogniser = UtteranceRecogniser(lambda _: known, lambda _: client, environ or {})
        heard: asyncio.Future[Recognised] = asyncio.get_running_loop().create_future()
        recogniser.ask("c1", speech, str(path), heard.set_result)
        try:
            return await asyncio.wait_for(heard, 5)
        finally:
            await recogniser.stop()

    heard: Recognised = with_system(system, story, hosts=hosts)
    assert not path.exists()
    return heard


def answering(text: str, status: int = 200) -> System:
    async def answer(request: web.Request) -> web.Response:
        return web.Response(text=text, status=status)

    return System(answer)


def test_the_file_is_the_body_and_the_answer_the_text(tmp_path: Path) -> None:
    system = answering(" opening hours\n")
    assert recognise(tmp_path, system) == Recognised("opening hours")
    [(method, path, headers, body)] = system.asked
    assert (method, path, body) == ("POST", "/recognise?l=en-US", SOUND.decode())
    assert headers["Content-Type"] == "audio/wav"


def test_a_form_has_the_file_and_what_the_question_is(tmp_path: Path) -> None:
    system = answering('{"results": [{"transcript": "sales", "confidence": 0.876}]}')
    heard = recognise(
        tmp_path, system, field="audio", text="results.0.transcript",
        confidence="results.0.confidence",
        form={"language": "{language}", "prompt": "{phrases}"},
    )  # fmt: skip
    assert heard == Recognised("sales", 88)
    [(_, _, headers, body)] = system.asked
    assert headers["Content-Type"].startswith("multipart/form-data")
    for part in ('name="audio"; filename="utterance.wav"', SOUND.decode(), "en-US",
                 "sales, opening hours"):  # fmt: skip
        assert part in body


def test_secrets_are_put_into_headers_and_are_in_no_log(tmp_path: Path) -> None:
    system = answering("sales")
    headers = {"Authorization": "Bearer ${env:TOKEN}"}
    with capture_logs() as lines:
        assert recognise(tmp_path, system, environ={"TOKEN": "abc"}, headers=headers).text
        assert recognise(tmp_path, system, headers=headers) == Recognised()
    assert system.asked[0][2]["Authorization"] == "Bearer abc"
    assert len(system.asked) == 1
    assert [line["reason"] for line in lines] == [
        "the header Authorization: the environment variable TOKEN is not set"
    ]


@pytest.mark.parametrize(
    ("body", "status", "reason"),
    [
        ("no", 200, "is not JSON"),
        ('{"text": 1}', 200, "has no text at text"),
        ('{"text": "a", "sure": "b"}', 200, "confidence at sure is no number"),
        ('{"text": "a"}', 500, "status 500"),
        ("[" * 60_000, 200, "is not JSON"),
        ("x" * 70_000, 200, "too_large"),
    ],
)
def test_what_is_no_answer_is_nothing_understood_and_said(
    tmp_path: Path, body: str, status: int, reason: str
) -> None:
    with capture_logs() as lines:
        heard = recognise(tmp_path, answering(body, status), text="text", confidence="sure")
    assert heard == Recognised()
    assert any(reason in str(line.get("reason")) for line in lines)
    assert "sales" not in f"{lines}"


def test_what_is_not_there_is_nothing_or_certain(tmp_path: Path) -> None:
    assert recognise(tmp_path, answering('{"a": []}'), text="text") == Recognised()
    found = recognise(tmp_path, answering('{"text": "a"}'), text="text", confidence="sure")
    assert found == Recognised("a", 100)
    found = recognise(
        tmp_path, answering('{"text": "a", "sure": 7}'), text="text", confidence="sure"
    )
    assert found.confidence == 100


def test_a_host_that_the_tenant_does_not_allow_is_not_asked(tmp_path: Path) -> None:
    system = answering("sales")
    assert recognise(tmp_path, system, hosts="127.0.0.2") == Recognised()
    assert system.asked == []


def test_a_recogniser_that_takes_too_long_is_not_waited_for(tmp_path: Path) -> None:
    async def never(request: web.Request) -> web.Response:
        await asyncio.sleep(0.5)
        return web.Response()

    assert recognise(tmp_path, System(never), total_us=100_000) == Recognised()


def test_a_file_that_is_too_large_or_none_is_not_sent(tmp_path: Path) -> None:
    system = answering("sales")
    assert recognise(tmp_path, system, sound=b"x" * 300_000) == Recognised()
    assert recognise(tmp_path, system, sound=None) == Recognised()
    os.mkfifo(tmp_path / "utterance.wav")
    assert recognise(tmp_path, system, sound=None) == Recognised()
    secret = tmp_path / "secret"
    secret.write_text("secret")
    (tmp_path / "utterance.wav").symlink_to(secret)
    assert recognise(tmp_path, system, sound=None) == Recognised()
    assert secret.exists()
    assert system.asked == []


def test_what_an_earlier_process_has_left_is_removed(tmp_path: Path) -> None:
    names = ("old.wav", "new.wav", "old.txt")
    for name in names:
        (tmp_path / name).write_bytes(SOUND)
    for name in ("old.wav", "old.txt"):
        os.utime(tmp_path / name, (0, 0))

    async def sweep() -> None:
        recogniser = UtteranceRecogniser(lambda _: None, lambda _: None, {})  # type: ignore[arg-type, return-value]
        recogniser.sweep(tmp_path)
        recogniser.sweep(tmp_path / "nowhere")
        await asyncio.sleep(0)

    asyncio.run(sweep())  # which waits for its threads
    assert sorted(path.name for path in tmp_path.iterdir()) == ["new.wav", "old.txt"]
