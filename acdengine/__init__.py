"""Automatic call distribution: events come in, a pure engine decides, commands go out."""

from __future__ import annotations

__version__ = "0.1.0"
