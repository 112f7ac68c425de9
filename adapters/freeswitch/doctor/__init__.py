"""Is a FreeSWITCH fit to serve a centre? Questions to a live one, and a test call.

`findings` is what is found, `talk` asks, the other files are the checks, `examine` makes them all.
Nothing here changes the switch; the test call has two legs of its own, which nobody hears.
"""

from __future__ import annotations
