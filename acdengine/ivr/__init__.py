"""IVR flows: their model, the expression language, and the interpreter that takes callers through
them. Pure: inputs in, effects out."""
