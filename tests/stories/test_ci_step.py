"""A post-build step that delivers a known image, racing with other pipelines and with people."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.story import Story

TWO = """\
web:
  image: ghcr.io/acme/web:1.0.0
api:
  image: ghcr.io/acme/api:1.4.1   # keep this comment
"""


def test_set_writes_the_image_wherever_it_stands(story: Story) -> None:
    """Every reference of the image moves, whatever its shape; other images stay."""
    story.remote.commit(
        {
            "k8s.yaml": TWO,
            "values.yaml": "image:\n  repository: ghcr.io/acme/api\n  tag: 1.4.1\n",
            "kustomization.yaml": "images:\n  - name: ghcr.io/acme/api\n    newTag: 1.4.1\n",
        }
    )

    done = story.runs(f"tagwright set ghcr.io/acme/api:1.4.2 --repo {story.remote.path}")

    assert done.code == 0, done
    assert story.remote.show("k8s.yaml") + "\n" == TWO.replace("1.4.1", "1.4.2")
    assert "tag: 1.4.2" in story.remote.show("values.yaml")
    assert "newTag: 1.4.2" in story.remote.show("kustomization.yaml")
    assert len(story.remote.log()) == 2


def test_already_true_is_success_without_a_commit(story: Story) -> None:
    """Saying it twice is saying it once."""
    story.remote.commit({"k8s.yaml": TWO})
    for _ in range(2):
        assert story.runs(f"tagwright set ghcr.io/acme/api:1.4.2 --repo {story.remote.path}").code == 0
    assert len(story.remote.log()) == 2


def test_an_older_build_never_overtakes_a_newer_one(story: Story) -> None:
    """A slow pipeline that finishes late is superseded, not an error; asked for, it may go back."""
    story.remote.commit({"k8s.yaml": TWO})

    late = story.runs(f"tagwright set ghcr.io/acme/api:1.4.0 --repo {story.remote.path} --json")
    assert late.code == 0
    assert [decision["verdict"] for decision in late.json["targets"][0]["decisions"]] == ["superseded"]
    assert len(story.remote.log()) == 1

    back = story.runs(f"tagwright set ghcr.io/acme/api:1.4.0 --repo {story.remote.path} --allow-downgrade")
    assert back.code == 0
    assert "ghcr.io/acme/api:1.4.0 " in story.remote.show("k8s.yaml")


def test_an_image_nobody_references_is_exit_4_and_the_others_land(story: Story) -> None:
    """One unknown image does not keep the known one from being delivered."""
    story.remote.commit({"k8s.yaml": TWO})
    done = story.runs(f"tagwright set ghcr.io/acme/api:1.4.2 ghcr.io/acme/none:1 --repo {story.remote.path}")
    assert done.code == 4
    assert "ghcr.io/acme/none:1" in done.err
    assert "api:1.4.2" in story.remote.show("k8s.yaml")


def test_a_held_reference_is_left_alone(story: Story) -> None:
    """A person's hold stands until --override-hold."""
    held = 'image: ghcr.io/acme/api:1.4.1  # tagwright: hold reason="INC-12"\n'
    story.remote.commit({"k8s.yaml": held})

    done = story.runs(f"tagwright set ghcr.io/acme/api:1.4.2 --repo {story.remote.path}")
    assert (done.code, len(story.remote.log())) == (0, 1)
    assert "INC-12" in done.out

    done = story.runs(f"tagwright set ghcr.io/acme/api:1.4.2 --override-hold --repo {story.remote.path}")
    assert (done.code, len(story.remote.log())) == (0, 2)


def test_a_stale_digest_never_stays_beside_a_new_tag(story: Story) -> None:
    """The digest is replaced by the registry's, or by the one given; otherwise the reference is refused."""
    name = story.offers("acme/api", "1.4.1")
    new = story.registry.add("acme/api", "1.4.2")
    old = "sha256:" + "a" * 64
    story.remote.commit({"k8s.yaml": f"image: {name}:1.4.1@{old}\n"})

    assert story.runs(f"tagwright set {name}:1.4.2 --repo {story.remote.path}").code == 0
    assert story.remote.show("k8s.yaml") == f"image: {name}:1.4.2@{new}"

    refused = story.runs(f"tagwright set {name}:1.4.3 --repo {story.remote.path}")
    assert refused.code == 1
    assert story.remote.show("k8s.yaml") == f"image: {name}:1.4.2@{new}"

    assert story.runs(f"tagwright set {name}:1.4.3@{old} --repo {story.remote.path}").code == 0
    assert story.remote.show("k8s.yaml") == f"image: {name}:1.4.3@{old}"


def test_verify_refuses_a_tag_the_registry_does_not_have(story: Story) -> None:
    """With --verify a typo cannot reach Git."""
    name = story.offers("acme/api", "1.4.1", "1.4.2")
    story.remote.commit({"k8s.yaml": f"image: {name}:1.4.1\n"})
    assert story.runs(f"tagwright set {name}:1.4.9 --verify --repo {story.remote.path}").code == 1
    assert len(story.remote.log()) == 1
    assert story.runs(f"tagwright set {name}:1.4.2 --verify --repo {story.remote.path}").code == 0
    assert len(story.remote.log()) == 2


