"""The commands that a script may send: 46 of ``res_agi.c``, and GOSUB of ``app_stack.c``."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from acdengine.agi.applications.table import execute
from acdengine.agi.commands import channel, listening, speaking, speech, variables
from acdengine.agi.replies import Reply
from acdengine.agi.script_call import ScriptCall

_ANY: Final = 1_000


@dataclass(frozen=True)
class AgiCommand:
    """One command: its name in words, what carries it out, how many words may follow.

    ``is_for_dead``: it is carried out after the hang-up too.
    """

    name: str
    carry_out: Callable[[ScriptCall, list[str]], Awaitable[Reply]]
    least: int
    most: int
    usage: str
    is_for_dead: bool = False


COMMANDS: Final = (
    AgiCommand("ANSWER", channel.answer, 0, _ANY, ""),
    AgiCommand("ASYNCAGI BREAK", channel.break_async, 0, _ANY, "", True),
    AgiCommand("CHANNEL STATUS", channel.channel_status, 0, 1, "[CHANNEL]"),
    AgiCommand(
        "CONTROL STREAM FILE", speaking.control_stream_file, 2, 7,
        "FILENAME ESCAPE_DIGITS [SKIPMS] [FFCHAR] [REWCHAR] [PAUSECHAR] [OFFSETMS]",
    ),
    AgiCommand("DATABASE DEL", variables.database_delete, 2, 2, "FAMILY KEY", True),
    AgiCommand("DATABASE DELTREE", variables.database_delete_tree, 1, 2, "FAMILY [KEYTREE]", True),
    AgiCommand("DATABASE GET", variables.database_get, 2, 2, "FAMILY KEY", True),
    AgiCommand("DATABASE PUT", variables.database_put, 3, 3, "FAMILY KEY VALUE", True),
    AgiCommand("EXEC", execute, 1, _ANY, "APPLICATION [OPTIONS]", True),
    AgiCommand("GET DATA", listening.get_data, 1, _ANY, "FILE [TIMEOUT] [MAXDIGITS]"),
    AgiCommand(
        "GET FULL VARIABLE", variables.get_full_variable, 1, 2, "EXPRESSION [CHANNEL]", True
    ),
    AgiCommand("GET OPTION", speaking.get_option, 2, 3, "FILENAME ESCAPE_DIGITS [TIMEOUT]"),
    AgiCommand("GET VARIABLE", variables.get_variable, 1, 1, "VARIABLENAME", True),
    AgiCommand("GOSUB", channel.go_sub, 3, 4, "CONTEXT EXTENSION PRIORITY [ARGUMENT]"),
    AgiCommand("HANGUP", channel.hang_up, 0, 1, "[CHANNEL]"),
    AgiCommand("NOOP", channel.no_operation, 0, _ANY, "", True),
    AgiCommand("RECEIVE CHAR", listening.receive_char, 1, 1, "TIMEOUT"),
    AgiCommand("RECEIVE TEXT", listening.receive_text, 1, 1, "TIMEOUT"),
    AgiCommand(
        "RECORD FILE", listening.record_file, 4, _ANY,
        "FILENAME FORMAT ESCAPE_DIGITS TIMEOUT [OFFSET_SAMPLES] [BEEP] [S=SILENCE]",
    ),
    AgiCommand("SAY ALPHA", speaking.say_alpha, 2, 3, "STRING ESCAPE_DIGITS [CASE]"),
    AgiCommand("SAY DATE", speaking.say_date, 2, 2, "DATE ESCAPE_DIGITS"),
    AgiCommand(
        "SAY DATETIME", speaking.say_date_time, 2, _ANY, "TIME ESCAPE_DIGITS [FORMAT] [TIMEZONE]"
    ),
    AgiCommand("SAY DIGITS", speaking.say_digits, 2, 2, "NUMBER ESCAPE_DIGITS"),
    AgiCommand("SAY NUMBER", speaking.say_number, 2, 3, "NUMBER ESCAPE_DIGITS [GENDER]"),
    AgiCommand("SAY PHONETIC", speaking.say_phonetic, 2, 2, "STRING ESCAPE_DIGITS"),
    AgiCommand("SAY TIME", speaking.say_time, 2, 2, "TIME ESCAPE_DIGITS"),
    AgiCommand("SEND IMAGE", channel.send_image, 1, 1, "IMAGE"),
    AgiCommand("SEND TEXT", channel.send_text, 1, 1, "TEXT"),
    AgiCommand("SET AUTOHANGUP", channel.set_auto_hang_up, 1, 1, "TIME"),
    AgiCommand("SET CALLERID", channel.set_caller_id, 0, _ANY, "NUMBER"),
    AgiCommand("SET CONTEXT", channel.set_context, 1, 1, "CONTEXT"),
    AgiCommand("SET EXTENSION", channel.set_extension, 1, 1, "EXTENSION"),
    AgiCommand("SET MUSIC", channel.set_music, 1, _ANY, "ON|OFF [CLASS]"),
    AgiCommand("SET PRIORITY", channel.set_priority, 1, 1, "PRIORITY"),
    AgiCommand("SET VARIABLE", variables.set_variable, 2, 2, "VARIABLENAME VALUE", True),
    AgiCommand("SPEECH ACTIVATE GRAMMAR", speech.no_engine, 1, 1, "GRAMMAR"),
    AgiCommand("SPEECH CREATE", speech.no_engine, 0, _ANY, "ENGINE"),
    AgiCommand("SPEECH DEACTIVATE GRAMMAR", speech.no_engine, 1, 1, "GRAMMAR"),
    AgiCommand("SPEECH DESTROY", speech.no_engine, 0, _ANY, "", True),
    AgiCommand("SPEECH LOAD GRAMMAR", speech.no_engine, 2, 2, "GRAMMAR PATH"),
    AgiCommand("SPEECH RECOGNIZE", speech.no_engine, 1, _ANY, "PROMPT TIMEOUT [OFFSET]"),
    AgiCommand("SPEECH SET", speech.no_engine, 2, 2, "NAME VALUE"),
    AgiCommand("SPEECH UNLOAD GRAMMAR", speech.no_engine, 1, 1, "GRAMMAR", True),
    AgiCommand("STREAM FILE", speaking.stream_file, 2, 3, "FILENAME ESCAPE_DIGITS [OFFSET]"),
    AgiCommand("TDD MODE", channel.text_telephone, 1, 1, "BOOLEAN"),
    AgiCommand("VERBOSE", channel.verbose, 1, _ANY, "MESSAGE [LEVEL]", True),
    AgiCommand("WAIT FOR DIGIT", listening.wait_for_digit, 1, 1, "TIMEOUT"),
)  # fmt: skip

_BY_WORDS: Final = {tuple(command.name.split()): command for command in COMMANDS}
_LONGEST_NAME: Final = max(len(name) for name in _BY_WORDS)


def find(words: list[str]) -> tuple[AgiCommand, list[str]] | None:
    """The command that a line begins with, by its longest name, and the words after it."""
    upper = [word.upper() for word in words[:_LONGEST_NAME]]
    for length in range(len(upper), 0, -1):
        command = _BY_WORDS.get(tuple(upper[:length]))
        if command is not None:
            return command, words[length:]
    return None
