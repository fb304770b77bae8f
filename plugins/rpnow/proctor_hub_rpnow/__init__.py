"""RPNow (Software Secure, now PSI) for proctor_hub: the vendor's plugin and its sandbox."""
