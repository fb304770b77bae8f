"""Floor 4: the relays that deliver the outbox, and the jobs that run by the clock."""
