"""The shapes a reference is written in; one file each."""
