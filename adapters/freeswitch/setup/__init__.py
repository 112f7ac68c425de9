"""FreeSWITCH's own configuration, written for the settings of a centre.

`switch_spec` says what a switch needs, `of_settings` works it out, and the rest turns it into the files of
a configuration folder: `autoload_configs`, `sip_profiles`, `dialplan`, `directory`, put together by `config_files`.
"""

from __future__ import annotations
