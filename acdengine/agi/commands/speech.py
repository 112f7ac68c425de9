"""Commands of speech recognition, which need an engine that Asterisk's users load as a module.

None is loaded here, and each answers as Asterisk does then: SPEECH CREATE fails, and the others say
that no recognition was begun.
"""

from __future__ import annotations

from acdengine.agi.replies import Reply, result
from acdengine.agi.script_call import ScriptCall


async def no_engine(call: ScriptCall, words: list[str]) -> Reply:
    """Any of SPEECH …: 0."""
    call.host.told("agi speech recognition is not there", {})
    return result(0)
