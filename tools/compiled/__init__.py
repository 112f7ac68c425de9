"""The optional compiled build of the engine and the daemon's hot path (`docs/adr/0007`)."""

from __future__ import annotations
