"""What the compiled build compiles, for `setup.py`: the way of a call, by stock mypyc.

``ACDENGINE_COMPILE=1`` asks for it (`docs/adr/0007`, `make compiled`). The modules are compiled as
they are; what compiled code must keep to is written there.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
#: Where calls, agents and deadlines are handled: all of these folders ...
_ENGINE: Final = ("queues", "routing", "acdengine/engine")
#: ... but for settings, values and snapshots, whose types msgspec or `typing` look at.
_PLAIN: Final = frozenset(
    {
        "acdengine/engine/queue_snapshot.py",
        "acdengine/engine/snapshot.py",
        "acdengine/engine/snapshot_migrations.py",
        "acdengine/engine/stored_records.py",
        "queues/policy.py",
        "queues/targets.py",
        "routing/calendar.py",
        "routing/policy.py",
        "routing/requirements.py",
    }
)
#: Between the engine and the switch: the runtime's turn, and FreeSWITCH's adapter.
_DAEMON: Final = (
    "acdengine.runtime.histogram",
    "acdengine.runtime.meters",
    "acdengine.runtime.event_application",
    "acdengine.runtime.clock",
    "acdengine.runtime.timer",
    "acdengine.runtime.inbox",
    "acdengine.runtime.dispatcher",
    "acdengine.runtime.journal",
    "acdengine.runtime.facts_file",
    "acdengine.runtime.masking",
    "acdengine.runtime.exposition",
    "acdengine.runtime.longest_waits",
    "acdengine.runtime.metrics",
    "acdengine.runtime.outbox",
    "acdengine.runtime.fact_fanout",
    "acdengine.runtime.turn",
    "acdengine.runtime.loop",
    "adapters.freeswitch.protocol.quoting",
    "adapters.freeswitch.protocol.dial_strings",
    "adapters.freeswitch.protocol.command_lines",
    "adapters.freeswitch.protocol.frame_codec",
    "adapters.freeswitch.protocol.event_reader",
    "adapters.freeswitch.protocol.hangup_causes",
    "adapters.freeswitch.translation.dialplan_hints",
    "adapters.freeswitch.protocol.reply_matching",
    "adapters.freeswitch.wire.background_jobs",
    "adapters.freeswitch.wire.link_watchdog",
    "adapters.freeswitch.wire.event_sequence",
    "adapters.freeswitch.protocol.identifiers",
    "adapters.freeswitch.wire.read_coalescing",
    "adapters.freeswitch.wire.esl_link",
    "adapters.freeswitch.wire.link_facade",
    "adapters.freeswitch.wire.outbound_server",
    "adapters.freeswitch.wire.connection",
    "adapters.freeswitch.wire.command_channel",
    "adapters.freeswitch.media.sounds",
    "adapters.freeswitch.media.tenant_sounds",
    "adapters.freeswitch.media.player",
    "adapters.freeswitch.legs.leg_states",
    "adapters.freeswitch.legs.leg_table",
    "adapters.freeswitch.legs.channel_variables",
    "adapters.freeswitch.legs.bridging",
    "adapters.freeswitch.legs.hangup_watch",
    "adapters.freeswitch.legs.inter_node_routes",
    "adapters.freeswitch.agents.agent_originate",
    "adapters.freeswitch.trunks.trunk_groups",
    "adapters.freeswitch.translation.changes_during_resync",
    "adapters.freeswitch.translation.caller_legs",
    "adapters.freeswitch.translation.agent_offers",
    "adapters.freeswitch.translation.caller_intake",
    "adapters.freeswitch.translation.event_dispatch",
    "adapters.freeswitch.translation.event_translator",
    "adapters.freeswitch.dialling.external_calls",
    "adapters.freeswitch.dialling.callback_customers",
    "adapters.freeswitch.dialling.third_party_legs",
    "adapters.freeswitch.multiparty.leg_places",
    "adapters.freeswitch.multiparty.multiparty_bridge",
    "adapters.freeswitch.agents.nailed_up_lines",
    "adapters.freeswitch.legs.holding",
    "adapters.freeswitch.recordings.conversation_recording",
    "adapters.freeswitch.recordings.voicemail",
    "adapters.freeswitch.monitoring.switch_health",
    "adapters.freeswitch.monitoring.switch_loss",
    "adapters.freeswitch.commands.command_executor",
    "adapters.freeswitch.commands.caller_commands",
    "adapters.freeswitch.commands.playback_commands",
    "adapters.freeswitch.commands.bridge_commands",
    "adapters.freeswitch.commands.agent_routes",
    "adapters.freeswitch.commands.telephone_ringing",
    "adapters.freeswitch.commands.offer_commands",
    "adapters.freeswitch.commands.queue_places",
    "adapters.freeswitch.leg_events",
    "adapters.freeswitch.switch_events",
    "adapters.freeswitch.call_parts",
    "adapters.freeswitch.node",
)
#: mypyc takes no settings of the project, which are for all its code.
_OPTIONS: Final = ("--config-file=", "--python-version=3.11")


def groups() -> dict[str, list[str]]:
    """Name to the files of a group. Modules of one group know each other's classes; those of
    another, and plain Python, they use as any code would."""
    engine = [
        path.relative_to(ROOT).as_posix()
        for folder in _ENGINE
        for path in sorted((ROOT / folder).glob("[!_]*.py"))
    ]
    daemon = [f"{module.replace('.', '/')}.py" for module in _DAEMON]
    return {
        "acdengine": [file for file in engine if file not in _PLAIN],
        "acdengine_daemon": daemon,
    }


def extensions() -> list[object]:
    """The extension modules of setuptools: type-checked, and translated to C.

    Raises:
        ImportError: mypy is not installed.
        SystemExit: mypyc refuses a module; what is wrong with it has been printed.
    """
    from mypyc.build import mypycify

    return [
        extension
        for name, files in groups().items()
        for extension in mypycify([*_OPTIONS, *files], opt_level="2", group_name=name)
    ]
