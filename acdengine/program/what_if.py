"""What other settings would have made of recorded calls: read, played, shown."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import NoReturn

import typer

from acdengine.plan import Plan
from acdengine.replay.journal_replay import ReplayDefect
from acdengine.runtime.journal_files import JournalDamaged
from acdengine.settings.centre import load_centre
from acdengine.settings.errors import SettingsError
from adapters.sim.statistics.scipy_extra import MissingScipyError, require_scipy
from adapters.sim.what_if.comparison import Comparison, compare_days
from adapters.sim.what_if.comparison_report import json_comparison, text_comparison
from adapters.sim.what_if.recorded_day import RecordedDay
from adapters.sim.what_if.recorded_journal import read_journals

#: Calls that went elsewhere which are listed.
_CALLS_SHOWN = 20
_UNREADABLE = 2


@dataclass(frozen=True, slots=True)
class WhatIf:
    """What is asked for.

    Attributes:
        journals: folders; empty: that of the daemon here, where no database is named.
        config: files of the other settings.
        db: URL of a database of records; empty: journals.
        since, until: calls of this time only, as text; empty: all.
        replications, seed: of what was not recorded.
        shows_calls: list the calls that went elsewhere.
        as_json: print JSON.
    """

    journals: list[Path]
    config: list[Path]
    db: str
    since: str
    until: str
    replications: int
    seed: int
    shows_calls: bool
    as_json: bool

    def show(self, own_journal: Path | None) -> None:
        """Play the day, and print both side by side.

        Raises:
            typer.Exit: something cannot be read.
        """
        try:
            require_scipy()
            _, new, _ = load_centre(self.config, os.environ)
        except (MissingScipyError, SettingsError) as error:
            stop(str(error))
        day, same = self._recorded(own_journal)
        if not day.calls:
            stop(f"{day.name} holds no call of that time that can be played again")
        found = compare_days(day, new, same, self.replications, self.seed)
        self._print(day, found)

    def _print(self, day: RecordedDay, found: Comparison) -> None:
        if self.as_json:
            typer.echo(json.dumps(json_comparison(day, found), indent=2))
            return
        shown = _CALLS_SHOWN if self.shows_calls else 0
        typer.echo(text_comparison(day, found, [str(file) for file in self.config], shown))

    def _recorded(self, own_journal: Path | None) -> tuple[RecordedDay, Plan | None]:
        from_us, to_us = moment(self.since, "--from"), moment(self.until, "--to")
        if self.db:
            if self.journals:
                raise typer.BadParameter("journals or --db, not both")
            if not (from_us and to_us):
                raise typer.BadParameter("--db wants --from and --to: which calls?")
            return self._from_database(from_us, to_us), None
        folders = self.journals or ([own_journal] if own_journal else [])
        if not folders:
            stop("which journal? The settings here name none (daemon.journal.folder)")
        try:
            return read_journals(folders, from_us, to_us)
        except (JournalDamaged, OSError) as error:
            stop(str(error))
        except ReplayDefect as defect:
            stop(f"event {defect.decided.seq} cannot be replayed: {defect}")

    def _from_database(self, from_us: int, to_us: int) -> RecordedDay:
        from sqlalchemy.exc import SQLAlchemyError

        from acdengine.records.database import engine_of
        from acdengine.records.migrating import schema_problem
        from adapters.sim.what_if.recorded_database import read_database

        try:
            engine = engine_of(self.db)
            if problem := schema_problem(engine):
                stop(problem)
            return read_database(engine, from_us, to_us)
        except SQLAlchemyError as error:
            reason = str(getattr(error, "orig", None) or error).splitlines()[0]
            stop(f"the database cannot be used: {reason}")


def moment(text: str, option: str) -> int:
    """A date or time as microseconds; 0 for none.

    Raises:
        typer.BadParameter: it is neither.
    """
    if not text:
        return 0
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(
            f"{text!r} is no date such as 2026-12-01 or 2026-12-01T08:30", param_hint=option
        ) from None
    return round((found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp() * 1e6)


def stop(words: str) -> NoReturn:
    """End the command with an error."""
    typer.echo(words, err=True)
    raise typer.Exit(_UNREADABLE)
