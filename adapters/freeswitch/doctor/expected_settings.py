"""What a centre's settings ask of a switch."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What has to be there.

    Attributes:
        prompts: name to absolute path on the switch.
        unknown_prompts: names that the settings use and no sound is known for.
        streams: names of local streams.
        languages, says_numbers: numbers are said in them, if any are said at all.
        phones: agent to user and domain of the telephone that registers.
        gateways: names.
        channels: of all trunk groups together.
        recordings: absolute path of the folder; empty: the switch's own.
    """

    prompts: dict[str, str] = field(default_factory=dict)
    unknown_prompts: tuple[str, ...] = ()
    streams: tuple[str, ...] = ()
    languages: tuple[str, ...] = ("en",)
    says_numbers: bool = False
    phones: dict[str, tuple[str, str]] = field(default_factory=dict)
    gateways: tuple[str, ...] = ()
    channels: int = 0
    recordings: str = ""
