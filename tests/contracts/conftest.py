"""What every contract test gets."""

from tests.support.judged import as_published

__all__ = ["as_published"]
