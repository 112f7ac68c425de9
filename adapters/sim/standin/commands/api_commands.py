"""The API commands by name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from adapters.sim.standin.calls import (
    applications,
    bridging,
    conference,
    dtmf,
    leg_states,
    playback_applications,
    recording,
    transfer,
)
from adapters.sim.standin.commands import administration, report_commands
from adapters.sim.standin.core import hangup_causes
from adapters.sim.standin.core.channel import Channel, Message
from adapters.sim.standin.core.switch_core import SwitchCore
from adapters.sim.standin.core.text_parsing import expanded, separated
from adapters.sim.standin.dialling import originate

Command = Callable[[SwitchCore, str], str]
GONE: Final = "-ERR No such channel!\n"


def run(switch: SwitchCore, name: str, argument: str, done: Callable[[str], None]) -> None:
    """Run a command; `done` gets what it prints, at once except for `originate`."""
    if name == "originate":
        originate.originate(switch, argument, done)
        return
    command = COMMANDS.get(name)
    if command is None or name in switch.faults.unknown:
        done(f"-ERR {name} Command not found!\n")
    else:
        done(command(switch, argument))


def _leg(switch: SwitchCore, argument: str) -> Channel | None:
    return switch.living(argument.split(" ")[0]) if argument else None


def _answer(switch: SwitchCore, argument: str) -> str:
    leg = _leg(switch, argument)
    if leg is None:
        return "-ERROR\n"
    switch.clock.after(0, lambda: leg_states.answer(switch, leg))
    return "+OK\n"


def _pre_answer(switch: SwitchCore, argument: str) -> str:
    leg = _leg(switch, argument)
    if leg is None:
        return "-ERROR\n"
    switch.clock.after(0, lambda: leg_states.pre_answer(switch, leg))
    return "+OK\n"


def _break(switch: SwitchCore, argument: str) -> str:
    if not argument:
        return "-USAGE: <uuid> [all]\n"
    leg = _leg(switch, argument)
    if leg is None:
        return GONE
    if argument.endswith(" all"):
        # What has not begun yet never does.
        leg.messages.clear()
    elif playback_applications.breaks_pause(switch, leg):
        return "+OK\n"
    leg.is_breaking = True
    switch.next_frame(leg, lambda: applications.break_sounds(switch, leg))
    return "+OK\n"


def _setvar(switch: SwitchCore, argument: str) -> str:
    words = separated(argument, " ", 3)
    if len(words) < 2:
        return "-USAGE: <uuid> <var> [value]\n"
    leg = switch.living(words[0])
    if leg is None:
        return GONE
    leg.set(words[1], words[2] if len(words) > 2 else "")
    return "+OK\n"


def _setvar_multi(switch: SwitchCore, argument: str) -> str:
    uuid, _, rest = argument.partition(" ")
    leg = switch.living(uuid)
    if leg is None:
        return GONE + "-USAGE: <uuid> <var>=<value>;<var>=<value>...\n"
    for piece in separated(rest, ";", 64):
        name, _, value = piece.partition("=")
        leg.set(name, value)
    return "+OK\n"


def _getvar(switch: SwitchCore, argument: str) -> str:
    words = argument.split()
    if len(words) < 2:
        return "-USAGE: <uuid> <var>\n"
    leg = switch.living(words[0])
    if leg is None:
        return GONE
    # Fields of the caller profile and global variables as well: `switch_channel_get_variable`.
    return leg.get(words[1]) or ("(" not in words[1] and switch.look_up(leg, words[1])) or "_undef_"


def _recv_dtmf(switch: SwitchCore, argument: str) -> str:
    uuid, _, digits = argument.partition(" ")
    leg = switch.living(uuid)
    if leg is None:
        return "-ERR Cannot locate session!\n"
    leg.received += digits.partition("@")[0]

    def press() -> None:
        # Frames that are due at one moment come in any order, keys in theirs.
        keys, leg.received = leg.received, ""
        for digit in keys:
            dtmf.pressed(switch, leg, digit, "APP")

    switch.next_frame(leg, press)
    return f"+OK {uuid} received DTMF {digits}.\n"


def _send_dtmf(switch: SwitchCore, argument: str) -> str:
    uuid, _, digits = argument.partition(" ")
    if switch.living(uuid) is None:
        return "-ERR Cannot locate session!\n"
    return f"+OK {uuid} sent DTMF {digits}.\n"


def _broadcast(switch: SwitchCore, argument: str) -> str:
    words = separated(argument, " ", 3)
    leg = switch.living(words[0]) if words else None
    if leg is None or len(words) < 2:
        return "-ERR invalid uuid\n"
    name, double, inner = words[1].partition("::")
    name, inner = (name, inner) if double else ("playback", words[1])
    # It begins 200 ms later than `sendmsg execute` does.
    switch.clock.after(0.18, lambda: _run_on(switch, leg, name, inner))
    return "+OK Message sent\n"


def _run_on(switch: SwitchCore, leg: Channel, name: str, argument: str) -> None:
    if leg.is_up:
        leg.messages.append(Message("execute", name, argument, switch.new_uuid()))
        switch.at_frame(leg)


def _phone_event(switch: SwitchCore, argument: str) -> str:
    words = argument.split()
    leg = switch.living(words[0]) if words else None
    if leg is None:
        return "-ERR Operation failed\n"
    if leg.far_end is not None and (len(words) < 2 or words[1] == "talk"):
        leg.far_end.on_talk(leg)
    return "+OK Success\n"


def _on_leg(done: str, gone: str) -> Command:
    """A command on a leg that has no effect but its reply."""

    def command(switch: SwitchCore, argument: str) -> str:
        return gone if _leg(switch, argument) is None else done

    return command


def _media_bugs(switch: SwitchCore, argument: str) -> str:
    """The media bugs of a leg: its recordings, the newest first."""
    leg = _leg(switch, argument)
    if leg is None:
        return "-ERR no reply\n"
    bugs = [
        f" <media-bug>\n  <function>session_record</function>\n  <target>{path}</target>\n"
        "  <thread-locked>0</thread-locked>\n </media-bug>\n"
        for path in reversed(leg.recordings)
    ]
    return f"<media-bugs>\n{''.join(bugs)}</media-bugs>\n"


def _deflect(switch: SwitchCore, argument: str) -> str:
    uuid, _, address = argument.partition(" ")
    leg = switch.living(uuid)
    if leg is None:
        return f"-ERR No such channel {uuid}!\n"
    if leg.far_end is not None:
        leg.far_end.on_refer(leg, address)
    if leg.is_true("sip_refer_continue_after_reply"):
        return "+OK:(null)\n"
    switch.next_frame(leg, lambda: leg_states.hang_up(switch, leg, "BLIND_TRANSFER"))
    return "+OK:SUCCESS\n"


def _sched_hangup(switch: SwitchCore, argument: str) -> str:
    words = argument.split()
    leg = switch.living(words[1]) if len(words) > 1 else None
    if leg is None:
        return GONE
    cause = (
        hangup_causes.known(words[2], "ALLOTTED_TIMEOUT") if len(words) > 2 else "ALLOTTED_TIMEOUT"
    )
    delay_s = int(words[0].lstrip("+") or 0)
    switch.clock.after(delay_s, lambda: leg_states.hang_up(switch, leg, cause))
    return "+OK\n"


def _hupall(switch: SwitchCore, argument: str) -> str:
    words = argument.split()
    cause = hangup_causes.known(words[0], "MANAGER_REQUEST") if words else "MANAGER_REQUEST"
    for leg in list(switch.channels.values()):
        if len(words) < 3 or leg.get(words[1]) == words[2]:
            leg_states.hang_up(switch, leg, cause)
    return f"+OK hangup all channels with cause {cause}\n"


def _sofia_contact(switch: SwitchCore, argument: str) -> str:
    user = argument.rpartition("/")[2].partition("@")[0]
    one = switch.registrations.get(user)
    if one is None:
        return "error/user_not_registered"
    return f"sofia/internal/sip:{user}@127.0.0.1:{one.port}"


def _user_exists(switch: SwitchCore, argument: str) -> str:
    words = argument.split()
    settings = switch.settings
    is_known = words[1:2] and words[1] in settings.directory and words[2:] == [settings.domain]
    return "true" if is_known else "false"


def _user_data(switch: SwitchCore, argument: str) -> str:
    words = argument.split()
    user = words[0].partition("@")[0] if words else ""
    if len(words) == 3 and words[1:] == ["var", "acd_agent"]:
        return switch.settings.directory.get(user, "")
    return ""


def _version(switch: SwitchCore, argument: str) -> str:
    if argument == "short":
        return f"{report_commands.VERSION}\n"
    return f"FreeSWITCH Version {report_commands.VERSION}~64bit ( 64bit)\n"


def _global(switch: SwitchCore, argument: str) -> str:
    return switch.globals.get(argument, "")


def _set_global(switch: SwitchCore, argument: str) -> str:
    name, equals, value = argument.partition("=")
    if equals:
        switch.globals[name] = value
    return "+OK"


def _eval(switch: SwitchCore, argument: str) -> str:
    return expanded(argument, lambda asked: switch.look_up(None, asked))


COMMANDS: Final[dict[str, Command]] = {
    "uuid_answer": _answer,
    "uuid_pre_answer": _pre_answer,
    "uuid_kill": originate.uuid_kill,
    "uuid_bridge": lambda switch, argument: bridging.uuid_bridge(switch, argument),
    "uuid_hold": lambda switch, argument: bridging.uuid_hold(switch, argument),
    "uuid_break": _break,
    "uuid_record": recording.uuid_record,
    "uuid_broadcast": _broadcast,
    "uuid_transfer": transfer.uuid_transfer,
    "uuid_dual_transfer": transfer.uuid_dual_transfer,
    "uuid_park": transfer.uuid_park,
    "uuid_setvar": _setvar,
    "uuid_setvar_multi": _setvar_multi,
    "uuid_getvar": _getvar,
    "uuid_dump": report_commands.uuid_dump,
    "uuid_exists": lambda switch, argument: "true" if switch.living(argument) else "false",
    "uuid_recv_dtmf": _recv_dtmf,
    "uuid_send_dtmf": _send_dtmf,
    "uuid_phone_event": _phone_event,
    "uuid_deflect": _deflect,
    "uuid_display": _on_leg("+OK Success\n", "-ERR Operation failed\n"),
    "uuid_media": _on_leg("-ERR Operation failed\n", "-ERR Operation failed\n"),
    "uuid_audio": _on_leg("+OK\n", GONE),
    "uuid_buglist": _media_bugs,
    "uuid_send_info": _on_leg("+OK Success\n", "-ERR Operation Failed\n"),
    "file_exists": administration.file_exists,
    "acl": administration.acl,
    "sched_del": lambda switch, argument: "+OK\n",
    "uuid_loglevel": _on_leg("+OK\n", GONE),
    "sched_hangup": _sched_hangup,
    "hupall": _hupall,
    "show": report_commands.show,
    "status": lambda switch, argument: report_commands.status(switch),
    "version": _version,
    "sofia": report_commands.sofia,
    "sofia_contact": _sofia_contact,
    "conference": conference.command,
    "user_exists": _user_exists,
    "user_data": _user_data,
    "global_getvar": _global,
    "global_setvar": _set_global,
    "eval": _eval,
    "echo": lambda switch, argument: argument,
    "expr": lambda switch, argument: "",
    "fsctl": administration.fsctl,
    "hostname": lambda switch, argument: switch.settings.hostname,
    "switchname": lambda switch, argument: switch.settings.switchname,
    "create_uuid": lambda switch, argument: switch.new_uuid(),
    "module_exists": administration.module_exists,
    "reloadxml": lambda switch, argument: "+OK [Success]\n",
    "strepoch": lambda switch, argument: str(switch.clock.now_us() // 1_000_000),
    "local_stream": administration.local_stream,
    "spawn_stream": administration.spawn_stream,
    "xml_locate": administration.xml_locate,
}
