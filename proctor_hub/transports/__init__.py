"""Transports: how events get to an LMS endpoint. A webhook is built in, others are plugins."""
