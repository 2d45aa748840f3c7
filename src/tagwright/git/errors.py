"""What git says on standard error, as one of our errors: what happened, where, and what to try.

`translate` for anything that failed; `broken` where only this machine had a part in it. A push that the far end
answered with "no" is told apart in refusals.py.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from tagwright.errors import BranchMoved, GitDenied, GitError, NotARepository
from tagwright.git.access import Login
from tagwright.git.address import Remote

TIMED_OUT = "git was still waiting for an answer and was ended"


@dataclass(frozen=True, slots=True)
class Sign:
    """A pattern in git's words, and the error it means."""

    pattern: str
    error: type[GitError]
    what: str
    hint: str
    code: str = ""

    def meant(self, told: str, **about: str) -> GitError:
        """The error; `told` is what was said, to be quoted, `about` what `what` names."""
        return self.error(self.what.format(**about) + told, hint=self.hint, code=self.code)


_TRY_LOGIN = "name a token by --token-env (access.token), or an ssh key by --ssh-key-file"
_NETWORK = "check the address, the network and the proxy variables"

# In order: the first that matches decides.
_SIGNS = (
    Sign(
        TIMED_OUT,
        GitError,
        "no answer from {url} in time",
        "try again later, or give a longer deadline",
        "git-timeout",
    ),
    Sign(
        r"does not support push options",
        GitError,
        "{url} takes no push options",
        "leave delivery.push_options out, or let the server take them: receive.advertisePushOptions",
        "push-options",
    ),
    Sign(
        r"REMOTE HOST IDENTIFICATION HAS CHANGED",
        GitDenied,
        "the ssh host key of {url} is not the one known for that host",
        "someone may listen in; compare the key by another way before changing known_hosts",
        "git-host-key",
    ),
    Sign(
        r"Host key verification failed|No \S+ host key is known",
        GitDenied,
        "the ssh host key of {url} is not known",
        "give --known-hosts FILE with the host's key (ssh-keyscan shows it; compare before trusting)",
        "git-host-key",
    ),
    Sign(
        r"archived so it is read-only|in read-only mode|temporarily read-only|read-only GitLab",
        GitError,
        "{url} is read-only at present",
        "try again when it takes pushes again",
        "push-refused",
    ),
    Sign(
        r"error: 413|HTTP 413|Request Entity Too Large|exceeds maximum allowed size",
        GitError,
        "{url} takes no push of this size",
        "raise the limit of the server, or of the proxy before it",
        "push-refused",
    ),
    Sign(
        r"error: 429|HTTP 429|Too Many Requests",
        GitError,
        "{url} is asked too often",
        "try again later",
        "git-unreachable",
    ),
    Sign(
        r"marked as read only|[Dd]eploy key does not have write",
        GitDenied,
        "the key may read {url} but not write to it",
        "give the deploy key write access",
    ),
    Sign(r"Permission denied \(", GitDenied, "{url} accepted no ssh key of ours", "give --ssh-key-file, or an agent"),
    Sign(
        r"could not read (Username|Password)|terminal prompts disabled",
        GitDenied,
        "{url} asks for a login, and none is known",
        _TRY_LOGIN,
    ),
    Sign(
        r"Authentication failed|error: 401",
        GitDenied,
        "{url} refused our user name or token",
        "check that it is valid, and that it may see this repository",
    ),
    Sign(
        r"error: 403|(not allowed|unauthorized|denied|forbidden) .*(push|access|write)|not allowed to (push|upload)",
        GitDenied,
        "our login may not do this on {url}",
        "check the token's rights: writing to Git needs more than reading",
    ),
    Sign(
        r"[Cc]ould not resolve (host|proxy)|Name or service not known|nodename nor servname",
        GitError,
        "the host of {url} is not known",
        _NETWORK,
        "git-unknown-host",
    ),
    Sign(
        r"certificate|gnutls_handshake|SSL (connect|routines|connection)|TLS (handshake|connect|alert)",
        GitError,
        "no trusted TLS connection to {url}",
        "for a company's own authority set GIT_SSL_CAINFO to its file",
        "git-tls",
    ),
    Sign(
        r"Failed to connect|Couldn't connect|Connection (refused|timed out|reset|closed)|Network is unreachable"
        r"|No route to host|Operation (too slow|timed out)|Empty reply|early EOF|unexpected disconnect"
        r"|hung up unexpectedly|RPC failed|transfer closed|error: 5\d\d|Recv failure|Broken pipe",
        GitError,
        "the connection to {url} failed",
        _NETWORK,
        "git-unreachable",
    ),
    Sign(
        r"does not appear to be a git repository|[Rr]epository .*not found|not found: did you run|error: 404"
        r"|[Pp]roject you were looking for could not be found|not a git repository|bad line length"
        r"|is this a git repository|no such (file|repository)|info/refs not valid|No such file or directory"
        r"|access denied or repository not exported|invalid gitfile",
        NotARepository,
        "there is no Git repository at {url}, or our login may not see it",
        "check the address and the login",
    ),
    Sign(
        r"redirect|transport '\w+' not allowed",
        GitError,
        "{url} sends us to an address we do not follow",
        "give the address it moved to",
        "git-redirect",
    ),
    Sign(
        r"not our ref|unadvertised object|no such remote ref|couldn't find remote ref",
        BranchMoved,
        "the commit we looked at is gone from {url}",
        "look again",
    ),
    Sign(
        r"No space left|Read-only file system|[Dd]isk quota",
        GitError,
        "git has nowhere to write",
        "make room in the cache folder and TMPDIR",
        "git-no-space",
    ),
)

_EMPTY_WORDS = (
    "error: failed to push",
    "fatal: Could not read from remote",
    "Please make sure you have the correct access",
    "and the repository exists",
    "hint:",
)


def translate(stderr: str, remote: Remote, login: Login | None = None) -> GitError:
    """The error git's words mean. Never holds a secret: `login`'s values are taken out of whatever is quoted."""
    for sign in _SIGNS:
        if re.search(sign.pattern, stderr):
            return sign.meant(said(stderr, login), url=remote.url)
    return GitError(f"git failed on {remote.url}" + said(stderr, login), hint="check the address and the login")


def broken(stderr: str, remote: Remote) -> GitError:
    """The error behind a command on the mirror alone: the remote and the login have no part in it."""
    return GitError(
        f"git failed on its copy of {remote.url}{said(stderr, None)}",
        hint="see that the cache folder or TMPDIR can be written and has room",
    )


def said(stderr: str, login: Login | None) -> str:
    """The lines that explain: the server's first, else git's own last word."""
    lines = [line.strip() for line in stderr.splitlines() if line.strip()]
    remote = [line.removeprefix("remote:").strip() for line in lines if line.startswith("remote:")]
    told = [line for line in remote if re.search(r"[^\W_]{2}", line)] or [
        line for line in lines if not line.startswith(_EMPTY_WORDS)
    ]
    picked = told[:3] if remote else told[-2:]
    return f" ({quoted('; '.join(picked), login)})" if picked else ""


def quoted(text: str, login: Login | None) -> str:
    """Foreign words, safe to print: one line, no control characters, no secret, no novel."""
    if login:
        text = text.replace(login.password, "***")
    text = re.sub(r"(?<=://)[^/@\s]+@", "", text)
    return re.sub(r"[\x00-\x1f\x7f-\x9f]+", " ", text).strip()[:400]
