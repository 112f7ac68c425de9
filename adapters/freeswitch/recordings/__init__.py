"""Files that the switch writes: recordings, voicemail messages, their folder and its free space."""
