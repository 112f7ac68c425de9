"""What callers say, recorded by the switch, as text: a tenant's recogniser over HTTP is asked.

The file is one of the switch's, on this machine or in a folder that both see. It is removed
whatever comes of it, and nothing of what was said is logged.
"""

from __future__ import annotations

import asyncio
import os
import stat
import time
from collections.abc import Callable, Coroutine, Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import aiohttp
import msgspec
import structlog
from pydantic import SecretStr

from acdengine.flow_services.http_client import FlowHttp
from acdengine.ivr.effects import HttpRequest
from acdengine.ivr.inputs import HttpAnswered
from acdengine.ivr.nodes.systems import value_at
from acdengine.runtime.rate_limited_log import RateLimitedLog
from acdengine.settings.credentials import read_secret
from acdengine.settings.values import SECRET_SOURCE
from acdengine.speech_input import CERTAIN, HttpRecogniser, Recognised, SpeechInput

_log = structlog.get_logger("acdengine.recognition")

#: Bytes of a second of the switch's recordings at most (48,000 samples of 16 bits), and the header.
_BYTES_S: Final = 96_000
_HEADER_BYTES: Final = 4_096
_US: Final = 1_000_000
#: Utterances that are being recognised.
_AT_ONCE: Final = 100
#: What is left of an utterance that is older: longer than any question with its recogniser.
_OLD_S: Final = 600.0
_CONTROL: Final = dict.fromkeys((*range(32), 127))


class RecognitionFailed(Exception):
    """An utterance that is not recognised; says why."""


class UtteranceRecogniser:
    """Asks the recognisers of tenants.

    Args:
        recogniser_of: a tenant's, as the settings are now; None where it has none.
        http_of: the HTTP client of a tenant.
        environ: where secrets may be.
    """

    def __init__(
        self,
        recogniser_of: Callable[[str], HttpRecogniser | None],
        http_of: Callable[[str], FlowHttp],
        environ: Mapping[str, str],
    ) -> None:
        self._recogniser_of = recogniser_of
        self._http_of = http_of
        self._environ = environ
        self._lines = RateLimitedLog()
        self._tasks: set[asyncio.Task[None]] = set()

    def ask(
        self, call_id: str, speech: SpeechInput, path: str, then: Callable[[Recognised], None]
    ) -> None:
        """Have a recorded utterance recognised; ``then`` gets the answer, with an empty text where
        there is none. The file is removed."""
        if len(self._tasks) >= _AT_ONCE:
            self._say("too many utterances at once", call_id)
            self.discard(path)
            then(Recognised())
            return
        self._begin(self._ask(call_id, speech, path, then))

    def discard(self, path: str) -> None:
        """Remove a file that is not to be recognised."""
        try:
            os.unlink(path)
        except FileNotFoundError:
            pass
        except OSError as error:
            self._say(f"an utterance is not removed: {error.strerror or error}", "")

    def sweep(self, folder: Path) -> None:
        """Remove what an earlier process has left in a folder of utterances, in a thread: files so
        old that no question waits for them."""

        def remove() -> None:
            before_s = time.time() - _OLD_S
            for path in folder.glob("*.wav"):
                try:
                    if path.lstat().st_mtime < before_s:
                        path.unlink()
                except OSError as error:
                    reason = f"an old utterance is not removed: {error.strerror or error}"
                    _log.warning("speech is not recognised", reason=reason)

        self._begin(asyncio.to_thread(remove))

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _ask(
        self, call_id: str, speech: SpeechInput, path: str, then: Callable[[Recognised], None]
    ) -> None:
        heard = Recognised()
        try:
            heard = await self._recognised(call_id, speech, path)
        except RecognitionFailed as failed:
            self._say(str(failed), call_id)
        except Exception:  # noqa: BLE001 - a defect costs one question of one call
            _log.exception("recognition failed by a defect", call_id=call_id)
        finally:
            self.discard(path)
        then(heard)

    async def _recognised(self, call_id: str, speech: SpeechInput, path: str) -> Recognised:
        recogniser = self._recogniser_of(speech.tenant_id)
        if recogniser is None:
            raise RecognitionFailed("the tenant has no recogniser over HTTP any more")
        most = speech.longest_us // _US * _BYTES_S + _HEADER_BYTES
        sound = await asyncio.to_thread(_read, path, most)
        request = HttpRequest(
            0, "POST", recogniser.url.replace("{language}", quote(speech.language, safe="")),
            self._headers(recogniser), "", {}, {}, recogniser.connect_us, recogniser.total_us, 0,
            recogniser.limit_bytes, "",
        )  # fmt: skip
        content = _content(recogniser, speech, sound)
        answer = await self._http_of(speech.tenant_id).ask(call_id, request, content)
        return understood(recogniser, answer)

    def _headers(self, recogniser: HttpRecogniser) -> dict[str, str]:
        """The headers with their secrets."""
        headers = {} if recogniser.field else {"Content-Type": "audio/wav"}
        for name, text in recogniser.headers.items():
            written = text
            for found in SECRET_SOURCE.finditer(text):
                secret, wrong = read_secret(SecretStr(found[0]), self._environ)
                if wrong:
                    raise RecognitionFailed(f"the header {name}: {wrong}")
                written = written.replace(found[0], secret)
            headers[name] = written.translate(_CONTROL)
        return headers

    def _say(self, reason: str, call_id: str) -> None:
        event = "speech is not recognised"
        self._lines.say(_log.warning, reason, event, reason=reason, call_id=call_id)

    async def stop(self) -> None:
        """End what is under way."""
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


