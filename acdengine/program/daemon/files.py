"""The files that the daemon writes, made from its settings."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from acdengine.program.daemon.options import Options, StartError
from acdengine.runtime.facts_file import FactsFile
from acdengine.runtime.journal import Journal, JournalInUse, SyncPolicy, discard
from acdengine.runtime.logs import LogFile, set_up_logs
from acdengine.runtime.masking import Masks, kept_key, new_key
from acdengine.runtime.rotating_file import RotatingFile
from acdengine.settings.daemon import DaemonSettings

#: Where the log goes when the screen is taken and the settings name no file.
_SCREEN_LOG: Final = Path("var/acdengine.log")


#: In the folder of a journal: its events are simulated.
_SIMULATED: Final = "simulated"


@dataclass(slots=True)
class Files:
    """What is written, apart from the journal's events.

    Attributes:
        log_masks: for what the log says of callers; None where it may say it in clear.
        facts: None where the settings want none.
        journal: None where the settings want none.
    """

    log: LogFile
    log_masks: Masks | None
    facts: FactsFile | None
    journal: Journal | None

    def of_lines(self) -> dict[str, RotatingFile]:
        """The files of lines, by what they hold."""
        files = {} if self.log.file is None else {"log": self.log.file}
        return files if self.facts is None else {**files, "facts": self.facts.file}


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


def open_files(settings: DaemonSettings, options: Options, log: LogFile) -> Files:
    """Open the files. A simulated day starts from nothing, so its journal does too.

    Raises:
        StartError: a file cannot be opened, or belongs to another process.
    """
    masks = _masks(settings)
    journal = _journal(settings, options)
    facts = None
    if settings.facts.file:
        path = Path(settings.facts.file)
        try:
            facts = FactsFile(path, masks if "facts" in settings.privacy.masked else None)
            if not options.simulated and journal is not None:
                facts.resume()
        except OSError as error:
            raise StartError(f"the facts file {path} cannot be opened: {error.strerror}") from error
    log_masks = masks if "log" in settings.privacy.masked else None
    return Files(log, log_masks, facts, journal)


def _masks(settings: DaemonSettings) -> Masks:
    privacy = settings.privacy
    try:
        key = kept_key(Path(privacy.key_file)) if privacy.key_file else new_key()
    except (OSError, ValueError) as error:
        raise StartError(f"the key of the masks cannot be had: {error}") from error
    return Masks(privacy.digits_shown, key)


def _opened(folder: Path, sync: SyncPolicy, options: Options) -> Journal:
    """The journal in a folder. Simulated events are never gone on with, neither by the next
    simulation nor by a real centre; real ones are kept from simulations."""
    mark = folder / _SIMULATED
    if options.simulated and not mark.exists() and not options.force and _holds_events(folder):
        # Where another process has it, that is what is to be said.
        Journal(folder, sync).close()
        raise StartError(
            f"{folder} holds the journal of a centre that is not simulated: start the simulation"
            " in another folder, or with --force, which forgets that centre's calls and agents"
        )
    if options.simulated or mark.exists():
        discard(folder)
    journal = Journal(folder, sync)
    if options.simulated:
        mark.touch()
    else:
        mark.unlink(missing_ok=True)
    return journal


def _holds_events(folder: Path) -> bool:
    return any(path.suffix in (".journal", ".snapshot") for path in folder.glob("*.*"))


def _journal(settings: DaemonSettings, options: Options) -> Journal | None:
    if not settings.journal.folder:
        return None
    folder = Path(settings.journal.folder)
    try:
        return _opened(folder, settings.journal.sync, options)
    except JournalInUse as error:
        raise StartError(str(error)) from error
    except OSError as error:
        raise StartError(f"the journal in {folder} cannot be written: {error.strerror}") from error
