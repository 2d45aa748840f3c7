"""What is remembered of answers, within a pass and between passes."""

from __future__ import annotations

from pathlib import Path

import pytest

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
        ruled = past.recalled(reference, Ruled(RULED, "", image))
        past.keep()
        return [one.version for one in ruled.rejected]


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


def test_an_answer_outlives_its_head_by_seconds_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A pass that is raced for minutes sees a rollback that was made meanwhile."""
    remote = Remote(tmp_path / "deploy.git")
    now = [1000.0]
    monkeypatch.setattr("tagwright.recall.past.time.monotonic", lambda: now[0])
    old, new = f"image: {API}:1.2.0\n", f"image: {API}:1.3.0\n"
    remote.commit({"all.yaml": old})
    told = Answers()
    assert asked(remote, Cache(None), told, API) == []
    remote.commit({"all.yaml": new}, f"Update\n\nTagwright-Image: {API} 1.2.0 -> 1.3.0")
    remote.commit({"all.yaml": old}, "Back")
    now[0] += 29
    assert asked(remote, Cache(None), told, API) == []
    now[0] += 2
    assert asked(remote, Cache(None), told, API) == ["1.3.0"]
