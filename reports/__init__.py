"""Telling management, authorities and auditors what happened."""
