"""API commands and dialplan applications, by name, and what the tables and reports say."""
