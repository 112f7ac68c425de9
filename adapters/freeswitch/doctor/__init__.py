"""Is a FreeSWITCH fit to serve a centre? Questions to a live one, and a test call.

`switch_queries` asks the switch, `findings` is what is found, `run_checks` runs all checks.
Nothing here changes the switch; the test call has two legs of its own, which nobody hears.
"""

from __future__ import annotations
