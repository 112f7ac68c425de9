"""The event socket of the stand-in: values arrive, events are whole, losses are noticed."""

from __future__ import annotations

from tests.live.test_event_socket import (
    leg,
    test_a_call_by_the_socket_application,
    test_a_frozen_switch_is_noticed_and_a_thawed_one_found_again,
    test_a_wrong_password,
    test_arguments_of_applications_arrive,
    test_both_formats_say_the_same,
    test_names_for_display_do_no_harm,
    test_variables_of_an_originate_arrive,
    test_variables_that_are_set_arrive,
    test_with_all_events_no_number_is_missing,
)
