"""What a pull request says: to the people who decide, and in hidden comments to the next pass."""
