"""Answers that are not JSON of ours."""

from __future__ import annotations

from msgspec import Struct


class Raw(Struct, frozen=True):
    """Bytes as they are, and what they are."""

    content: bytes
    content_type: str
