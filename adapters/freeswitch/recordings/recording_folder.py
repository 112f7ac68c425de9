"""The folder in which the switch writes recordings and messages, and the paths below it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from adapters.freeswitch.protocol.errors import Unrepresentable
from adapters.freeswitch.protocol.quoting import file_path

#: No blank, which would end the path where an application takes other words after it.
_FILE: Final = re.compile(r"[A-Za-z0-9+_@.-]+(/[A-Za-z0-9+_@.-]+)*")


@dataclass(frozen=True, slots=True)
class Storage:
    """A switch's folder of recordings.

    Attributes:
        folder: its absolute path, on the switch.
        min_free_bytes: with less space left no recording is begun; 0: that is not watched.
    """

    folder: str = "/var/lib/freeswitch/recordings"
    min_free_bytes: int = 0

    def path(self, file: str) -> str:
        """Where a file is on the switch.

        Raises:
            Unrepresentable: the file has no name that FreeSWITCH would take for one.
        """
        if not _FILE.fullmatch(file):
            raise Unrepresentable("recording", "it is no plain name of a file")
        path = file_path("recording", f"{self.folder.rstrip('/')}/{file}")
        if " " in path:
            raise Unrepresentable("recording", "the folder has a blank in it")
        return path

    def file(self, path: str) -> str:
        """The name of a file in the folder; empty for one elsewhere."""
        start = f"{self.folder.rstrip('/')}/"
        return path.removeprefix(start) if path.startswith(start) else ""
