"""Git without a work tree: read a commit, write a commit, push with compare-and-swap.

A `Mirror` is a bare, shallow repository of one remote. Looking is one `ls-remote`; reading a commit is one
`fetch --depth 1`, one `ls-tree` and one `cat-file --batch`; writing is one `fast-import`, which makes only the
trees on the path of a change; delivering is one `push`. No index, no checkout, no clone: the cost follows the
change, not the size of the repository.

    with open_mirror(url, access, cache, environ) as mirror:
        head = mirror.head()
        mirror.fetch(head)
        entries = mirror.files(head.commit)
        commit = mirror.commit(head.commit, {"app.yaml": ("100644", b"…")}, "Update app", ("tagwright", "bot@host"))
        mirror.push(commit, head.branch, expected=head.commit)

What stands for a branch may be a ref of our own as well (`refs/tagwright/…`, by its full name).

A push states what the branch must be at; when it is elsewhere, BranchMoved invites the caller to look again. The
answer to a push can get lost although the push arrived, so whenever the far end may have seen our commit, we look
for it there before we call it a failure.

Where the remote's branches are is said in `refs.py`, what was fetched of it is in `copy.py`; here commits are made and
pushed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from tagwright.errors import BranchMoved, GitError
from tagwright.git.access import choose_login, environment, write_home
from tagwright.git.address import parse_remote
from tagwright.git.cache import kept_folder
from tagwright.git.commands import Commands
from tagwright.git.copy import Copy
from tagwright.git.errors import translate
from tagwright.git.history import History
from tagwright.git.refs import ref_of
from tagwright.git.refusals import refused
from tagwright.git.signing import signer
from tagwright.git.text import (
    CommitObject,
    NewCommit,
    commit_object,
    fast_import,
    on_parent,
    push_landed,
    push_refusals,
    with_signature,
)
from tagwright.model import GitAccess, Head, Signing


@contextmanager
def open_mirror(
    url: str,
    access: GitAccess,
    cache_folder: Path | None,
    environ: Mapping[str, str],
    timeout: float = 300,
    signing: Signing | None = None,
) -> Iterator[Mirror]:
    """A mirror of the repository at `url`, kept in `cache_folder` for the next run when one is given.

    `timeout` is in seconds, for each git process; `signing` is how its commits are signed. Raises UsageError for an
    address that cannot be.
    """
    with kept_folder(cache_folder, parse_remote(url).url) as folder, ExitStack() as ending:
        sign = ending.enter_context(closing(signer(signing, environ))).sign if signing else None
        yield Mirror(url, access, folder, environ, timeout, sign)


class Mirror(Copy):
    """A bare, shallow repository of one remote, kept between runs in a cache folder when one is given.

    `folder` is its own, and no other process's at the same time (`open_mirror` sees to that). Nothing is started
    before the first question. Raises UsageError for an address that cannot be, GitDenied for a promised secret
    that is not there; every method raises GitError or one of its children.
    """

    def __init__(
        self,
        url: str,
        access: GitAccess,
        folder: Path,
        environ: Mapping[str, str],
        timeout: float = 300,
        sign: Callable[[bytes], str] | None = None,
    ) -> None:
        remote_at = parse_remote(url)
        login = choose_login(remote_at, access, environ)
        variables = environment(remote_at, access, login, folder, environ)
        super().__init__(remote_at, Commands(folder / "repository", variables, timeout), login, folder)
        alone = Commands(folder / "history", {**variables, "GIT_NO_LAZY_FETCH": "1"}, timeout)
        self.history = History(alone, remote_at, login)
        self._sign = sign
        self._parents: dict[str, str] = {}
        write_home(folder)

    def commit(
        self,
        parent: str | None,
        files: Mapping[str, tuple[str, bytes]],
        message: str,
        author: tuple[str, str],
        when: datetime | None = None,
        committer: tuple[str, str] | None = None,
    ) -> str:
        """One commit on top of a fetched one; its id. See `commits`."""
        (oid,) = self.commits(parent, (NewCommit(files, message),), author, when, committer)
        return oid

    def commits(
        self,
        parent: str | None,
        new: Sequence[NewCommit],
        author: tuple[str, str],
        when: datetime | None = None,
        committer: tuple[str, str] | None = None,
    ) -> list[str]:
        """Commits on top of a fetched one, each on the one before unless it says another; their ids, in that order.

        One git process, however many. Without a parent the first begins a history of its own. `author` is (name,
        e-mail), committer as well unless another is given; `when` is now unless given. A mirror that signs signs each,
        by two git processes more and the signer's. Nothing leaves this machine.
        """
        script = fast_import(parent, new, (author, committer or author), when or datetime.now(UTC))
        arguments = ("fast-import", "--quiet", "--force", "--done", "--date-format=raw")
        made = self._local(*arguments, stdin=script).decode("ascii").split()
        finals: list[str] = []
        for commit, oid in zip(new, made, strict=True):
            before = commit.parent or (finals[-1] if finals else parent or "")
            finals.append(self._signed(before, oid) if self._sign else oid)
            if before:
                self._parents[finals[-1]] = before
        return finals

    def _signed(self, parent: str, oid: str) -> str:
        """The same commit with a signature, on the signed one before it."""
        assert self._sign
        raw = on_parent(self._local("cat-file", "commit", oid), parent)
        signed = with_signature(raw, self._sign(raw), sha256=len(oid) == 64)
        return self._local("hash-object", "-t", "commit", "-w", "--stdin", stdin=signed).decode("ascii").strip()

    def same_change(self, commit: str, there: Head) -> bool:
        """Whether a branch of the remote is at the change that `commit`, made here, is: parents, tree and message.

        The ids may differ and yet nothing be new: signatures hold their time, and a forge that commits for us signs
        with its own name. What is not signed is not the same as what is. Fetches what it compares.
        """
        if commit == there.commit:
            return True
        self.fetch(there)
        ours, theirs = self._objects(commit, there.commit)
        return replace(ours, signed=ours.signed or theirs.signed) == theirs

    def same_words(self, one: str, other: str) -> bool:
        """Whether two fetched commits say the same, whichever way a forge spaces it."""
        first, second = self._objects(one, other)
        return first.message == second.message

    def adopt(self, there: Head, commit: str, parent: str) -> None:
        """Take a commit of the remote for what `commit`, made here, is: its files, byte for byte, on top of `parent`.

        Raises GitError with the code "commit-differs" where they are not.
        """
        self.fetch(there)
        ours, theirs = self._objects(commit, there.commit)
        if (theirs.tree, theirs.parents) != (ours.tree, (parent,)):
            raise GitError(
                f"the commit {there.commit[:12]} that the forge made is not the one that was wanted",
                hint="it may not keep what a file is: an executable, say; leave delivery.commits out",
                code="commit-differs",
            )
        self._parents[there.commit] = parent

    def _objects(self, *oids: str) -> list[CommitObject]:
        return [commit_object(self._local("cat-file", "commit", oid)) for oid in oids]

    def push(
        self, commit: str, branch: str, expected: str | None, force: bool = False, options: Iterable[str] = ()
    ) -> None:
        """Move `branch` on the remote from `expected` (None: it must not exist) to `commit`, or fail. One process.

        Without `force`, `commit` must be one we made on top of `expected`: only ever a fast-forward, and stricter
        than a plain push, which would also bring back commits a person has just taken away. `force` is for a
        branch of our own, rebuilt on its base. `options` are told to the server (`git push -o`).

        Raises BranchMoved (look again), BranchProtected, GitDenied, GitError.
        """
        if not force and expected is not None and not self._made_on(commit, expected):
            raise GitError(f"{commit[:12]} does not follow {expected[:12]}; {branch} was not pushed")
        self._swap(branch, expected, commit, options)
        self._remember(branch, commit)

    def begin(self, commits: Mapping[str, str], options: Iterable[str] = ()) -> dict[str, str]:
        """Push a commit to each of these branches, which must not exist; those that are there now. One git process.

        What became of the others is for `push` to find out.
        """
        told = [f"--push-option={option}" for option in options]
        leases = [f"--force-with-lease={ref_of(branch)}:" for branch in commits]
        moves = [f"{commit}:{ref_of(branch)}" for branch, commit in commits.items()]
        _, out, _ = self._git.run(
            "push", "--porcelain", "--no-verify", *told, *leases, "--", self.remote_at.url, *moves
        )
        landed = push_landed(out)
        begun = {branch: commit for branch, commit in commits.items() if ref_of(branch) in landed}
        for branch, commit in begun.items():
            self._remember(branch, commit)
        return begun

    def offer(self, commit: str, ref: str, options: Iterable[str]) -> bool:
        """Push a commit to a ref that is no branch but a request (AGit's refs/for/main), with options for the server.

        False where the server says it has that commit already (Gitea's words). Raises as `push` does.
        """
        told = [f"--push-option={option}" for option in options]
        status, out, err = self._git.run(
            "push", "--porcelain", "--no-verify", *told, "--", self.remote_at.url, f"{commit}:{ref}"
        )
        reasons = push_refusals(out) if status else []
        if any("new commit is same with old commit" in reason for reason in reasons):
            return False
        if status and reasons:
            raise refused(reasons, err, self.remote_at, ref, self._login)
        if status:
            raise translate(err, self.remote_at, self._login)
        return True

    def delete(self, branch: str, expected: str) -> None:
        """Delete `branch` on the remote if it is at `expected`; one that is gone is deleted. Raises as `push` does."""
        try:
            self._swap(branch, expected, None)
        except BranchMoved:
            if self.remote(branch):
                raise
        self._forget(branch)

    def _made_on(self, commit: str, expected: str) -> bool:
        while commit != expected and commit in self._parents:
            commit = self._parents[commit]
        return commit == expected

    def _swap(self, branch: str, expected: str | None, wanted: str | None, options: Iterable[str] = ()) -> None:
        told = [f"--push-option={option}" for option in options]
        lease = f"--force-with-lease={ref_of(branch)}:{expected or ''}"
        move = f"{wanted or ''}:{ref_of(branch)}"
        command = ("push", "--porcelain", "--no-verify", *told, lease, "--", self.remote_at.url, move)
        status, out, err = self._git.run(*command)
        if not status:
            return
        reasons = push_refusals(out)
        if not reasons:
            error = translate(err, self.remote_at, self._login)
        else:
            error = refused(reasons, err, self.remote_at, branch, self._login)
        never_sent = any(reason.startswith("[rejected]") for reason in reasons)  # git itself refused, on what it saw
        if never_sent or not self._landed(branch, wanted, expected):
            raise error

    def _landed(self, branch: str, wanted: str | None, expected: str | None) -> bool:
        """Whether the remote branch is at `wanted`, or further on from there, whatever the push's answer was."""
        try:
            now = self.remote(branch)
            if now == wanted:
                return True
            if now in (None, expected) or wanted is None:
                return False
            self.fetch(Head(branch, now))
            return any(oid == wanted for oid, _ in self.log(now, 200))
        except GitError:
            return False