def _read(path: str, most: int) -> bytes:
    """A recorded file.

    Raises:
        RecognitionFailed: it is not there, is no file, or larger than an utterance may be.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
        with open(descriptor, "rb") as file:
            is_file = stat.S_ISREG(os.fstat(descriptor).st_mode)
            sound = file.read(most + 1) if is_file else b""
    except OSError as error:
        folder = Path(path).parent
        raise RecognitionFailed(
            f"the switch's file in {folder} cannot be read: {error.strerror or error}"
        ) from None
    if not sound:
        raise RecognitionFailed("the utterance is empty, or no file")
    if len(sound) > most:
        raise RecognitionFailed("the utterance is too large")
    return sound


def _content(recogniser: HttpRecogniser, speech: SpeechInput, sound: bytes) -> dict[str, Any]:
    """What is sent, as aiohttp takes it."""
    if not recogniser.field:
        return {"data": sound}
    form = aiohttp.FormData()
    for name, text in recogniser.form.items():
        text = text.replace("{language}", speech.language)
        form.add_field(name, text.replace("{phrases}", ", ".join(speech.phrases)))
    form.add_field(recogniser.field, sound, filename="utterance.wav", content_type="audio/wav")
    return {"data": form}


def understood(recogniser: HttpRecogniser, answer: HttpAnswered) -> Recognised:
    """What an answer says.

    Raises:
        RecognitionFailed: there is none, or none of the form that was expected.
    """
    if answer.problem or not 200 <= answer.status < 300:
        raise RecognitionFailed(f"the recogniser: {answer.problem or f'status {answer.status}'}")
    if not recogniser.text:
        return Recognised(answer.body.strip())
    try:
        body: object = msgspec.json.decode(answer.body)
    except (msgspec.DecodeError, RecursionError, UnicodeError):
        raise RecognitionFailed("the recogniser's answer is not JSON") from None
    text = value_at(body, recogniser.text.split("."))
    if text is None:
        return Recognised()
    if not isinstance(text, str):
        raise RecognitionFailed(f"the recogniser's answer has no text at {recogniser.text}")
    certainty = value_at(body, recogniser.confidence.split("."))
    if certainty is None:
        return Recognised(text.strip())
    if isinstance(certainty, bool) or not isinstance(certainty, int | float):
        raise RecognitionFailed(f"the confidence at {recogniser.confidence} is no number")
    return Recognised(text.strip(), max(0, min(round(certainty * CERTAIN), CERTAIN)))
