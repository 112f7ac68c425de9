"""`acdengine replay`: recorded calls through the engine once more."""

from __future__ import annotations

import json
import os
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Final, NoReturn

import typer

from acdengine.engine.explain.timeline import in_words
from acdengine.program.cli.control.session import settings_found
from acdengine.program.what_if import WhatIf
from acdengine.replay.comparison import Difference, Verdict, compare
from acdengine.replay.journal_replay import JournalReplay
from acdengine.replay.recorded_facts import FactsFileError, facts_files, recorded_facts
from acdengine.replay.recording import Recording, open_recording
from acdengine.runtime.journal_files import JournalDamaged
from acdengine.settings.centre import load_centre
from acdengine.settings.errors import SettingsError
from acdengine.wording import counted

app = typer.Typer(add_completion=False)

_DIFFERS: Final = 1
_UNREADABLE: Final = 2
#: The last moments of a call that are shown beside a difference.
_MOMENTS: Final = 8
_FACTS_NAME: Final = "facts.jsonl"

Journals = Annotated[
    list[Path] | None,
    typer.Argument(
        metavar="JOURNAL", help="Folders of journals.", show_default="that of the daemon here"
    ),
]
Facts = Annotated[
    Path | None,
    typer.Option(
        help="Facts file to compare with, and those renamed before it.",
        show_default="facts.jsonl in the folder, or that of the daemon here",
    ),
]
NewSettings = Annotated[
    list[Path] | None,
    typer.Option("--config", metavar="FILE", help="What if: other settings, several read as one."),
]
Compare = Annotated[
    bool,
    typer.Option(
        "--compare", help="With --config: show each agent, and calls that went elsewhere, too."
    ),
]
Database = Annotated[
    str, typer.Option("--db", metavar="URL", help="With --config: records in place of a journal.")
]
Since = Annotated[
    str, typer.Option("--from", metavar="TIME", help="With --config: calls from then on (UTC).")
]
Until = Annotated[
    str, typer.Option("--to", metavar="TIME", help="With --config: calls before then (UTC).")
]
Replications = Annotated[
    int | None,
    typer.Option(min=1, max=1000, help="With --config: how often what was not recorded is drawn."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.command()
def replay(
    journals: Journals = None,
    facts: Facts = None,
    config: NewSettings = None,
    compare_calls: Compare = False,
    db: Database = "",
    since: Since = "",
    until: Until = "",
    replications: Replications = None,
    seed: Annotated[int | None, typer.Option(help="With --config: of the draws.")] = None,
    as_json: AsJson = False,
) -> None:
    """Replay recorded calls: the same decisions again, or those of other settings.

    Without --config the events of each journal go through the engine of this version, with the
    settings that the journal holds. What it decides is compared with the facts file, fact by fact,
    and with the later snapshots of the journal. The exit status is 1 where something differs, 2
    where a file cannot be read.

    With --config callers and agents do what was recorded: when they call, how long they wait at
    most, what they press, how long they talk, when agents sign in and take breaks. The engine
    decides the rest under the other settings, and both days are shown side by side.
    """
    if config:
        asked = WhatIf(
            journals or [], config, db, since, until, replications or 10, seed or 1,
            shows_calls=compare_calls, as_json=as_json,
        )  # fmt: skip
        asked.show(_own_files()[0])
        return
    if compare_calls or db or since or until or replications is not None or seed is not None:
        raise typer.BadParameter(
            "--compare, --db, --from, --to, --replications and --seed go with --config"
        )
    own_journal, own_facts = _own_files()
    folders = journals or ([own_journal] if own_journal else [])
    if not folders:
        _stop("which journal? The settings here name none (daemon.journal.folder)")
    results = []
    for folder in folders:
        file = facts or _facts_of(folder, own_facts if folder == own_journal else None)
        results.append(_replayed(folder, file, as_json=as_json))
    if as_json:
        typer.echo(json.dumps(results, indent=2))
    if any(result["difference"] for result in results):
        raise typer.Exit(_DIFFERS)


def _own_files() -> tuple[Path | None, Path | None]:
    """Journal and facts file of the settings here."""
    found = settings_found()
    if not found:
        return None, None
    try:
        settings, _, _ = load_centre([Path(file) for file in found], os.environ)
    except SettingsError:
        return None, None
    daemon = settings.daemon
    return (
        Path(daemon.journal.folder) if daemon.journal.folder else None,
        Path(daemon.facts.file) if daemon.facts.file else None,
    )


def _facts_of(folder: Path, own: Path | None) -> Path | None:
    beside = folder / _FACTS_NAME
    return beside if beside.exists() else own


def _replayed(folder: Path, file: Path | None, *, as_json: bool) -> dict[str, Any]:
    """Replay one journal, and say what came of it."""
    try:
        recording = open_recording(folder)
        replaying = JournalReplay(recording)
        beside = None if file is None else recorded_facts(facts_files(file), recording.seq)
        begin_s = time.perf_counter()
        verdict = compare(replaying, beside)
        took_s = time.perf_counter() - begin_s
    except (JournalDamaged, FactsFileError, OSError) as error:
        _stop(str(error))
    if not as_json:
        _tell(recording, file, verdict, replaying, took_s)
    return _as_json(recording, file, verdict)


def _tell(
    recording: Recording, file: Path | None, verdict: Verdict, replaying: JournalReplay, s: float
) -> None:
    typer.echo(
        f"{recording.folder}: events {recording.seq + 1:,} to {recording.seq + verdict.events:,}"
        + (f", {_utc(verdict.first_us)} to {_utc(verdict.last_us)} UTC" if verdict.events else "")
    )
    typer.echo(
        f"replayed: {counted(verdict.events, 'event')}, {counted(verdict.calls, 'call')}, "
        f"{counted(verdict.commands, 'command')}, {counted(verdict.facts, 'fact')}"
        + (f"; {verdict.calls / s:,.0f} calls a second" if s > 0 and verdict.calls else "")
    )
    if verdict.left_out:
        typer.echo(f"left out, as when they came: {counted(verdict.left_out, 'event')}")
    typer.echo(
        f"compared: {counted(verdict.facts_compared, 'fact')}"
        + (f" of {file}" if file is not None else "")
        + f", {counted(verdict.snapshots_compared, 'snapshot')}"
    )
    if verdict.difference is not None:
        _tell_difference(verdict.difference, replaying)
    elif verdict.compared:
        typer.echo("every decision is the recorded one")
    else:
        typer.echo("nothing to compare with: there is no facts file and no later snapshot")


def _tell_difference(difference: Difference, replaying: JournalReplay) -> None:
    event = difference.event
    named = "" if event is None else f" ({type(event).__name__}, {_utc(event.at_us)} UTC)"
    typer.echo(f"event {difference.seq:,}{named}: {difference.what} differs")
    typer.echo(f"  recorded: {difference.recorded}")
    typer.echo(f"  replayed: {difference.replayed}")
    if not difference.call_id:
        return
    words = [
        f"  {_utc(fact.at_us)}  {said}"
        for fact in replaying.engine.story(difference.call_id)
        if (said := in_words(fact))
    ]
    if words:
        typer.echo(f"call {difference.call_id}, as replayed:")
        typer.echo("\n".join(words[-_MOMENTS:]))


def _as_json(recording: Recording, file: Path | None, verdict: Verdict) -> dict[str, Any]:
    difference = verdict.difference
    return {
        "journal": str(recording.folder),
        "facts_file": None if file is None else str(file),
        "first_event": recording.seq + 1,
        "events": verdict.events,
        "calls": verdict.calls,
        "commands": verdict.commands,
        "facts": verdict.facts,
        "refused": verdict.refused,
        "left_out": verdict.left_out,
        "facts_compared": verdict.facts_compared,
        "snapshots_compared": verdict.snapshots_compared,
        "difference": None
        if difference is None
        else {
            "event": difference.seq,
            "type": type(difference.event).__name__,
            "what": difference.what,
            "recorded": difference.recorded,
            "replayed": difference.replayed,
            "call_id": difference.call_id,
        },
    }


def _utc(at_us: int) -> str:
    return f"{datetime.fromtimestamp(at_us / 1e6, UTC):%F %T.%f}"[:-3]


def _stop(words: str) -> NoReturn:
    typer.echo(words, err=True)
    raise typer.Exit(_UNREADABLE)
