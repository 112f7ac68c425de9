"""mod_callcenter's configuration, read and turned into settings."""
