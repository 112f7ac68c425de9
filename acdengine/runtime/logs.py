"""The daemon's log: JSON lines, to a file or standard error.

Structured, filtered by level before anything is formatted, and buffered: a line costs some
microseconds of the loop. Errors are written at once.
"""

from __future__ import annotations

import asyncio
import logging
import sys
import traceback
from collections.abc import MutableMapping
from functools import partial
from pathlib import Path
from typing import Any, Final, Literal

import msgspec
import structlog

from acdengine.runtime.rate_limited_log import RateLimitedLog
from acdengine.runtime.rotating_file import RotatingFile

Level = Literal["debug", "info", "warning", "error"]

#: Parts of names whose values never are in a log.
_SECRET_WORDS: Final = ("authorization", "password", "secret", "token")
_HIDDEN: Final = "[hidden]"
#: What a line begins with, for those who read it by eye.
_FIRST: Final = ("timestamp", "level", "event")
#: Libraries that say what strangers send.
_OF_STRANGERS: Final = ("aiohttp",)
#: Libraries speak through the standard library's logging; less than this is their own business.
_LIBRARIES_LEVEL: Final = logging.WARNING


class LogFile:
    """Where lines go: a file, or standard error, which is not buffered.

    Args:
        path: to append to; None: standard error.

    Raises:
        OSError: the file cannot be opened.
    """

    def __init__(self, path: Path | None) -> None:
        self.file = RotatingFile(path) if path is not None else None

    def write(self, line: bytes) -> None:
        """Add a line, without its end."""
        if self.file is None:
            sys.stderr.write(line.decode() + "\n")
        else:
            self.file.append(line + b"\n")

    def flush(self) -> bool:
        """Hand what is there to the system; whether it took all."""
        return self.file is None or self.file.flush()

    @property
    def name(self) -> str:
        """As the log itself calls it."""
        return "standard error" if self.file is None else str(self.file.path)

    @property
    def trouble(self) -> str:
        """Why the last write failed; empty when it did not."""
        return "" if self.file is None else self.file.trouble

    def close(self) -> None:
        """Write what is left."""
        if self.file is not None:
            self.file.close()


class _Logger:
    """What structlog writes to: it calls the method that is named like the level."""

    def __init__(self, file: LogFile, name: str) -> None:
        self._file = file
        self.name = name

    def _write(self, line: bytes) -> None:
        self._file.write(line)

    def _write_at_once(self, line: bytes) -> None:
        self._file.write(line)
        self._file.flush()

    debug = info = warning = _write
    error = critical = fatal = exception = _write_at_once


class _LibraryHandler(logging.Handler):
    """Passes on what libraries say: the HTTP library only the form of it, and now and then, for
    what it says is made of what strangers send."""

    def __init__(self) -> None:
        super().__init__()
        self._lines = RateLimitedLog()

    def emit(self, record: logging.LogRecord) -> None:
        log = structlog.get_logger(record.name)
        if record.name.partition(".")[0] in _OF_STRANGERS:
            write = partial(log.log, record.levelno)
            error = record.exc_info[1] if record.exc_info else None
            self._lines.say(write, record.msg, str(record.msg), **without_content(error))
            return
        log.log(record.levelno, record.getMessage(), exc_info=record.exc_info)


def without_content(error: BaseException | None) -> dict[str, str]:
    """What a line may say of an error whose text holds what a stranger sent: kind and place."""
    if error is None:
        return {}
    frames = traceback.extract_tb(error.__traceback__)
    where = f"{frames[-1].filename}:{frames[-1].lineno}" if frames else ""
    return {"reason": type(error).__name__, "where": where}


def log_loop_errors(loop: asyncio.AbstractEventLoop) -> None:
    """Log unhandled errors of the event loop in the same way."""
    lines, log = RateLimitedLog(), structlog.get_logger("acdengine.loop")

    def handle(_: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        message = str(context["message"]).partition("\n")[0]
        error = context.get("exception")
        lines.say(log.error, message, "unhandled error", what=message, **without_content(error))

    loop.set_exception_handler(handle)


def set_up_logs(path: Path | None, level: Level) -> LogFile:
    """Have everything logged to one place from now on.

    Returns:
        The place, to be flushed now and then and closed at the end.

    Raises:
        OSError: the file cannot be opened.
    """
    file = LogFile(path)
    number = logging.getLevelNamesMapping()[level.upper()]
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            _add_name,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            hide_secrets,
            structlog.processors.JSONRenderer(serializer=_json),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=lambda name="": _Logger(file, name),
        # Loggers are made when modules are imported, before the settings are read.
        cache_logger_on_first_use=False,
    )
    root = logging.getLogger()
    root.handlers = [_LibraryHandler()]
    root.setLevel(max(number, _LIBRARIES_LEVEL))
    return file


def hide_secrets(_: object, __: str, said: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Replace values whose names are those of secrets."""
    for name in said:
        if any(word in name.lower() for word in _SECRET_WORDS):
            said[name] = _HIDDEN
    return said


def _add_name(logger: _Logger, _: str, said: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    said["logger"] = logger.name
    return said


def _json(said: dict[str, Any], **_: object) -> bytes:
    first = {name: said.pop(name) for name in _FIRST if name in said}
    return msgspec.json.encode({**first, **said}, enc_hook=str)
