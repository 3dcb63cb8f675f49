"""Sending with a journal: claim, send, record; whatever is killed when, nobody is told twice."""
