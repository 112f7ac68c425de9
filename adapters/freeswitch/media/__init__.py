"""What one caller hears: music, prompts and the names of sounds."""
