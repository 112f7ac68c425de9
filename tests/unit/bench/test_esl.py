"""The benchmark of the event socket measures what it says."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from adapters.freeswitch.protocol.event_fields import EventFields
from adapters.freeswitch.protocol.event_reader import EventReader
from adapters.freeswitch.protocol.frame_codec import Codec
from bench import esl_event, peer_environments
from bench.esl import Answer, Worker, summary
from bench.esl_workers import with_ours
from bench.peer_environments import GENESIS, Peer, PeerUnavailable, install, python_with


def test_the_events_are_as_large_as_those_of_a_busy_switch() -> None:
    sizes = []
    for seed in range(50):
        headers = esl_event.event(seed)
        frame = esl_event.plain_frame(headers)
        assert len(headers) == esl_event.HEADERS_PER_EVENT == 186
        sizes.append((len(frame), frame.count(b"%")))
    assert 8_200 < sum(size for size, _ in sizes) / 50 < 8_600
    assert 200 < sum(escapes for _, escapes in sizes) / 50 < 300
    assert esl_event.event(1) == esl_event.event(1) != esl_event.event(2)


def test_both_formats_say_the_same() -> None:
    reader = EventReader(EventFields)
    for seed in range(20):
        headers = esl_event.event(seed)
        for build in (esl_event.plain_frame, esl_event.json_frame):
            [frame] = Codec().feed(build(headers))
            assert reader.read(frame).headers() == headers


def test_our_worker_reads_the_wanted_values() -> None:
    names = [field.encode_name for field in msgspec.structs.fields(EventFields)]
    events = [esl_event.event(seed) for seed in range(3)]
    stream = b"".join(map(esl_event.json_frame, events))
    rows = with_ours.read([stream[:5_000], stream[5_000:]], names)
    assert rows == [tuple(headers.get(name, "") for name in names) for headers in events]


@pytest.mark.slow
def test_ratios_are_of_medians() -> None:
    costs = {"ours": [1.0, 2.0, 90.0], "ours_plain": [5.0], "genesis": [50.0], "greenswitch": [8.0]}
    workers = {}
    for name, us_per_event in costs.items():
        worker = workers[name] = Worker.__new__(Worker)
        worker.us_per_event = us_per_event
        worker.last = Answer(0.0, 400, "", "3.11.7")
    found = summary(workers, 3)
    assert (found["us_per_event"], found["ratio_genesis"], found["ratio_greenswitch"]) == (2, 25, 4)
    assert (found["ratio_genesis_plain"], found["goals_met"]) == (10, False)


def test_a_peer_without_a_fitting_python(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(PeerUnavailable, match=r"old==1 needs a Python below 3\.2"):
        python_with(Peer("old", "1", below_python=(3, 2)), tmp_path)


def test_a_peer_is_looked_for_and_never_installed(tmp_path: Path) -> None:
    peer = Peer(GENESIS.name, GENESIS.version, below_python=(4, 0))
    with pytest.raises(PeerUnavailable, match=r"genesis==.* is not installed: make peers"):
        python_with(peer, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_another_lock_file_means_another_installation(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(peer_environments, "LOCKS", tmp_path)
    peer = Peer("peer", "1", below_python=(4, 0))
    peer.lock.write_text("peer==1\n")
    installed: list[Path] = []

    def install_python(peer: Peer, folder: Path) -> None:
        folder.mkdir()
        installed.append(folder)

    monkeypatch.setattr(peer_environments, "_install_python", install_python)
    for _ in range(2):
        install(peer, tmp_path)
    assert python_with(peer, tmp_path) == installed[0] / "bin" / "python"
    peer.lock.write_text("peer==1\nother==2\n")
    with pytest.raises(PeerUnavailable):
        python_with(peer, tmp_path)
    install(peer, tmp_path)
    assert len(installed) == 2
