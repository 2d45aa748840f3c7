"""The commands, a file each: its flags, then verb, view, exit code. A member's docstring is its help.

A member is loaded when its command is meant; what is heavy, when it is done. Every member has

    declare(parser)     its flags
    command(args)       does it; the exit code
"""

NAMES = ("run", "plan", "set", "explain", "scan", "choose", "check", "serve", "history", "report", "demo", "version")
"""In the order in which help lists them."""

SILENT = ("choose", "check", "version")
"""Those that log nothing, and start the quicker for it."""

EVERY_STEP = ("serve",)
"""Those that log every step, because nobody waits for their end."""
