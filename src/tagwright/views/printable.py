"""A line for a terminal. Names, messages and what files hold come from outside and are hostile: nothing goes through
that a terminal would obey or that is no text."""

from __future__ import annotations


def shown(line: str) -> str:
    """One line as it may be printed: what is not printable is escaped, a tab excepted; bytes that were no UTF-8 too."""
    return line if line.isprintable() else "".join(map(_shown, line))


def _shown(char: str) -> str:
    if char.isprintable() or char == "\t":
        return char
    if "\udc80" <= char <= "\udcff":  # PEP 383: a byte of a name that is no UTF-8
        return f"\\x{ord(char) - 0xDC00:02x}"
    return char.encode("unicode_escape").decode("ascii")
