"""A push that the far end answered with "no", as one of our errors: who was faster, who may not, or what may not be.

Only BranchProtected has a way round it, a pull request. So it is what is left when the server's words mean nothing
else: a refusal of what the commits hold (secrets, sizes, quotas, rules for messages) would meet any other branch too,
a login that may not write may not write there either, and a server in trouble is no rule.

The words are those of GitHub (GH001-GH013, its rulesets), GitLab (its access checks and push rules), Gitea and Forgejo
(`routers/private/hook_pre_receive.go`), Bitbucket, Azure DevOps (TF and VS numbers) and git itself.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from tagwright.errors import BranchMoved, BranchProtected, GitDenied, GitError
from tagwright.git.access import Login
from tagwright.git.address import Remote
from tagwright.git.errors import Sign, quoted, said

_TAKEN = re.compile(r"exists; cannot create|directory/file conflict")
_LOCKED = re.compile(r"Unable to create '[^']*\.lock'")
_MOVED = re.compile(
    r"fetch first|non-fast-forward|stale info|needs force|cannot lock ref|failed to (update|lock)|incorrect old value"
    r"|reference already exists|is at \w+ but expected|remote ref updated since checkout|TF401028"
)
_REWRITE = "a pull request would be refused as well: see what the server names"

# In order: the first that matches decides; what none matches is a protected branch.
_SIGNS = (
    Sign(
        r"GH009|PUSH PROTECTION|[Pp]ush cannot contain secrets|VS403654|contains? (one or more )?(credentials|secrets)",
        GitError,
        "the server sees secrets in the push to {where}",
        _REWRITE,
        "push-refused",
    ),
    Sign(
        r"GH001|GH008|exceeds? (GitHub's|the|its) (file )?(size|storage) limit|exceeds maximum allowed size"
        r"|larger than the (allowed )?|exceeded its size limit|[Qq]uota exceeded|over (its|the) size limit|TF402462",
        GitError,
        "the push to {where} is over a limit of size or quota",
        _REWRITE,
        "push-refused",
    ),
    Sign(
        r"GH007|publish a private email|does not follow the pattern|contains the forbidden pattern"
        r"|is not a member of (this )?(team|project)|You cannot push commits for",
        GitError,
        "a rule for authors or messages refuses the commits for {where}",
        "set delivery.author_name, author_email or the message as the rule wants them; a pull request meets it too",
        "push-refused",
    ),
    Sign(
        r"without `?workflows?`? (scope|permission)|create or update workflow",
        GitDenied,
        "the token may not change workflows in {where}",
        "give it the right to write workflows (scope `workflow`)",
    ),
    Sign(
        r"read-only( mode|\.| GitLab)",
        GitError,
        "the repository is read-only at present: {where}",
        "try again when it takes pushes again",
        "push-refused",
    ),
    Sign(
        r"[Dd]eploy key does not have write|not allowed to (push|upload) code(?! to protected)|scope 'repository'"
        r"|write access (to this repository )?(is )?not granted|DENIED by",
        GitDenied,
        "our login may not push to {where}",
        "check its rights: writing to Git needs more than reading",
    ),
    Sign(
        r"^\[remote failure\]|unpacker error|unable to (write|migrate)|insufficient permission for adding"
        r"|[Ii]nternal [Ss]erver [Ee]rror|[Ii]nternal API",
        GitError,
        "the server could not take in the push to {where}",
        "try again later; its log tells why",
        "git-unreachable",
    ),
    Sign(
        "checked out",
        BranchProtected,
        "the branch {where} is checked out there",
        "push to a bare repository, or to another branch",
    ),
)


def refused(reasons: Sequence[str], stderr: str, remote: Remote, branch: str, login: Login | None) -> GitError:
    """The error behind refs the far end (or git itself) refused: `reasons` as in `git push --porcelain`."""
    reason, told = " ".join(reasons), said(stderr, login)
    where = f"{branch} of {remote.url}"
    if _TAKEN.search(reason + stderr):
        return GitError(f"the branch {where} cannot be made: a branch of part of its name exists{told}")
    if _LOCKED.search(stderr):
        hint = "look again and repeat; a lock that stays was left by a process that died on the server"
        return BranchMoved(f"the branch {where} is locked on the server{told}", hint=hint)
    if _MOVED.search(reason):
        return BranchMoved(f"the branch {where} moved while we worked", hint="look again and repeat")
    for sign in _SIGNS:
        if re.search(sign.pattern, f"{reason}\n{_remote(stderr)}"):
            return sign.meant(told or f" ({quoted(reason, login)})", where=where)
    return BranchProtected(
        f"the server refuses this push to {where}: {quoted(reason, login)}{told}",
        hint="deliver by pull request (set --auto, --pull-request), or let this login pass the branch's rules",
    )


def _remote(stderr: str) -> str:
    """What the server said, line by line."""
    return "\n".join(
        line for line in stderr.splitlines() if line.startswith(("remote:", "error: remote unpack failed"))
    )
