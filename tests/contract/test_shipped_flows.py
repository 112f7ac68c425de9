"""The shipped flows, with the whole daemon and the stand-in."""

from __future__ import annotations

import pytest

from tests.live.test_shipped_flows import (
    at_the_centre,
    calls,
    test_a_caller_who_is_there_goes_on_to_the_main_menu,
    test_a_card_is_paid_with,
    test_a_message_is_left,
    test_a_survey_is_answered_by_keys,
    test_a_waiting_caller_is_offered_a_callback_and_takes_it,
    test_an_important_customer_is_put_before_others,
    test_an_order_number_is_typed_confirmed_and_looked_up,
    test_an_order_number_that_is_wrong_is_asked_for_again,
    test_keys_typed_ahead_lead_through_the_main_menu_into_a_queue,
)

pytestmark = pytest.mark.slow
