"""Hearing people: what they ask, complain of and reply, and by when they are owed an answer."""
