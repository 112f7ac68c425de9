"""What builds the project; nothing here is installed with it."""

from __future__ import annotations
