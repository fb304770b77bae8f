"""Throughput, latency and memory of the hub; ``python -m benchmarks`` runs them all."""
