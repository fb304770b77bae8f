"""The conformance kit's rooms; authors use :mod:`proctor_hub.testing.conformance` alone."""
