"""Metrics of the files of lines: what the disk refused."""

from __future__ import annotations

from collections.abc import Mapping

from acdengine.runtime.exposition import Family
from acdengine.runtime.rotating_file import RotatingFile


class FileMetrics:
    """The files of lines, by what they hold."""

    def __init__(self, files: Mapping[str, RotatingFile]) -> None:
        self._files = files
        self._failures = Family(
            "acdengine_file_failures_total", "Writes that failed.", "counter", ("file",)
        )
        self._lost = Family(
            "acdengine_file_lines_lost_total", "Lines lost on a full disk.", "counter", ("file",)
        )

    def render(self) -> str:
        """The families as text."""
        for name, file in self._files.items():
            self._failures.set(file.failures, (name,))
            self._lost.set(file.lines_lost, (name,))
        return self._failures.render() + self._lost.render()
