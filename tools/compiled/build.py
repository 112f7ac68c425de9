"""`python -m tools.compiled`: compiles the hot path of engine and daemon with mypyc.

The libraries go to ``compiled`` in the virtual environment, never beside the sources: what one
environment's interpreter and compiler have made is not another's. How they get imported, and how a
changed source is noticed, is in `tools.compiled.finder`.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import sysconfig
from importlib.metadata import version
from pathlib import Path
from typing import Final

from tools.compiled import finder
from tools.compiled.rewrite import Rewriter

ROOT = Path(__file__).parents[2]
#: Group to its modules, in the order of their imports. The modules of one group know each other's
#: classes; those of another, and plain Python, they use as any code would. Settings, events,
#: commands, facts and what is not on the way of a call stay plain Python.
GROUPS: Final = {
    # Where calls, agents and deadlines are handled.
    "acdengine": (
        "queues.deadlines",
        "queues.estimate",
        "queues.line",
        "queues.order",
        "queues.queue",
        "queues.service_level",
        "routing.agent",
        "routing.call_group",
        "routing.classes",
        "routing.matcher",
        "routing.rules",
        "routing.stages",
        "acdengine.engine.records",
        "acdengine.engine.bounded_history",
        "acdengine.engine.state",
        "acdengine.engine.confirmation",
        "acdengine.engine.nodes",
        "acdengine.engine.part",
        "acdengine.engine.admission",
        "acdengine.engine.nailed_up_lines",
        "acdengine.engine.agents",
        "acdengine.engine.nailed_up_line_reports",
        "acdengine.engine.announcer",
        "acdengine.engine.offers",
        "acdengine.engine.parties",
        "acdengine.engine.teardown",
        "acdengine.engine.callbacks",
        "acdengine.engine.matching",
        "acdengine.engine.waiting",
        "acdengine.engine.destinations",
        "acdengine.engine.waiting_deadlines",
        "acdengine.engine.recordings",
        "acdengine.engine.bridging",
        "acdengine.engine.consults",
        "acdengine.engine.supervision",
        "acdengine.engine.conversations",
        "acdengine.engine.referred",
        "acdengine.engine.transfers",
        "acdengine.engine.offer_reports",
        "acdengine.engine.party_reports",
        "acdengine.engine.intake",
        "acdengine.engine.core",
    ),
    # Between the engine and the switch: the runtime's turn, and FreeSWITCH's adapter.
    "acdengine_daemon": (
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
        "adapters.freeswitch.protocol.codec",
        "adapters.freeswitch.protocol.event_reader",
        "adapters.freeswitch.protocol.causes",
        "adapters.freeswitch.translation.dialplan_hints",
        "adapters.freeswitch.protocol.replies",
        "adapters.freeswitch.wire.background_jobs",
        "adapters.freeswitch.wire.watchdog",
        "adapters.freeswitch.wire.event_sequence",
        "adapters.freeswitch.protocol.identities",
        "adapters.freeswitch.wire.read_coalescing",
        "adapters.freeswitch.wire.link",
        "adapters.freeswitch.wire.link_facade",
        "adapters.freeswitch.wire.outbound",
        "adapters.freeswitch.wire.connection",
        "adapters.freeswitch.wire.command_channel",
        "adapters.freeswitch.media.sounds",
        "adapters.freeswitch.media.player",
        "adapters.freeswitch.legs.agent_leg_states",
        "adapters.freeswitch.legs.legs",
        "adapters.freeswitch.legs.bridging",
        "adapters.freeswitch.legs.hangup_watch",
        "adapters.freeswitch.legs.internode",
        "adapters.freeswitch.agents.agent_legs",
        "adapters.freeswitch.trunks.trunk_groups",
        "adapters.freeswitch.translation.event_translator",
        "adapters.freeswitch.dialling.external_calls",
        "adapters.freeswitch.dialling.callback_customers",
        "adapters.freeswitch.dialling.third_parties",
        "adapters.freeswitch.multiparty.leg_places",
        "adapters.freeswitch.multiparty.multiparty_bridge",
        "adapters.freeswitch.agents.nailed_up_lines",
        "adapters.freeswitch.legs.holding",
        "adapters.freeswitch.recordings.recording",
        "adapters.freeswitch.recordings.voicemail",
        "adapters.freeswitch.monitoring.switch_health",
        "adapters.freeswitch.monitoring.switch_loss",
        "adapters.freeswitch.translation.command_executor",
        "adapters.freeswitch.translation.queue_places",
        "adapters.freeswitch.switch_events",
        "adapters.freeswitch.call_parts",
        "adapters.freeswitch.node",
    ),
}
#: All of them.
MODULES: Final = tuple(module for modules in GROUPS.values() for module in modules)
_SETUP = """
from mypyc.build import mypycify
from setuptools import setup

