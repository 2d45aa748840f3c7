"""What is answered to those who are not listened to: little to them, all to our log."""

from __future__ import annotations


class Refused(Exception):
    """`status` and `said` are for the sender; `why` is for our log alone and never holds the token."""

    def __init__(self, status: int, said: str, why: str = "") -> None:
        super().__init__(said)
        self.status, self.said, self.why = status, said, why or said


class IssuerAway(Refused):
    """No keys could be had of an issuer, so nobody can be told from anybody."""

    def __init__(self, why: str) -> None:
        super().__init__(503, "the issuer's keys cannot be read at the moment, try again later", why)