def test_order_ranks_what_no_version_orders(story: Story) -> None:
    """Run numbers order commit hashes: the later run stands, whichever arrives last."""
    story.remote.commit({"k8s.yaml": "image: ghcr.io/acme/api:aaaaaaa\n"})
    where = f"--repo {story.remote.path}"
    assert story.runs(f"tagwright set ghcr.io/acme/api:ccccccc --order 30 {where}").code == 0
    late = story.runs(f"tagwright set ghcr.io/acme/api:bbbbbbb --order 20 {where} --json")
    assert late.json["targets"][0]["decisions"][0]["verdict"] == "superseded"
    assert story.runs(f"tagwright set ghcr.io/acme/api:ddddddd --order 31 {where}").code == 0
    assert story.remote.show("k8s.yaml") == "image: ghcr.io/acme/api:ddddddd"


def test_a_batch_is_one_commit_with_a_trailer_for_each_image(story: Story) -> None:
    """Many images, one push."""
    story.remote.commit({"k8s.yaml": TWO})
    batch = story.folder / "batch.jsonl"
    lines = [{"image": "ghcr.io/acme/api:1.4.2"}, {"image": "ghcr.io/acme/web:1.1.0", "files": ["*.yaml"]}]
    batch.write_text("".join(json.dumps(line) + "\n" for line in lines))

    assert story.runs(f"tagwright set --batch {batch} --repo {story.remote.path}").code == 0

    assert len(story.remote.log()) == 2
    trailers = [line for line in story.remote.log(form="%B") if line.startswith("Tagwright-Image: ")]
    assert trailers == [
        "Tagwright-Image: ghcr.io/acme/api 1.4.1 -> 1.4.2",
        "Tagwright-Image: ghcr.io/acme/web 1.0.0 -> 1.1.0",
    ]


def test_files_and_from_tag_narrow_what_is_written(story: Story) -> None:
    """Only the files and the standing tag that were asked for."""
    line = "image: ghcr.io/acme/api:{}\n"
    story.remote.commit(
        {"dev/a.yaml": line.format("1.4.1"), "dev/b.yaml": line.format("1.3.0"), "prod/a.yaml": line.format("1.4.1")}
    )
    command = f"tagwright set ghcr.io/acme/api:1.4.2 --files dev/** --from-tag 1.4.1 --repo {story.remote.path}"
    assert story.runs(command).code == 0
    assert [story.remote.show(path)[-5:] for path in ("dev/a.yaml", "dev/b.yaml", "prod/a.yaml")] == [
        "1.4.2",
        "1.3.0",
        "1.4.1",
    ]


def test_set_path_writes_in_place_and_keeps_every_other_byte(story: Story) -> None:
    """What `kustomize edit set image` does, without the damage: CRLF, permissions and comments survive."""
    folder = story.folder / "checkout"
    folder.mkdir()
    file = folder / "k8s.yaml"
    file.write_bytes(TWO.replace("\n", "\r\n").encode())
    file.chmod(0o640)

    assert story.runs(f"tagwright set ghcr.io/acme/api:1.4.2 --path {folder}").code == 0

    assert file.read_bytes() == TWO.replace("\n", "\r\n").replace("1.4.1", "1.4.2").encode()
    assert file.stat().st_mode & 0o777 == 0o640
    assert [path.name for path in folder.iterdir()] == ["k8s.yaml"]


def test_someone_pushed_first(story: Story) -> None:
    """A refused push replays the intent on the new head: the other's commit stays, ours lands after it."""
    story.remote.commit({"k8s.yaml": TWO})
    story.remote.hook(
        "pre-receive",
        "unset GIT_QUARANTINE_PATH GIT_OBJECT_DIRECTORY GIT_ALTERNATE_OBJECT_DIRECTORIES\n"
        "[ -e raced ] && exit 0\n"
        "touch raced\n"
        "export GIT_AUTHOR_NAME=p GIT_AUTHOR_EMAIL=p@p GIT_COMMITTER_NAME=p GIT_COMMITTER_EMAIL=p@p\n"
        "tip=$(git commit-tree -p main -m 'A person was faster' main^{tree}) && git update-ref refs/heads/main $tip\n",
    )
    done = story.runs(f"tagwright set ghcr.io/acme/api:1.4.2 --repo {story.remote.path}")
    assert done.code == 0, done
    assert [line.split()[0] for line in story.remote.log()] == ["Update", "A", "Seed"]


@pytest.mark.parametrize("image", ["ghcr.io/acme/api", "ghcr.io/acme/API:1", "ghcr.io/acme/api:"])
def test_an_image_that_cannot_be_set_is_a_usage_error(story: Story, image: str) -> None:
    """Exit 2, what was wrong and what to write."""
    done = story.runs(f"tagwright set {image} --path {Path.cwd()}")
    assert done.code == 2
    assert "try:" in done.err
