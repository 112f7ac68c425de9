"""The daemon: settings, engine, runtime, adapter, files, console and interfaces put together."""
