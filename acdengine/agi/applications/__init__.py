"""Applications of Asterisk's dialplan that scripts run by ``EXEC``."""
