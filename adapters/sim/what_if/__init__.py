"""What yesterday would have looked like under other settings: recorded callers and agents, whose
calls the engine gives out once more."""
