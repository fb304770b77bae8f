"""Attempts: how they begin, run, end and are archived (domain §3)."""
