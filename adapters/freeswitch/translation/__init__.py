"""The engine's commands to FreeSWITCH's, and FreeSWITCH's events to the engine's."""