groups = {groups!r}
setup(
    name="compiled",
    packages=[],
    ext_modules=[
        extension
        for name, files in groups.items()
        for extension in mypycify(files, opt_level="2", group_name=name)
    ],
)
"""
#: mypyc takes its settings from a file; those of the project are for all its code.
_MYPY = "[mypy]\npython_version = 3.11\n"


class NotCompiled(Exception):
    """Why there is no compiled build, in words."""


def source_of(module: str) -> Path:
    """A module's source, relative to the root."""
    return Path(*module.split(".")).with_suffix(".py")


def compile_to(target: Path, work: Path) -> str:
    """Compile into ``target``; returns the fingerprint of what was compiled.

    Raises:
        NotCompiled: there is no compiler or no mypy, or one of them refused.
    """
    if not shutil.which(os.environ.get("CC", "cc")):
        raise NotCompiled("there is no C compiler")
    shutil.rmtree(work, ignore_errors=True)
    for pattern in finder.SOURCES:
        for path in ROOT.glob(pattern):
            copy = work / path.relative_to(ROOT)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, copy)
    taken = finder.fingerprint(work)
    rewriter = Rewriter()
    for module in MODULES:
        path = work / source_of(module)
        path.write_text(rewriter.rewrite(module, path.read_text("utf-8")), "utf-8")
    groups = {
        name: ["--config-file=mypy.ini", *(str(source_of(one)) for one in modules)]
        for name, modules in GROUPS.items()
    }
    (work / "mypy.ini").write_text(_MYPY, "utf-8")
    (work / "setup.py").write_text(_SETUP.format(groups=groups), "utf-8")
    order = [sys.executable, "setup.py", "--quiet", "build_ext", f"--build-lib={target}"]
    order.append(f"--parallel={len(GROUPS)}")
    done = subprocess.run(order, cwd=work, capture_output=True, text=True, check=False)
    if done.returncode:
        raise NotCompiled(f"the compiler refused\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    return taken


def build() -> str:
    """Compile for this environment, unless that has been done; returns what was done, in words.

    Raises:
        NotCompiled: it could not be done; there is plain Python.
    """
    if sys.prefix == sys.base_prefix:
        raise NotCompiled("this interpreter is not that of a virtual environment")
    home = Path(sys.prefix) / "compiled"
    manifest = home / "manifest.json"
    _install(manifest)
    if manifest.exists() and _is_fresh(manifest):
        return "the compiled engine is up to date"
    # A folder of its own each time: a process may be running what the last one holds.
    target = home / f"libraries-{finder.fingerprint(ROOT)[:12]}"
    shutil.rmtree(target, ignore_errors=True)
    taken = compile_to(target, home / "sources")
    suffix = sysconfig.get_config_var("EXT_SUFFIX")
    names = [*MODULES, *(f"{group}__mypyc" for group in GROUPS)]
    modules = {name: f"{target / name.replace('.', '/')}{suffix}" for name in names}
    written = manifest.with_suffix(".new")
    content = {
        "root": str(ROOT),
        "fingerprint": taken,
        "compiler": version("mypy"),
        "modules": modules,
    }
    written.write_text(json.dumps(content, indent=1) + "\n", "utf-8")
    written.replace(manifest)
    for old in home.glob("libraries-*"):
        if old != target:
            shutil.rmtree(old, ignore_errors=True)
    return f"{len(MODULES)} modules of the engine are compiled"


def _is_fresh(manifest: Path) -> bool:
    content = json.loads(manifest.read_bytes())
    return (
        content["fingerprint"] == finder.fingerprint(ROOT)
        and content["root"] == str(ROOT)
        and content.get("compiler") == version("mypy")
        and all(Path(file).exists() for file in content["modules"].values())
    )


def _install(manifest: Path) -> None:
    """Have each interpreter of this environment start the finder."""
    packages = Path(sysconfig.get_path("purelib"))
    shutil.copyfile(finder.__file__, packages / "_acdengine_compiled.py")
    start = f"import _acdengine_compiled; _acdengine_compiled.install({str(manifest)!r})\n"
    (packages / "_acdengine_compiled.pth").write_text(start, "utf-8")
