"""FreeSWITCH's own configuration, written for the settings of a centre.

`switch_spec` says what a switch needs, `of_settings` works it out, and the rest writes the files of
a configuration folder: `autoload_configs`, `sip_profiles`, `dialplan` and `directory`, collected by
`config_files`.
"""
