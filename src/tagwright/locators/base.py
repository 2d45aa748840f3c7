"""What a locator is: it finds the image references of one shape, and changes nothing."""

from __future__ import annotations
