"""Telling people: whom, by which duty, by which way."""
