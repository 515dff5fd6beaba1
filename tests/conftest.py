"""Settings of all tests."""

from hypothesis import HealthCheck, settings

# A machine that does other work makes a single example slow, and that is no fault of what is tested.
settings.register_profile("source2synth", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("source2synth")
