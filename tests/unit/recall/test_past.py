"""What is remembered of answers, within a pass and between passes."""

from __future__ import annotations

from pathlib import Path

from tagwright.cache import Cache
from tagwright.git.mirror import open_mirror
from tagwright.model import GitAccess, PolicyKind, PolicySpec, Ruled, Target
from tagwright.recall.past import Answers, Past
from tagwright.scan import scan_file
from tests.support.git_server import Remote

API, WEB = "ghcr.io/acme/api", "ghcr.io/acme/web"
RULED = PolicySpec(PolicyKind.SEMVER, ">=1")


def asked(remote: Remote, cache: Cache, told: Answers, image: str) -> list[str]:
    """What was taken back of the image's reference at the branch's head."""
    with open_mirror(str(remote.path), GitAccess(), None, {}) as mirror:
        past = Past(Target("deploy", str(remote.path)), mirror.head(), mirror, cache, told)
        references = scan_file("all.yaml", remote.show("all.yaml").encode(), ()).references
        (reference,) = (one for one in references if one.image.name == image)
        return [one.version for one in past.recalled(reference, Ruled(RULED, "", image)).rejected]


def test_an_answer_about_an_earlier_head_is_not_kept_as_one_about_the_next(tmp_path: Path) -> None:
    """A pass that is raced may go on with what it was told; the next pass asks about the head it finds."""
    remote = Remote(tmp_path / "deploy.git")
    both = f"a:\n  image: {API}:1.2.0\nb:\n  image: {WEB}:1.0.0\n"
    newer = both.replace("1.2.0", "1.3.0")
    remote.commit({"all.yaml": both})
    cache, told = Cache(tmp_path / "cache"), Answers()
    assert asked(remote, cache, told, API) == []
    remote.commit({"all.yaml": newer}, f"Update\n\nTagwright-Image: {API} 1.2.0 -> 1.3.0")
    remote.commit({"all.yaml": both}, "Back")
    assert asked(remote, cache, told, WEB) == []

    assert asked(remote, cache, Answers(), API) == ["1.3.0"]
