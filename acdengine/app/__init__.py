"""The daemon put together: settings, engine, runtime, adapter, files, console, interfaces."""
