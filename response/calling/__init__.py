"""Calling staff: who is called about what, in which words, and whether it went out."""
