"""Samples that ship with Tocsin: a fictitious bank and its people."""
