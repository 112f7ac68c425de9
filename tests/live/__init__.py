"""Against a real FreeSWITCH: `make live`, with FREESWITCH_BIN naming the binary."""
