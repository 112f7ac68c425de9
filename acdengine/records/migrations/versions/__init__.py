"""The revisions of the tables, oldest first by their numbers."""

from __future__ import annotations
