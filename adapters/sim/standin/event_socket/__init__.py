"""The event socket: connections of clients, and those that the `socket` application makes."""
