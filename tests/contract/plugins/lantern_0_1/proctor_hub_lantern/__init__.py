"""Lantern, an invented vendor: every hook of the contract it was built against."""
