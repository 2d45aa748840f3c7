"""What people and scripts see: each view takes the nouns and gives text."""
