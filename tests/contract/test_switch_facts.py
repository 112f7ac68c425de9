"""What the adapter relies on, asked of the stand-in as of FreeSWITCH."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contract.standin_instance import StandInInstance, World
from tests.live.test_switch_facts import (
    _subscribed,
    test_a_break_drops_what_has_not_begun_and_leaves_what_is_sent_behind_it,
    test_a_break_ends_the_prompt_and_the_music_under_it,
    test_a_bridge_cuts_what_is_played,
    test_a_bridge_is_written_on_both_legs_before_it_has_come_about,
    test_a_cancelled_ring_ends_with_the_cause_given,
    test_a_filter_is_the_whole_of_a_field_in_either_case,
    test_a_leg_that_is_gone_leaves_the_other_untouched,
    test_a_leg_that_never_was_ends_with_its_job_alone,
    test_a_leg_that_stays_is_parked_whenever_the_other_one_goes,
    test_a_prompt_over_music_returns_to_the_music,
    test_a_second_leg_whose_first_goes_while_they_are_joined_is_deaf_until_it_is_moved,
    test_a_uuid_in_use_is_replaced_without_a_word,
    test_a_variable_set_by_command_is_not_expanded,
    test_a_word_may_be_left_out,
    test_an_application_takes_a_header_or_a_body_that_says_it_is_text,
    test_bridging_again_what_is_bridged_makes_the_bridge_anew,
    test_bridging_an_unanswered_caller_ends_both_legs,
    test_no_channels_is_a_count_without_rows,
    test_park_after_bridge_keeps_the_leg_that_has_it,
    test_park_timeout_ends_a_leg_that_rings_too_long,
    test_ring_ready_parks_the_leg_while_it_rings,
    test_the_end_of_what_was_played_is_told_but_for_legs_that_are_joined_or_end,
    test_the_first_of_two_who_talk_is_named_when_it_hangs_up,
    test_what_is_not_there_is_said_in_these_words,
    test_without_it_a_leg_goes_whose_other_one_goes_while_they_are_joined,
    test_without_it_the_other_leg_ends_too,
    test_words_reach_a_users_telephone_but_not_the_seconds,
    test_words_say_who_calls_and_how_long_a_leg_may_take,
)


@pytest.fixture
def freeswitch(world: World, tmp_path: Path, _sounds: Path) -> Iterator[StandInInstance]:
    """A stand-in at FreeSWITCH's own pace: some of the questions have to be asked between two
    frames."""
    made = StandInInstance(tmp_path / "standin", world, sounds=_sounds, speed=1)
    made.start()
    yield made
    made.kill9()
