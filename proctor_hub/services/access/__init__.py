"""Who may call the hub: machine clients, their tokens, people's tokens, idempotency keys."""
