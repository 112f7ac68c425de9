"""The live tests that are not asked of the stand-in, and why not.

Every other live test is imported by name in the module of the same name here, whose fixtures put
the stand-in in the place of FreeSWITCH; `test_asked` fails where one is missing.
"""

from __future__ import annotations

from typing import Final

#: Modules of `tests.live` of which nothing is asked, and why not.
NOT_ASKED: Final = {
    "test_call_ids": "about a parameter of FreeSWITCH's SIP profiles; the stand-in names its legs",
    "test_refer_security": "about the configuration files that FreeSWITCH itself reads",
    "test_setup": "about the configuration files that FreeSWITCH itself reads",
}
#: By module, the tests that are not asked, and why not.
LEFT_OUT: Final = {
    "test_accepting": {
        "test_a_key_in_the_stream_of_the_sound_joins_the_agent": "it has no streams of sound",
        "test_of_several_telephones_the_one_that_answers_is_asked_for_the_key": (
            "a user has one telephone there"
        ),
    },
    "test_doctor": {
        "test_a_trunk_whose_callers_can_have_any_address_dialled_is_an_error": (
            "about the configuration files that FreeSWITCH itself reads"
        ),
    },
    "test_loss": {
        "test_a_daemon_that_stood_still_takes_in_thousands_of_events": (
            "the daemon has to stand still for ten real seconds"
        ),
    },
    "test_inputs": {
        "test_barge_in_is_silent_soon": "it is heard in RTP, of which there is none",
    },
    "test_shipped_flows": {
        "test_keys_of_every_kind_are_typed_ahead_and_none_is_lost": (
            "they are pressed in RTP, of which there is none"
        ),
    },
    "test_telephones": dict.fromkeys(
        (
            "test_all_telephones_of_a_user_ring_and_the_first_answer_wins",
            "test_several_telephones_that_nobody_answers_are_one_offer_that_is_taken_back",
            "test_a_conversation_of_one_of_several_telephones_is_found_by_a_new_daemon",
        ),
        "a user has one telephone there",
    ),
}
#: By module, what is otherwise.
OTHERWISE: Final = {
    "test_kill": "20 wait and 10 talk instead of 100 and 50; one seed of four",
    "test_company": "who hears whom is known at once, and not recorded",
    "test_registrations": "a gateway is looked for, and not sent OPTIONS",
}
