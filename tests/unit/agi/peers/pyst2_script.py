"""A script with pyst2, as its users write them; what each call gave goes into the database."""

from __future__ import annotations

import json

from asterisk.agi import AGI

agi = AGI()


def outcome(call, *arguments):
    try:
        return repr(call(*arguments))
    except Exception as problem:  # noqa: BLE001
        return type(problem).__name__


results = [
    outcome(call, *arguments)
    for call, arguments in [
        (agi.answer, ()),
        (agi.channel_status, ()),
        (agi.stream_file, ("hello", "12")),
        (agi.stream_file, ("nosuch", "12")),
        (agi.get_data, ("hello", 300, 4)),
        (agi.get_option, ("hello", "12", 200)),
        (agi.wait_for_digit, (200,)),
        (agi.say_number, (12,)),
        (agi.say_digits, (12,)),
        (agi.say_alpha, ("abc",)),
        (agi.say_phonetic, ("abc",)),
        (agi.say_date, (1_000_000_000,)),
        (agi.say_time, (1_000_000_000,)),
        (agi.say_datetime, (1_000_000_000,)),
        (agi.set_variable, ("a", 'with "quotes" and \\')),
        (agi.get_variable, ("a",)),
        (agi.get_variable, ("nothing",)),
        (agi.get_full_variable, ("${a}",)),
        (agi.database_put, ("peer", "key", "two words")),
        (agi.database_get, ("peer", "key")),
        (agi.database_del, ("peer", "key")),
        (agi.database_get, ("peer", "key")),
        (agi.set_callerid, ("555",)),
        (agi.get_variable, ("CALLERID(num)",)),
        (agi.verbose, ("hello",)),
        (agi.noop, ()),
        (agi.appexec, ("NoOp", "x")),
        (agi.appexec, ("Nosuch", "x")),
        (agi.set_context, ("c",)),
        (agi.set_extension, ("1",)),
        (agi.set_priority, (1,)),
        (agi.goto_on_exit, ("c", "2", "1")),
        (agi.execute, ("NOSUCHCOMMAND",)),
    ]
]
results.append(sorted(key for key in agi.env if key.startswith("agi_")))
text = json.dumps(results).replace("\\", "/").replace('"', "'")
agi.database_put("peers", "pyst2", text)
