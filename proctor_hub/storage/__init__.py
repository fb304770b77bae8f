"""Floor 2: SQLAlchemy Core tables, queries, migrations and the outbox, on SQLite and PostgreSQL."""
