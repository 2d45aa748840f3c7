"""Properties, shown by Hypothesis."""
