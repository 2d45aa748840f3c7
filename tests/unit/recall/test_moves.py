"""What people took back, read from histories that real git wrote."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import patch

import pytest

from tagwright.cache import Cache
from tagwright.git.history import History
from tagwright.git.mirror import open_mirror
from tagwright.git.text import PastCommit
from tagwright.model import GitAccess, PolicyKind, PolicySpec, Ruled, Target
from tagwright.recall.past import Past
from tagwright.scan import scan_file
from tests.support.git_server import Remote, git

API = "ghcr.io/acme/api"
SEMVER = PolicySpec(PolicyKind.SEMVER, ">=1")
ONE, TWO, THREE = (f"sha256:{digit * 64}" for digit in "123")


class Writer:
    """One file of one reference, moved by Tagwright and by people."""

    def __init__(self, remote: Remote) -> None:
        self.remote = remote

    def person(self, version: str, message: str = "By hand", path: str = "api.yaml") -> None:
        self.remote.commit({path: f"image: {API}:{version}\n"}, message=message)

    def ours(self, old: str, new: str) -> None:
        self.person(new, f"Update\n\nTagwright-Image: {API} {old} -> {new}")

    def meanwhile(self, commits: int) -> None:
        for number in range(commits):
            self.remote.commit({"notes.txt": str(number)}, message="Something else")

    def moved(self, old: str, new: str) -> None:
        content = self.remote.show(old)
        stream = f"commit refs/heads/main\ncommitter P <p@example.test> now\ndata 4\nMove\nfrom {self.remote.tip()}\n"
        script = f"{stream}D {old}\nM 100644 inline {new}\ndata <<E\n{content}\nE\n"
        git("fast-import", "--quiet", "--date-format=now", cwd=self.remote.path, stdin=script.encode())

    def taken_back(self, policy: PolicySpec = SEMVER, path: str = "api.yaml") -> list[str]:
        """The versions that people took back of the only reference as it stands."""
        (found,) = self.each_taken_back(policy, path)
        return found

    def each_taken_back(self, policy: PolicySpec = SEMVER, path: str = "api.yaml") -> list[list[str]]:
        """The versions that people took back of each reference of the file."""
        with open_mirror(str(self.remote.path), GitAccess(), None, {}) as mirror:
            head = mirror.head()
            mirror.fetch(head)
            references = scan_file(path, self.remote.show(path).encode(), ()).references
            past = Past(Target("deploy", str(self.remote.path)), head, mirror, Cache(None))
            ruled = [past.recalled(reference, Ruled(policy, "", API)) for reference in references]
            return [[one.version for one in rule.rejected] for rule in ruled]


@pytest.fixture
def writer(tmp_path: Path) -> Writer:
    """A file at 1.2.0."""
    found = Writer(Remote(tmp_path / "deploy.git"))
    found.person("1.2.0", "Seed")
    return found


def test_what_nobody_touched_since_was_not_taken_back(writer: Writer) -> None:
    """Our last word stands."""
    writer.ours("1.2.0", "1.3.0")
    writer.meanwhile(3)
    assert writer.taken_back() == []


def test_a_revert_long_after_is_found(writer: Writer) -> None:
    """However many commits stand between."""
    writer.ours("1.2.0", "1.3.0")
    writer.meanwhile(12)
    writer.person("1.2.0")
    writer.meanwhile(60)
    assert writer.taken_back() == ["1.3.0"]


def test_every_version_that_was_left_for_a_lower_one_counts(writer: Writer) -> None:
    """A person's own attempts beyond ours, too; a step up leaves nothing behind."""
    writer.ours("1.2.0", "1.3.0")
    writer.person("1.4.0")
    writer.person("1.2.0")
    assert writer.taken_back() == ["1.4.0"]
    writer.person("1.5.0")
    writer.person("1.2.0")
    assert sorted(writer.taken_back()) == ["1.4.0", "1.5.0"]


def test_what_is_below_the_present_version_is_of_no_interest(writer: Writer) -> None:
    """A rollback that was overtaken since is forgotten."""
    writer.ours("1.2.0", "1.3.0")
    writer.person("1.2.0")
    writer.person("1.4.0")
    assert writer.taken_back() == []


def test_of_several_steps_back_those_above_the_present_count(writer: Writer) -> None:
    """A step that was below what stands now is over."""
    writer.ours("1.2.0", "1.5.0")
    for version in ("1.3.0", "1.2.0", "1.4.0"):
        writer.person(version)
    assert writer.taken_back() == ["1.5.0"]


def test_what_a_person_brought_and_took_back_by_hand_is_theirs(writer: Writer) -> None:
    """A commit of ours to another file does not make the version here one that we had written."""
    writer.person("1.3.0")
    writer.person("1.3.0", f"Update\n\nTagwright-Image: {API} 1.2.0 -> 1.3.0", path="other.yaml")
    writer.person("1.2.0")
    assert writer.taken_back() == []


