"""Sound: other rates keep the tone and drop what does not fit; silence at the ends; bad files."""

from __future__ import annotations

import math
import wave
from pathlib import Path

import pytest

from acdengine.speech.audio import Audio, NotSound, read_sound
from acdengine.speech.sound_check import problems_of
from tests.unit.speech.sounds import joined, silence, tone


def level(audio: Audio, hz: float) -> float:
    """How loud a tone is in a sound (Goertzel's formula, written out)."""
    turn = 2 * math.pi * hz / audio.rate
    count = len(audio.samples)
    real = sum(value * math.cos(turn * at) for at, value in enumerate(audio.samples))
    imaginary = sum(value * math.sin(turn * at) for at, value in enumerate(audio.samples))
    return 2 * math.hypot(real, imaginary) / count


@pytest.mark.parametrize("rate", [8_000, 16_000, 44_100])
def test_a_tone_stays_the_same_tone_at_another_rate(rate: int) -> None:
    other = tone(22_050, 0.5).at_rate(rate)
    assert other.rate == rate
    assert other.seconds == pytest.approx(0.5, abs=0.001)
    assert level(other, 440) == pytest.approx(10_000, rel=0.02)


def test_what_the_lower_rate_cannot_hold_is_dropped_and_does_not_fold_down() -> None:
    high = tone(22_050, 0.3, hz=6_000).at_rate(8_000)
    assert level(high, 2_000) < 100  # 8000 - 6000: where it would be heard
    assert max(map(abs, high.samples[200:-200])) < 100


def test_silence_at_the_ends_is_found_and_cut() -> None:
    audio = joined(silence(8_000, 0.5), tone(8_000, 1), silence(8_000, 1.5))
    before, behind = audio.silence()
    assert before == pytest.approx(0.5, abs=0.02)
    assert behind == pytest.approx(1.5, abs=0.02)
    assert audio.trimmed(0.05).seconds == pytest.approx(1.1, abs=0.03)
    assert silence(8_000, 1).trimmed(0.05).seconds == 1


def test_a_sound_is_read_as_it_was_written(tmp_path: Path) -> None:
    audio = tone(16_000, 0.1)
    audio.write(tmp_path / "a.wav")
    read, form = read_sound(tmp_path / "a.wav")
    assert read == audio
    assert (form.rate, form.channels, form.bits) == (16_000, 1, 16)


def test_two_channels_are_read_as_one(tmp_path: Path) -> None:
    write_raw(tmp_path / "a.wav", 8_000, 2, 2, b"\x10\x00\x30\x00" * 4)
    read, form = read_sound(tmp_path / "a.wav")
    assert list(read.samples) == [0x20] * 4
    assert form.channels == 2


@pytest.mark.parametrize(
    "content", [b"", b"RIFF", b"ID3 no wave at all", b"RIFF\x00\x00\x00\x00WAVE"]
)
def test_what_is_no_wave_file_is_told(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.wav").write_bytes(content)
    with pytest.raises(NotSound, match="is no WAV file of PCM samples"):
        read_sound(tmp_path / "a.wav")
    assert problems_of(tmp_path / "a.wav")[0].endswith("mono, 8000 or 16000 Hz")


def write_raw(path: Path, rate: int, channels: int, width: int, frames: bytes) -> None:
    with path.open("wb") as file, wave.open(file, "wb") as sound:
        sound.setnchannels(channels)
        sound.setsampwidth(width)
        sound.setframerate(rate)
        sound.writeframes(frames)


def problems(folder: Path, audio: Audio) -> list[str]:
    audio.write(folder / "a.wav")
    return problems_of(folder / "a.wav")


def test_a_good_prompt_has_no_problems(tmp_path: Path) -> None:
    good = joined(silence(8_000, 0.1), tone(8_000, 1), silence(8_000, 0.2))
    assert problems(tmp_path, good) == []
    assert problems(tmp_path, tone(16_000, 1)) == []


def test_everything_that_is_wrong_with_a_prompt_is_told(tmp_path: Path) -> None:
    long_ends = joined(silence(8_000, 0.8), tone(8_000, 1), silence(8_000, 2))
    assert problems(tmp_path, long_ends) == [
        "begins with 0.8 s of silence, expected 0.3 s at most",
        "ends with 2.0 s of silence, expected 1 s at most",
    ]
    assert problems(tmp_path, silence(8_000, 2)) == ["is silent for all of its 2.0 s"]
    assert problems(tmp_path, silence(8_000, 0)) == ["is empty"]
    assert problems(tmp_path, tone(8_000, 1, loudness=900)) == [
        "is faint: its loudest sample is at 2 % of full scale"
    ]
    assert "is clipped" in problems(tmp_path, tone(8_000, 1, loudness=32_767))[0]
    assert problems(tmp_path, tone(11_025, 1)) == ["has 11025 Hz, expected 8000 or 16000"]


def test_the_form_of_a_file_is_told(tmp_path: Path) -> None:
    write_raw(tmp_path / "a.wav", 44_100, 2, 1, bytes(80))
    assert problems_of(tmp_path / "a.wav") == [
        "has 44100 Hz, expected 8000 or 16000",
        "has 2 channels, expected 1",
        "has samples of 8 bits, expected 16",
    ]
    assert problems_of(tmp_path / "gone.wav") == ["cannot be read: No such file or directory"]
