"""Recognising signals: one mapping file per format, read by one small engine."""
