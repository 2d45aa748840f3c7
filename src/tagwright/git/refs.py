"""Where the branches of a remote are: one `ls-remote`, which can answer the questions of a whole pass."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from tagwright.errors import BranchUnknown
from tagwright.git.access import Login
from tagwright.git.address import Remote, check_branch
from tagwright.git.commands import Commands
from tagwright.git.errors import translate
from tagwright.git.text import default_branch, refs
from tagwright.model import Head

OUR_REFS = "refs/tagwright/"


class Refs:
    """The refs of the remote at `remote_at`, asked for by `git` with a login; nothing is kept on this machine."""

    def __init__(self, remote_at: Remote, git: Commands, login: Login | None) -> None:
        self.remote_at = remote_at
        self._git = git
        self._login = login
        self._beside: dict[str, dict[str, str]] = {}

    def head(self, branch: str = "", beside: Iterable[str] = ()) -> Head:
        """Where `branch` is on the remote; the remote's own HEAD when it is empty. One git process.

        `beside` are refs, or beginnings of refs that end in a star, about which `refs` and `branches` will be asked:
        the first time they answer as of now, and ask nobody.
        Raises BranchUnknown, NotARepository, GitDenied, GitError.
        """
        beside = tuple(beside)
        wanted, options = (ref_of(branch), ()) if branch else ("HEAD", ("--symref",))
        listing = self._ls_remote(wanted, *beside, options=options)
        there = refs(listing)
        self._beside = {one: _matching(one, there) for one in beside}
        if branch:
            commit = there.get(ref_of(branch))
            if commit is None:
                raise BranchUnknown(
                    f"there is no branch {branch} on {self.remote_at.url}",
                    hint="check its name; an empty repository has no branch before its first commit",
                )
            return Head(branch, commit)
        found = default_branch(listing)
        if found is None:
            raise BranchUnknown(
                f"{self.remote_at.url} has no default branch: it is empty, or its HEAD points nowhere",
                hint="push a first commit, or name a branch by --branch",
            )
        return Head(check_branch(found[0]), found[1])

    def remote(self, branch: str) -> str | None:
        """The commit `branch` is at on the remote, or None where there is no such branch. One git process."""
        return self.refs(ref_of(branch)).get(ref_of(branch))

    def refs(self, *names: str) -> dict[str, str]:
        """Of these refs (full names) those that the remote has, and what they are at. One git process, or none."""
        if all(name in self._beside for name in names):
            known = [self._beside.pop(name) for name in names]
            return {name: commit for some in known for name, commit in some.items()}
        found = refs(self._ls_remote(*names, options=("--refs",)))
        return {name: found[name] for name in names if name in found}

    def branches(self, prefix: str) -> dict[str, str]:
        """Every branch of the remote whose name begins with `prefix`, and its commit. One git process, or none."""
        pattern = f"refs/heads/{prefix}*"
        found = self._beside.pop(pattern, None)
        if found is None:
            found = _matching(pattern, refs(self._ls_remote(pattern, options=("--heads",))))
        return {ref.removeprefix("refs/heads/"): oid for ref, oid in found.items()}

    def _ls_remote(self, *patterns: str, options: tuple[str, ...]) -> str:
        address = self.remote_at.url
        status, out, err = self._git.run("ls-remote", "--quiet", *options, "--", address, *patterns, local=False)
        if status:
            raise translate(err, self.remote_at, self._login)
        return out.decode("utf-8", "surrogateescape")


def ref_of(branch: str) -> str:
    """A branch as a ref; a ref of our own is one already."""
    return ("" if branch.startswith(OUR_REFS) else "refs/heads/") + check_branch(branch)


def _matching(pattern: str, found: Mapping[str, str]) -> dict[str, str]:
    """The refs that one name, or a beginning with a star behind it, is about."""
    if pattern.endswith("*"):
        return {ref: oid for ref, oid in found.items() if ref.startswith(pattern[:-1])}
    return {pattern: found[pattern]} if pattern in found else {}
