"""Golden bodies of pull requests, and the picture of one that the README shows."""
