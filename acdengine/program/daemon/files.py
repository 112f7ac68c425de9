"""The files that the daemon writes, made from its settings."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeVar

import structlog

from acdengine.facts import AnyFact
from acdengine.plan import Plan
from acdengine.program.daemon.options import Options, StartError
from acdengine.program.daemon.records import open_spool
from acdengine.program.daemon.simulated_day import (
    WHOLE_UP_TO_BYTES,
    GoneOn,
    day_of,
    gone_on,
    is_marked,
    mark,
    unmark,
)
from acdengine.program.daemon.simulation import Simulation
from acdengine.queue_log.file import QueueLogFile
from acdengine.queue_log.translation import BandOf, Translation
from acdengine.records.spool import Spool
from acdengine.runtime.facts_file import FactsFile
from acdengine.runtime.journal import Journal, JournalInUse, SyncPolicy, discard
from acdengine.runtime.journal_files import JournalDamaged
from acdengine.runtime.logs import LogFile, set_up_logs
from acdengine.runtime.masking import Masks, kept_key, new_key
from acdengine.runtime.recovery import Recovered, recover
from acdengine.runtime.rotating_file import RotatingFile
from acdengine.settings.daemon import DaemonSettings
from queues.order import band_of

_log = structlog.get_logger("acdengine.daemon")

#: Where the log goes when the screen is taken and the settings name no file.
_SCREEN_LOG: Final = Path("var/acdengine.log")
_DAY_S: Final = 86_400.0


@dataclass(slots=True)
class Files:
    """What is written, apart from the journal's events.

    Attributes:
        log_masks: for what the log says of callers; None where it may say it in clear.
        facts: None where the settings want none.
        queue_log: likewise.
        journal: None where the settings want none.
        records: the spool of facts for the database; None where the settings name none.
        gone_on: the simulated day that goes on; None where a new one begins, or calls are real.
    """

    log: LogFile
    log_masks: Masks | None
    facts: FactsFile | None
    queue_log: QueueLogFile | None
    journal: Journal | None
    records: Spool | None
    gone_on: GoneOn | None = None

    def of_lines(self) -> dict[str, RotatingFile]:
        """The files of lines, by what they hold."""
        files = {} if self.log.file is None else {"log": self.log.file}
        if self.facts is not None:
            files["facts"] = self.facts.file
        if self.queue_log is not None:
            files["queue_log"] = self.queue_log.file
        if self.records is not None:
            files["records"] = self.records.file
        return files

    def kept(self) -> list[FactsFile | QueueLogFile | Spool]:
        """The files of facts, which a restart goes on with."""
        files = (self.facts, self.queue_log, self.records)
        return [file for file in files if file is not None]

    def take(self, seq: int, facts: Sequence[AnyFact]) -> None:
        """Write the facts of one event into all files of facts."""
        for file in self.kept():
            file.take(seq, facts)

    def recover(self, journal: Path) -> Recovered | None:
        """The engine of a journal; facts that the files may not have are written again.

        Where the spool of the records was lost, those of all events that the journal still has are:
        the database may have nothing of them.

        Raises:
            JournalDamaged: there is a journal, but not one from which a state can be worked out.
        """
        last = 0

        def take(seq: int, facts: Sequence[AnyFact]) -> None:
            nonlocal last
            if seq > last:
                last = seq
                self.take(seq, facts)

        if self.records is not None and self.records.is_new:
            try:
                told = recover(journal, take, from_oldest=True)
            except JournalDamaged as error:
                # The state is worked out from the newest snapshot all the same.
                _log.warning("records have a gap", reason=str(error))
            else:
                if told is not None and told.seq:
                    first = told.snapshot_seq + 1
                    _log.warning("the spool of records is new: facts are told again", first=first)
        return recover(journal, take)

    def end_day(self) -> None:
        """The simulated day is over: the next run begins a new one."""
        if self.journal is not None:
            mark(self.journal.folder, "")

    def keep(self) -> bool:
        """Have all facts on their way to the disk before a snapshot; whether they are."""
        kept = [file.keep() for file in self.kept()]
        return all(kept)


def open_log(settings: DaemonSettings, options: Options) -> LogFile:
    """Begin to log.

    Raises:
        StartError: the file cannot be opened.
    """
    path = Path(settings.log.file) if settings.log.file else None
    if path is None and not options.headless:
        path = _SCREEN_LOG
    try:
        return set_up_logs(path, settings.log.level)
    except OSError as error:
        raise StartError(f"the log {path} cannot be opened: {error.strerror}") from error


def open_files(
    settings: DaemonSettings,
    options: Options,
    log: LogFile,
    plan: Plan,
    simulation: Simulation | None,
) -> Files:
    """Open the files. A simulated day starts from nothing, and so does its journal, unless it was
    killed and goes on.

    Raises:
        StartError: a file cannot be opened, or belongs to another process.
    """
    masks = _masks(settings)
    journal, day = _journal(settings, options, simulation)
    of = dict.fromkeys(settings.privacy.masked, masks)
    facts, queue_log = None, None
    if settings.facts.file:
        facts = _opened_facts(
            "facts file", settings.facts.file, lambda path: FactsFile(path, of.get("facts"))
        )
    if settings.queue_log.file:
        translation = Translation(
            settings.queue_log.tenant, with_holds=settings.queue_log.holds, band_of=_bands(plan)
        )
        queue_log = _opened_facts(
            "queue_log", settings.queue_log.file,
            lambda path: QueueLogFile(path, translation, of.get("queue_log")),
        )  # fmt: skip
    if journal is not None and (not options.simulated or day is not None):
        for file in (facts, queue_log):
            if file is not None:
                _resumed(file)
    records = open_spool(
        settings.records,
        None if journal is None else journal.folder,
        is_simulated=bool(options.simulated),
    )
    return Files(log, of.get("log"), facts, queue_log, journal, records, day)


def _bands(plan: Plan) -> BandOf:
    """The strict bands of the queues, as they are at the start."""
    orders = {queue_id: policy.order for queue_id, policy in plan.queues.items()}

    def band(queue_id: str, priority: int) -> int:
        order = orders.get(queue_id)
        return 0 if order is None else band_of(order, priority)

    return band


_File = TypeVar("_File")


def _opened_facts(what: str, name: str, opened: Callable[[Path], _File]) -> _File:
    try:
        return opened(Path(name))
    except OSError as error:
        raise StartError(f"the {what} {name} cannot be opened: {error.strerror}") from error


def _resumed(file: FactsFile | QueueLogFile) -> None:
    try:
        file.resume()
    except OSError as error:
        raise StartError(f"{file.name} cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise StartError(str(error)) from error


def _masks(settings: DaemonSettings) -> Masks:
    privacy = settings.privacy
    try:
        key = kept_key(Path(privacy.key_file)) if privacy.key_file else new_key()
    except (OSError, ValueError) as error:
        raise StartError(f"the key of the masks cannot be had: {error}") from error
    return Masks(privacy.digits_shown, key)


def _opened(folder: Path, sync: SyncPolicy, keep_s: float) -> Journal:
    """The journal of a real centre; simulated events are not gone on with."""
    if is_marked(folder):
        discard(folder)
    journal = Journal(folder, sync, keep_s)
    unmark(folder)
    return journal


def _opened_simulated(
    folder: Path, sync: SyncPolicy, keep_s: float, options: Options, simulation: Simulation
) -> tuple[Journal, GoneOn | None]:
    """The journal of a simulated day, and the day where it goes on; real events are kept from
    simulations."""
    if not is_marked(folder) and not options.force and _holds_events(folder):
        # Where another process has it, that is what is to be said.
        Journal(folder, sync).close()
        raise StartError(
            f"{folder} holds the journal of a centre that is not simulated: start the simulation"
            " in another folder, or with --force, which forgets that centre's calls and agents"
        )
    day = day_of(simulation, options)
    journal = Journal(folder, sync, keep_s, WHOLE_UP_TO_BYTES)
    goes_on = None if options.new_day else gone_on(folder, day, simulation)
    if goes_on is None:
        journal.close()
        discard(folder)
        journal = Journal(folder, sync, keep_s, WHOLE_UP_TO_BYTES)
    mark(folder, day)
    return journal, goes_on


def _holds_events(folder: Path) -> bool:
    return any(path.suffix in (".journal", ".snapshot") for path in folder.glob("*.*"))


def _journal(
    settings: DaemonSettings, options: Options, simulation: Simulation | None
) -> tuple[Journal | None, GoneOn | None]:
    if not settings.journal.folder:
        return None, None
    folder, sync = Path(settings.journal.folder), settings.journal.sync
    keep_s = settings.journal.keep_days * _DAY_S
    try:
        if simulation is None:
            return _opened(folder, sync, keep_s), None
        return _opened_simulated(folder, sync, keep_s, options, simulation)
    except JournalInUse as error:
        raise StartError(str(error)) from error
    except OSError as error:
        raise StartError(f"the journal in {folder} cannot be written: {error.strerror}") from error
