"""Alembic's environment: how a database gets from any earlier schema to today's."""
