"""FreeSWITCH's own configuration, written for the settings of a centre.

`spec` says what a switch needs, `of_settings` works it out, and the rest turns it into the files of
a configuration folder: `core`, `profiles`, `dialplan`, `directory`, put together by `tree`.
"""

from __future__ import annotations
