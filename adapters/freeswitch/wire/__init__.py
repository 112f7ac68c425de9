"""Connections to FreeSWITCH: sockets, login, subscriptions, replies, lost events and reconnects."""
