"""Properties, shown by Hypothesis."""

from hypothesis import settings

settings.register_profile("steady", deadline=None)  # a busy machine is slow, not wrong
settings.load_profile("steady")
