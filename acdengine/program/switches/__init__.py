"""The FreeSWITCH nodes of the settings: driven, measured, written and examined."""
