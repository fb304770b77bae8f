"""Proctortrack (Verificient): the vendor plugin and, in `sandbox`, the vendor simulated."""
