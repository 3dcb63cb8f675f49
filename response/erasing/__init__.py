"""Destroying an incident's key, and taking people out of what stays."""
