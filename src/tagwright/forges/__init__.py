"""Who keeps the pull requests; one forge a file."""
