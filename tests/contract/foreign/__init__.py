"""Programs that others wrote, each in an environment of its own, telling one and the same story.

Every one of them connects, subscribes, starts a leg in the background, has it play a sound, and
hangs it up; and prints as JSON what it was told.
"""
