"""Waiting calls: order, priority, overflow steps, callbacks, estimates and service level."""
