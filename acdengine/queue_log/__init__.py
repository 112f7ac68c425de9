"""Asterisk's ``queue_log``: the facts as the lines that reporting tools for app_queue read."""
