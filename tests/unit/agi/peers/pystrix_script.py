"""A script with pystrix on its standard streams."""

from __future__ import annotations

import json

import pystrix
from pystrix.agi import core

agi = pystrix.agi.AGI()


def outcome(action):
    try:
        return repr(agi.execute(action))
    except Exception as problem:  # noqa: BLE001
        return type(problem).__name__


results = [
    outcome(action)
    for action in [
        core.Answer(),
        core.ChannelStatus(),
        core.StreamFile("hello", escape_digits="12"),
        core.StreamFile("nosuch", escape_digits="12"),
        core.GetData("hello", timeout=300, max_digits=4),
        core.GetOption("hello", escape_digits="12", timeout=200),
        core.WaitForDigit(200),
        core.SayNumber(12),
        core.SayDigits("012"),
        core.SayAlpha("abc"),
        core.SetVariable("a", "two words"),
        core.GetVariable("a"),
        core.GetVariable("nothing"),
        core.GetFullVariable("${a}"),
        core.DatabasePut("peer", "key", "two words"),
        core.DatabaseGet("peer", "key"),
        core.DatabaseDel("peer", "key"),
        core.Verbose("hello"),
        core.Noop(),
        core.Exec("NoOp", ("x",)),
        core.SetContext("c"),
        core.SetExtension("1"),
        core.SetPriority("1"),
    ]
]
results.append(sorted(agi.get_environment()))
text = json.dumps(results).replace("\\", "/").replace('"', "'")
agi.execute(core.DatabasePut("peers", "pystrix", text))
