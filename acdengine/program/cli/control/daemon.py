"""A running daemon, asked over HTTP with the standard library alone."""

from __future__ import annotations

import json
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Any, Final, TypeAlias
from urllib.parse import quote, urlencode, urlsplit

#: An answer of JSON.
Answer: TypeAlias = dict[str, Any]

_TIMEOUT_S: Final = 15.0
#: Rows of one request; the daemon's own limit.
PAGE_LIMIT: Final = 500
#: Names compared with a mistyped one.
_NAMES: Final = 1000
#: A list without pages.
SWITCHES: Final = "/v1/switches"


class NotReached(Exception):
    """Nothing answers where the daemon should be."""


class RefusedByDaemon(Exception):
    """The daemon answers that it cannot be done; the text says why."""

    def __init__(self, status: int, answer: Answer) -> None:
        self.status = status
        self.answer = answer
        super().__init__(_words(status, answer))


def _words(status: int, answer: Answer) -> str:
    problem = str(answer.get("problem") or f"the daemon answers with status {status}")
    text = f"{answer['field']}: {problem}" if answer.get("field") else problem
    if answer.get("expected"):
        text = f"{text}, expected {answer['expected']}"
    lines = [text]
    for wrong in answer.get("problems", []):
        place = f"{wrong['file']}:{wrong['line']}:{wrong['column']}" if wrong["line"] else ""
        wish = f", expected {wrong['expected']}" if wrong["expected"] else ""
        where = " ".join(part for part in (place or wrong["file"], wrong["path"]) if part)
        lines.append(f"{where}: {wrong['problem']}{wish}")
    return "\n".join(lines)


def path_of(*parts: str) -> str:
    """A path of the control interface: ids keep their slash, all else is encoded."""
    return "/v1/" + "/".join(quote(part, safe="/@") for part in parts)


def call_path(call_id: str, *more: str) -> str:
    """The path of a call, whose id may hold anything."""
    return "/".join(["/v1/calls", quote(call_id, safe=""), *more])


def whole_id(noun: str, name: str) -> str:
    """An id as TENANT/NAME.

    Raises:
        RefusedByDaemon: it names no tenant, and so nothing that there is.
    """
    if "/" not in name:
        raise RefusedByDaemon(404, {"problem": f"no such {noun}"})
    return name


class Daemon:
    """Where the daemon is, and the token to use.

    Raises:
        ValueError: the address is none.
    """

    def __init__(self, url: str, token: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(f"{url!r} is no address such as http://127.0.0.1:8088")
        self.url = url.rstrip("/")
        self._base = parts.path.rstrip("/")
        kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
        self._connection = kind(parts.hostname, parts.port, timeout=_TIMEOUT_S)
        self.headers = {"Authorization": f"Bearer {token}"} if token else {}

    def close(self) -> None:
        """Let go of the connection."""
        self._connection.close()

    def ask(self, method: str, path: str, body: Answer | None = None) -> Any:  # noqa: ANN401 - JSON
        """One request, one answer.

        Raises:
            NotReached: nothing answers, or not as the daemon would.
            RefusedByDaemon: it cannot be done.
        """
        headers = dict(self.headers)
        content = None
        if body is not None:
            content = json.dumps(body).encode()
            headers["Content-Type"] = "application/json"
        try:
            self._connection.request(method, self._base + path, content, headers)
            response = self._connection.getresponse()
            received = response.read()
            answer = json.loads(received)
        except OSError as error:
            raise NotReached(f"{self.url}: {error.strerror or error}") from error
        except (HTTPException, ValueError) as error:
            raise NotReached(f"{self.url}: what answers there is no acdengine") from error
        if response.status >= 400:
            raise RefusedByDaemon(response.status, answer if isinstance(answer, dict) else {})
        return answer

    def get(self, path: str, **query: str | int) -> Any:  # noqa: ANN401 - JSON
        """Look at something; parameters that are empty are left out."""
        given = {name: value for name, value in query.items() if value != ""}
        return self.ask("GET", f"{path}?{urlencode(given)}" if given else path)

    def post(self, path: str, body: Answer | None = None) -> Any:  # noqa: ANN401 - JSON
        """Have something done."""
        return self.ask("POST", path, body)

    def rows(self, path: str, limit: int, **query: str) -> Answer:
        """The rows of a list, so many at most (0: all), from as many pages as it takes."""
        items: list[Answer] = []
        cursor = ""
        while True:
            wanted = min(PAGE_LIMIT, limit - len(items)) if limit else PAGE_LIMIT
            page = self.get(path, limit=wanted, cursor=cursor, **query)
            items += page["items"]
            cursor = page["next"]
            if not cursor or (limit and len(items) >= limit):
                return {"items": items, "next": cursor}

    def names(self, path: str, field: str) -> list[str]:
        """What the rows of a list are called, of the first pages."""
        page = self.get(path) if path == SWITCHES else self.rows(path, _NAMES)
        return list(dict.fromkeys(row[field] for row in page["items"] if row[field]))
