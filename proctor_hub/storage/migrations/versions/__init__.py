"""One module per revision; written by ``scripts/new_migration.py``."""
