"""Alembic's environment: the revisions of the tables."""

from __future__ import annotations