def test_our_own_downgrade_by_a_policy_that_allows_it_is_no_rollback(writer: Writer) -> None:
    """With allow_downgrade the policy itself goes down; without, somebody asked for it."""
    writer.ours("1.2.0", "1.4.0")
    writer.ours("1.4.0", "1.3.0")
    assert writer.taken_back() == ["1.4.0"]
    assert writer.taken_back(PolicySpec(PolicyKind.SEMVER, ">=1", allow_downgrade=True)) == []


def test_our_own_step_between_digests_is_no_rollback(writer: Writer) -> None:
    """Digests have no order; only a person's move takes one back."""
    follow = PolicySpec(PolicyKind.DIGEST, "latest")
    writer.person(f"latest@{ONE}")
    writer.ours(f"latest@{ONE}", f"latest@{TWO}")
    assert writer.taken_back(follow) == []
    writer.person(f"latest@{ONE}")
    assert writer.taken_back(follow) == [f"latest@{TWO}"]


def test_go_on_counts_for_what_was_taken_back_before(writer: Writer) -> None:
    """A rollback after it counts again; one for another image says nothing about this."""
    writer.ours("1.2.0", "1.3.0")
    writer.remote.commit({"a.txt": "a"}, message="Early\n\nTagwright: resume")
    writer.person("1.2.0")
    assert writer.taken_back() == ["1.3.0"]
    writer.remote.commit({"a.txt": "b"}, message="Other\n\nTagwright: resume ghcr.io/acme/web")
    assert writer.taken_back() == ["1.3.0"]
    writer.remote.commit({"a.txt": "c"}, message="This\n\nTagwright: resume ghcr.io/acme/*")
    assert writer.taken_back() == []


def test_a_revert_may_say_go_on_itself(writer: Writer) -> None:
    """Whoever goes back for a moment only says so in the same commit."""
    writer.ours("1.2.0", "1.3.0")
    writer.person("1.2.0", "Back, until tonight\n\nTagwright: resume")
    assert writer.taken_back() == []


def test_our_words_in_the_middle_of_a_squashed_message_are_read(writer: Writer) -> None:
    """Forges put other paragraphs behind them."""
    words = f"Update (#7)\n\n* Update\n\nTagwright-Image: {API} 1.2.0 -> 1.3.0\n\nCo-authored-by: B <b@example.test>"
    writer.person("1.3.0", words)
    writer.person("1.2.0", "No")
    assert writer.taken_back() == ["1.3.0"]


def test_a_revert_of_somebody_elses_step_counts(writer: Writer) -> None:
    """A commit that says it is a revert takes back what it moved down from, whoever had written that."""
    writer.person("1.3.0", "Upgrade")
    writer.person("1.2.0", 'Revert "Upgrade"\n\nThis reverts commit 0123456.')
    assert writer.taken_back() == ["1.3.0"]
    writer.person("1.3.0", 'Reapply "Upgrade"')
    writer.person("1.2.0", "Lower again, by hand: nobody says why")
    assert writer.taken_back() == ["1.3.0"]


def test_the_same_version_written_elsewhere_settles_nothing(writer: Writer) -> None:
    """Where builds have no order, a promotion of the older one to another file does not undo a rollback here."""
    writer.person("main-aaa")
    writer.ours("main-aaa", "main-bbb")
    writer.person("main-aaa")
    writer.person("main-zzz", path="prod.yaml")
    writer.person("main-aaa", f"Update\n\nTagwright-Image: {API} main-zzz -> main-aaa", path="prod.yaml")
    assert writer.taken_back(PolicySpec(PolicyKind.COMPATIBLE, "minor")) == ["main-bbb"]


def test_go_on_is_read_with_the_line_ends_of_a_web_form(writer: Writer) -> None:
    """What is typed into a forge's form ends its lines as Windows does."""
    writer.ours("1.2.0", "1.3.0")
    writer.person("1.2.0")
    writer.remote.commit({"a.txt": "a"}, message=f"Go on (#9)\r\n\r\nTagwright: resume {API}\r\nThanks")
    assert writer.taken_back() == []


def documents(*versions: str) -> str:
    """Pods of one container each, all of the same shape."""
    return "---\n".join(f"kind: Pod\nspec:\n  containers:\n  - image: {API}:{version}\n" for version in versions)


def test_documents_of_one_shape_are_kept_apart(writer: Writer) -> None:
    """What was taken back in one document of a file says nothing about the next, though both stand at one place."""
    writer.remote.commit({"api.yaml": documents("1.2.0", "1.2.0")})
    words = f"Update\n\nTagwright-Image: {API} 1.2.0 -> 1.3.0"
    writer.remote.commit({"api.yaml": documents("1.3.0", "1.3.0")}, message=words)
    writer.remote.commit({"api.yaml": documents("1.3.0", "1.2.0")}, message="The second stays")
    assert writer.each_taken_back() == [[], ["1.3.0"]]
    writer.remote.commit({"api.yaml": documents("1.3.0", "1.2.0", "1.2.0")}, message="A third")
    assert writer.each_taken_back() == [[], ["1.3.0"], []]


