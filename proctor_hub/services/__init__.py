"""Floor 3: one module per use case. Knows relays and jobs only through ``ports``."""
