"""Telling people: audience, notices, journal and channels."""