def containers(*images: str) -> str:
    """One pod of several containers."""
    return "kind: Pod\nspec:\n  containers:\n" + "".join(f"  - image: {image}\n" for image in images)


def test_a_container_put_before_the_others_changes_nothing(writer: Writer) -> None:
    """Places in a list are counted among the references of the image where the numbers of the list have moved."""
    writer.remote.commit({"api.yaml": containers(f"{API}:1.2.0", f"{API}:1.2.0")})
    words = f"Update\n\nTagwright-Image: {API} 1.2.0 -> 1.3.0"
    writer.remote.commit({"api.yaml": containers(f"{API}:1.3.0", f"{API}:1.3.0")}, message=words)
    writer.remote.commit({"api.yaml": containers(f"{API}:1.3.0", f"{API}:1.2.0")}, message="Back")
    writer.remote.commit({"api.yaml": containers("nginx:1", f"{API}:1.3.0", f"{API}:1.2.0")}, message="Sidecar")
    assert writer.each_taken_back() == [[], [], ["1.3.0"]]


def test_a_revert_is_remembered_where_the_file_was_moved_since(writer: Writer) -> None:
    """Whoever had written what was reverted, and however often the file was moved."""
    writer.person("1.3.0", "Upgrade (#7)")
    writer.person("1.2.0", 'Revert "Upgrade (#7)"\n\nReverts acme/deploy#7')
    writer.moved("api.yaml", "prod/api.yaml")
    assert writer.taken_back(path="prod/api.yaml") == ["1.3.0"]
    writer.moved("prod/api.yaml", "live/api.yaml")
    assert writer.taken_back(path="live/api.yaml") == ["1.3.0"]


def test_a_downgrade_by_set_is_remembered_where_the_file_was_moved_since(writer: Writer) -> None:
    """Our own step down is found in the file's former place, too."""
    writer.person("1.3.0")
    writer.ours("1.3.0", "1.2.0")
    writer.moved("api.yaml", "prod/api.yaml")
    assert writer.taken_back(path="prod/api.yaml") == ["1.3.0"]


@pytest.mark.parametrize("said", ["1.2.0 -> 9.{}.0", "9.{}.0 -> 1.0.0", "0.{}.0 -> 1.2.0"])
def test_a_commit_that_says_one_image_a_thousand_times_is_looked_into_once(writer: Writer, said: str) -> None:
    """Forged words cost no more than true ones."""
    words = "".join(f"Tagwright-Image: {API} {said.format(number)}\n" for number in range(1000))
    writer.ours("1.2.0", "1.3.0")
    writer.person("1.2.0")
    writer.remote.commit({"notes.txt": "x"}, f"Update\n\n{words}")
    asked = History.files
    with patch.object(History, "files", autospec=True, side_effect=asked) as files:
        assert writer.taken_back() == ["1.3.0"]
    assert files.call_count < 20


def test_a_file_that_came_back_is_compared_with_what_it_was(writer: Writer) -> None:
    """Deleted and restored with the older version is a rollback all the same."""
    writer.ours("1.2.0", "1.3.0")
    writer.remote.commit({"api.yaml": "kind: Nothing\n"}, message="Switched off")
    writer.person("1.2.0")
    assert writer.taken_back() == ["1.3.0"]


def test_only_the_last_word_between_unordered_versions_is_looked_into(writer: Writer) -> None:
    """A digest that is followed for years costs no more to remember than one that moved once."""
    for old, new in ((THREE, ONE), (ONE, TWO), (TWO, ONE), (ONE, THREE)):
        writer.ours(f"latest@{old}", f"latest@{new}")
    with _looked_into() as commits:
        assert writer.taken_back(PolicySpec(PolicyKind.DIGEST, "latest")) == []
    assert len(commits) <= 2
    writer.person(f"latest@{ONE}")
    with _looked_into() as commits:
        assert writer.taken_back(PolicySpec(PolicyKind.DIGEST, "latest")) == [f"latest@{THREE}"]
    assert len(commits) <= 3


@contextmanager
def _looked_into() -> Iterator[set[str]]:
    """The commits whose files were asked for."""
    seen: set[str] = set()
    files = History.files

    def counting(self: History, commits: Iterable[PastCommit], paths: Iterable[str]) -> Mapping[tuple[str, str], str]:
        asked = tuple(commits)
        seen.update(one.oid for one in asked)
        return files(self, asked, paths)

    with patch.object(History, "files", counting):
        yield seen
