"""Agents, skills and strategies, and the matcher that gives a waiting call to an agent."""
