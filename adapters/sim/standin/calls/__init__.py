"""What happens on legs: states, applications, sound, bridges, transfers and the end."""
