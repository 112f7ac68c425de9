"""The optional compiled build of the engine's inner modules (`docs/adr/0007`)."""

from __future__ import annotations
