"""Values from outside, chosen to do harm: for property tests."""

from __future__ import annotations

from hypothesis import strategies as st

PIECES = [
    "'", '"', "\\", "\\\\", "\\'", "\\n", "\\s", "\\,", ",", ";", "=", "|", "{", "}", "[", "]",
    "(", ")", "<", ">", "^^", "^^:", "$", "${", "$${", "$\\{", "${system(id)}", "%", "%[", "%41",
    "%0A", ":_:", ":_", "::", ":", "&", "!", "@@", " ", "  ", "-", "--", "+", "a", "b", "undef",
    "ARRAY::", "|:", "origination_nested_vars=true", "unload mod_event_socket", "é", "汉", "\u2028",
    "\x85", "🙂", "Unique-ID: forged", "#", "/", "..", "~", "`", "?", "*",
]  # fmt: skip
CONTROLS = ["\n", "\r", "\r\n", "\n\n", "\t", "\0", "\x01", "\x02", "\x7f"]

printable = st.lists(st.sampled_from(PIECES), max_size=12).map("".join)
anything = st.one_of(
    printable,
    st.lists(st.sampled_from(PIECES + CONTROLS), max_size=12).map("".join),
    st.text(max_size=40),
)
names = st.from_regex(r"[A-Za-z_][A-Za-z0-9_.-]{0,12}", fullmatch=True)
