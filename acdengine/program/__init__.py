"""The program: what the command line starts, put together of all that is below."""
