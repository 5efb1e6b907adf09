"""Behaviour of users: histories of events, what is held out of them, and how well the next item is told."""
