"""Who calls, at the stand-in as at FreeSWITCH."""

from __future__ import annotations

import pytest

from tests.live.test_callers import (
    test_a_leg_that_the_switch_has_dialled_is_known_after_a_restart,
    test_a_leg_that_the_switch_has_dialled_is_queued_like_any_other,
    test_a_second_withheld_caller_does_not_get_the_place_of_the_first,
    test_a_telephone_of_the_centre_is_queued_and_known_by_its_password,
    test_a_withheld_number_is_not_told_to_a_number_outside,
    test_a_withheld_number_is_on_no_telephone_and_in_no_fact,
    test_numbers_may_be_hidden_from_telephones_and_the_queue_shown,
    test_routing_may_use_a_number_that_the_network_vouches_for,
)

pytestmark = pytest.mark.slow
