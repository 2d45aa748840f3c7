"""Who answers for an image; one file for what is common, one for each that differs."""
