"""Every way Tagwright can fail on purpose.

    TagwrightError
    ├── UsageError             the command line or the configuration is wrong (exit 2)
    │   └── ConfigError        all mistakes of a configuration file at once
    ├── ImageError             a text is no image reference
    ├── PolicyError            a policy that cannot be: bad range, bad regex
    ├── FileUnreadable         a file cannot be read as what its name says
    ├── EditRefused            an edit that cannot be proven to change only its span
    ├── RegistryError          a registry answered no, or half, or not at all
    │   ├── RegistryDenied         401 or 403
    │   ├── RepositoryUnknown      404 for the repository
    │   ├── TagUnknown             404 for a tag or digest
    │   ├── ListShrunk             fewer than half of the tags that were there before
    │   └── RegistryUnreachable    no host, no TLS, time-out, 429 or 5xx to the end
    ├── GitError               Git said no
    │   ├── GitDenied              credentials missing, wrong, or not enough
    │   ├── NotARepository         nothing there, or nothing that speaks Git
    │   ├── BranchUnknown          the branch does not exist; the repository may be empty
    │   ├── BranchMoved            someone pushed first: look again (retryable)
    │   └── BranchProtected        the server refuses direct pushes to this branch
    └── ForgeError             the forge's API said no
        ├── ForgeDenied            token missing, wrong, or not enough
        └── ForgeUnreachable       no host, no TLS, time-out, 5xx to the end, or no more requests for now

An error becomes a `Problem` where it stops: at a file, an image, a change set or a
target. Anything else that escapes is a bug (exit 3). No message may hold a secret.
"""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """An error that has become data.

    `about` names the file, image, change set or target it belongs to; `code` is a
    stable word for scripts; `path` and `line` (from 1; 0 = the whole file) point at
    the text when there is one. `retry_at` is when trying again may help (RFC 3339,
    UTC), where a registry or a forge said so.
    """

    about: str
    code: str
    message: str
    hint: str = ""
    path: str = ""
    line: int = 0
    retry_at: str = ""

    def __str__(self) -> str:
        where = f"{self.path}:{self.line}" if self.path and self.line else self.path or self.about
        return f"{where}: {self.message}" + (f" ({self.hint})" if self.hint else "")


class TagwrightError(Exception):
    """Something failed in a way we know.

    `message` says what and where in one sentence, `hint` what to try next;
    `code` is a stable, dash-separated word for scripts.
    """

    code = "error"
    retry_at = ""

    def __init__(self, message: str, *, hint: str = "", code: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        if code:
            self.code = code

    def problem(self, about: str, *, path: str = "", line: int = 0) -> Problem:
        """This error as data, about an image, a file, a change set or a target."""
        return Problem(about, self.code, self.message, self.hint, path, line, self.retry_at)


class UsageError(TagwrightError):
    """The command line or the configuration is wrong: exit 2."""

    code = "usage"


class ConfigError(UsageError):
    """A configuration with mistakes: all of them, each a Problem with file and line."""

    code = "config"

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems


class ImageError(TagwrightError):
    """A text that is no image reference by the grammar of distribution/reference."""

    code = "not-an-image"


class PolicyError(TagwrightError):
    """A policy that cannot be: a range or a regular expression that does not parse."""

    code = "policy"


def pointed(text: str, wanted: str, at: int, expected: str) -> str:
    """One line that says where (`at`, from 0) a text stops being what was wanted, and what stands there."""
    got = re.match(r"\S{0,20}", text[at:])
    what = f"{got[0]!r} stands" if got and got[0] else "it ends" if at >= len(text) else "a blank stands"
    shown = text if len(text) <= _LONG else f"{text[: _LONG - 1]}…"
    return f"{shown!r} is no {wanted}: at character {at + 1}, {what} where {expected} is expected"


_LONG = 200


class FileUnreadable(TagwrightError):
    """A file that cannot be read as what its name says it is."""

    code = "unreadable"


class EditRefused(TagwrightError):
    """An edit that cannot be proven to change only the intended bytes."""

    code = "edit-refused"


class RegistryError(TagwrightError):
    """A registry answered no, or half, or not at all. Never 'no update'."""

    code = "registry"


class RegistryDenied(RegistryError):
    """401 or 403 after our credentials, or for want of them."""

    code = "registry-denied"


class RepositoryUnknown(RegistryError):
    """The registry does not know the image repository."""

    code = "repository-unknown"


class TagUnknown(RegistryError):
    """The repository has no such tag or digest."""

    code = "tag-unknown"


class ListShrunk(RegistryError):
    """A list of tags with fewer than half of what it had; nobody confirmed that."""

    code = "list-shrunk"


class RegistryUnreachable(RegistryError):
    """No host, no TLS, a time-out, or 429/5xx until patience ended; `retry_at` as the registry said, or ""."""

    code = "registry-unreachable"

    def __init__(self, message: str, *, hint: str = "", retry_at: str = "") -> None:
        super().__init__(message, hint=hint)
        self.retry_at = retry_at


class GitError(TagwrightError):
    """Git said no."""

    code = "git"


class GitDenied(GitError):
    """Git credentials missing, wrong, or not enough."""

    code = "git-denied"


class NotARepository(GitError):
    """Nothing at that address, or nothing that speaks Git."""

    code = "not-a-repository"


class BranchUnknown(GitError):
    """The branch does not exist (an empty repository has none)."""

    code = "branch-unknown"


class BranchMoved(GitError):
    """Someone pushed first. The one Git error that is an invitation to look again."""

    code = "branch-moved"


class BranchProtected(GitError):
    """The server refuses direct pushes to this branch."""

    code = "branch-protected"


class ForgeError(TagwrightError):
    """The forge's API said no."""

    code = "forge"


class ForgeDenied(ForgeError):
    """The forge's token is missing, wrong, or not enough."""

    code = "forge-denied"


class ForgeUnreachable(ForgeError):
    """No host, no TLS, a time-out, 5xx until patience ended, or a limit of requests; `retry_at` where it was said."""

    code = "forge-unreachable"

    def __init__(self, message: str, *, hint: str = "", retry_at: str = "") -> None:
        super().__init__(message, hint=hint)
        self.retry_at = retry_at
