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

A mirror kept in a cache folder may be broken by a kill or a full disk. Nothing in it is of value: the first local
command that fails throws it away, fetches again and goes on.
"""

from __future__ import annotations

import hashlib
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime
from itertools import accumulate, pairwise
from pathlib import Path

from tagwright.errors import BranchUnknown, GitError
from tagwright.git.access import choose_login, environment, write_home
from tagwright.git.address import check_branch, parse_remote
from tagwright.git.blobs import blobs
from tagwright.git.cache import kept_folder
from tagwright.git.commands import Commands
from tagwright.git.errors import broken, translate
from tagwright.git.history import History
from tagwright.git.refusals import refused
from tagwright.git.signing import signer
from tagwright.git.text import (
    CommitObject,
    NewCommit,
    changed_entries,
    commit_object,
    default_branch,
    fast_import,
    log_entries,
    on_parent,
    push_refusals,
    refs,
    tree_entries,
    tree_links,
    with_signature,
)
from tagwright.model import Changed, GitAccess, Head, Signing, TreeEntry

_FETCH = ("fetch", "--quiet", "--no-tags", "--no-auto-maintenance", "--no-write-fetch-head")
OUR_REFS = "refs/tagwright/"


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


class Mirror:
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
        self.remote_at = parse_remote(url)
        self._login = choose_login(self.remote_at, access, environ)
        self._folder = folder
        self._repository = folder / "repository"
        self._git = Commands(
            self._repository, environment(self.remote_at, access, self._login, folder, environ), timeout
        )
        alone = {**self._git.environment, "GIT_NO_LAZY_FETCH": "1"}
        git = replace(self._git, repository=folder / "history", environment=alone)
        self.history = History(git, self.remote_at, self._login)
        self._sign = sign
        self._heads: dict[str, Head] = {}
        self._beside: dict[str, dict[str, str]] = {}
        self._parents: dict[str, str] = {}
        self._fresh = False
        write_home(folder)

    # ── looking ──────────────────────────────────────────────────────────────

    def head(self, branch: str = "", beside: Iterable[str] = ()) -> Head:
        """Where `branch` is on the remote; the remote's own HEAD when it is empty. One git process.

        `beside` are refs, or beginnings of refs that end in a star, about which `refs` and `branches` will be asked:
        the first time they answer as of now, and ask nobody.
        Raises BranchUnknown, NotARepository, GitDenied, GitError.
        """
        beside = tuple(beside)
        listing = self._ls_remote(_ref(branch) if branch else "HEAD", *beside, options=() if branch else ("--symref",))
        there = refs(listing)
        self._beside = {one: _matching(one, there) for one in beside}
        if branch:
            commit = there.get(_ref(branch))
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
        return self.refs(_ref(branch)).get(_ref(branch))

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

    # ── reading ──────────────────────────────────────────────────────────────

    def fetch(self, head: Head) -> None:
        """Bring `head.commit` here, one commit deep, unless it is here already.

        Raises BranchMoved when the remote no longer has it.
        """
        self._heads[head.branch] = head
        if self._known(head):
            return
        try:
            self._fetch(head, depth=1)
        except GitError as error:
            ours = error.code == GitError.code or str(self._folder) in error.message
            if self._fresh or not ours:
                raise
            self._rebuild()

    def fetch_all(self, heads: Iterable[Head]) -> None:
        """Bring several commits here, each with its parents. One git process. Raises as `fetch` does."""
        heads = tuple(heads)
        self._heads |= {head.branch: head for head in heads}
        if heads:
            self._fetch(*heads, depth=2)

    def _fetch(self, *heads: Head, depth: int) -> None:
        self._initialise(heads[0].commit)
        refspecs = [f"+{head.commit}:{_seen(head.branch)}" for head in heads]
        status, _, err = self._git.run(*_FETCH, f"--depth={depth}", "--", self.remote_at.url, *refspecs)
        if status:
            raise translate(err, self.remote_at, self._login)

    def _known(self, head: Head) -> bool:
        try:
            return (self._repository / _seen(head.branch)).read_text("ascii").strip() == head.commit
        except (OSError, UnicodeDecodeError):
            return False

    def files(self, commit: str) -> tuple[TreeEntry, ...]:
        """Every file of a fetched commit, in git's order."""
        return tuple(tree_entries(self._local("ls-tree", "-r", "-z", "--full-tree", commit)))

    def links(self, commit: str) -> tuple[str, ...]:
        """The paths of symbolic links and submodules, which are no files."""
        return tuple(tree_links(self._local("ls-tree", "-r", "-z", "--full-tree", commit)))

    def changed(self, old: str, new: str) -> Changed:
        """The files that differ between two fetched commits."""
        return changed_entries(self._local("diff-tree", "-r", "-z", "--no-renames", old, new))

    def read(self, oids: Iterable[str], limit: int = sys.maxsize) -> Iterator[tuple[str, bytes]]:
        """Blobs in the order asked, one at a time, of each the first `limit` bytes. One git process."""
        wanted = list(oids)
        done = 0
        try:
            for pair in blobs(self._git, wanted, limit):
                done += 1
                yield pair
        except GitError:
            self._rebuild()
            yield from blobs(self._git, wanted[done:], limit)

    def message(self, commit: str) -> str:
        """The message of a fetched commit."""
        return next(self.log(commit, 1))[1]

    def parents(self, commit: str) -> tuple[str, ...]:
        """The parents of a commit that was fetched by `fetch_all`."""
        said = self._local("log", "-1", "--format=%P", "--end-of-options", commit)
        return tuple(said.decode("ascii").split())

    def committer(self, commit: str) -> tuple[str, str]:
        """Who made a fetched commit: name and e-mail."""
        return self._person(commit, "%cn%x00%ce")

    def author(self, commit: str) -> tuple[str, str]:
        """Whose a fetched commit is: name and e-mail."""
        return self._person(commit, "%an%x00%ae")

    def _person(self, commit: str, form: str) -> tuple[str, str]:
        said = self._local("log", "-1", f"--format={form}", "--end-of-options", commit)
        name, _, mail = said.decode("utf-8", "replace").rstrip("\n").partition("\0")
        return name, mail

    def date(self, commit: str) -> datetime:
        """When a fetched commit was made, by its committer's clock, in UTC."""
        seconds = self._local("log", "-1", "--format=%ct", "--end-of-options", commit)
        return datetime.fromtimestamp(int(seconds), UTC)

    def log(self, commit: str, limit: int) -> Iterator[tuple[str, str]]:
        """Commits from a fetched one backwards, at most `limit`, as (oid, message).

        The mirror is deepened as the caller reads on, and never deeper than `limit`.
        """
        told, depth = 0, 1
        while True:
            entries = self._log(commit, limit)
            yield from entries[told:]
            told, cut = len(entries), self._shallow()
            if told >= limit or depth >= limit or not any(oid in cut for oid, _ in entries):
                return
            depth = min(limit, max(16, 4 * told))
            known = (head for head in self._heads.values() if head.commit == commit)
            self._fetch(next(known, Head(commit, commit)), depth=depth)

    def _log(self, commit: str, limit: int) -> list[tuple[str, str]]:
        count = f"--max-count={limit}"
        return log_entries(self._local("log", "-z", "--format=%H%n%B", count, "--end-of-options", commit))

    def _shallow(self) -> frozenset[str]:
        try:
            return frozenset((self._repository / "shallow").read_text("ascii").split())
        except FileNotFoundError:
            return frozenset()

    # ── writing ──────────────────────────────────────────────────────────────

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
        """A chain of commits on top of a fetched one; their ids, oldest first. One git process, however many.

        Without a parent the first begins a history of its own. `author` is (name, e-mail), committer as well unless
        another is given; `when` is now unless given. A mirror that signs signs each, by two git processes more and
        the signer's. Nothing leaves this machine.
        """
        script = fast_import(parent, new, (author, committer or author), when or datetime.now(UTC))
        arguments = ("fast-import", "--quiet", "--force", "--done", "--date-format=raw")
        made = self._local(*arguments, stdin=script).decode("ascii").split()
        if self._sign:
            made = list(accumulate(made, self._signed, initial=parent or ""))[1:]
        self._parents.update(pairwise([*([parent] if parent else []), *made][::-1]))
        return made

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
        """Delete `branch` on the remote if it is at `expected`. Raises as `push` does."""
        self._swap(branch, expected, None)
        self._heads.pop(branch, None)
        with suppress(OSError):
            (self._repository / _seen(branch)).unlink()

    def _made_on(self, commit: str, expected: str) -> bool:
        while commit != expected and commit in self._parents:
            commit = self._parents[commit]
        return commit == expected

    def _swap(self, branch: str, expected: str | None, wanted: str | None, options: Iterable[str] = ()) -> None:
        told = [f"--push-option={option}" for option in options]
        lease = f"--force-with-lease={_ref(branch)}:{expected or ''}"
        move = f"{wanted or ''}:{_ref(branch)}"
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

    def _remember(self, branch: str, commit: str) -> None:
        """After our own push the mirror is as new as the remote: spare the next pass a fetch."""
        self._heads[branch] = Head(branch, commit)
        ref = self._repository / _seen(branch)
        with suppress(OSError):
            ref.parent.mkdir(parents=True, exist_ok=True)
            ref.write_text(commit + "\n", "ascii")

    # ── the mirror itself ────────────────────────────────────────────────────

    def _initialise(self, commit: str) -> None:
        if (self._repository / "HEAD").is_file():
            return
        self._fresh = True
        form = "sha256" if len(commit) == 64 else "sha1"
        status, _, err = self._git.run(
            "init", "--quiet", "--bare", "--template=", "--initial-branch=none", f"--object-format={form}"
        )
        if status:
            raise broken(err, self.remote_at)

    def _rebuild(self) -> None:
        """Throw the repository away, and fetch what this pass had fetched."""
        shutil.rmtree(self._repository, ignore_errors=True)
        for head in tuple(self._heads.values()):
            self._fetch(head, depth=1)

    def _local(self, *arguments: str, stdin: bytes = b"") -> bytes:
        """A command on the mirror alone. Fails once: rebuilt and tried again. Fails twice: GitError."""
        status, out, err = self._git.run(*arguments, stdin=stdin)
        if status:
            self._rebuild()
            status, out, err = self._git.run(*arguments, stdin=stdin)
        if status:
            raise broken(err, self.remote_at)
        return out


def _ref(branch: str) -> str:
    """A branch as a ref; a ref of our own is one already."""
    return ("" if branch.startswith(OUR_REFS) else "refs/heads/") + check_branch(branch)


def _matching(pattern: str, found: Mapping[str, str]) -> dict[str, str]:
    """The refs that one name, or a beginning with a star behind it, is about."""
    if pattern.endswith("*"):
        return {ref: oid for ref, oid in found.items() if ref.startswith(pattern[:-1])}
    return {pattern: found[pattern]} if pattern in found else {}


def _seen(branch: str) -> str:
    """Where the mirror notes the commit of a remote branch. Flat, so that `a` and `a/b` never collide."""
    return "refs/seen/" + hashlib.sha256(branch.encode()).hexdigest()[:20]
