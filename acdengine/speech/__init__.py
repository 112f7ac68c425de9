"""Speech: texts made into sound files by a command, kept by content; what is wrong with files."""
