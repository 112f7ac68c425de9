"""The language of conditions and of `set`: typed, compiled when a flow is loaded, linear in time,
and without reach outside the flow's variables."""
