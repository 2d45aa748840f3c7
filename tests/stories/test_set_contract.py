"""What `set` promises in the corners: several references, several targets, several requests, digests and proposals."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.reviewed import Reviewed
from tests.support.story import Story

API = "ghcr.io/acme/api"


def verdicts(json_report: dict[str, object]) -> list[str]:
    """The verdict of each reference, in order."""
    targets = json_report["targets"]
    assert isinstance(targets, list)
    return [decision["verdict"] for target in targets for decision in target["decisions"]]


def test_two_documents_of_one_file_are_two_places(story: Story) -> None:
    """The same image at different tags in two documents is no sign of another writer."""
    story.remote.commit({"a.yaml": f"image: {API}:main-a\n---\nimage: {API}:main-b\n"})
    done = story.runs(f"tagwright set {API}:main-c --repo {story.remote.path}")
    assert done.code == 0, done
    assert story.remote.show("a.yaml") == f"image: {API}:main-c\n---\nimage: {API}:main-c"


def test_from_tag_is_asked_of_each_reference(story: Story) -> None:
    """Of two documents only the one at that tag moves, and asking again is success."""
    story.remote.commit({"a.yaml": f"image: {API}:1.4.1\n---\nimage: {API}:1.3.0\n"})
    for _ in range(2):
        done = story.runs(f"tagwright set {API}:2.0.0 --from-tag 1.4.1 --repo {story.remote.path}")
        assert done.code == 0, done
    assert story.remote.show("a.yaml") == f"image: {API}:2.0.0\n---\nimage: {API}:1.3.0"
    assert len(story.remote.log()) == 2


def test_two_targets_with_the_same_path_do_not_meet(story: Story) -> None:
    """What one target holds says nothing of the other."""
    from tests.support.git_server import Remote

    other = Remote(story.folder / "other.git")
    story.remote.commit({"a.yaml": f"image: {API}:main-a\n"})
    other.commit({"a.yaml": f"image: {API}:main-b\n"})
    config = story.folder / "tagwright.yaml"
    config.write_text(
        f"version: 1\ntargets:\n- {{name: a, repository: {story.remote.path}}}\n"
        f"- {{name: b, repository: {other.path}}}\n"
    )
    done = story.runs(f"tagwright set {API}:main-c --config {config}")
    assert done.code == 0, done
    assert [one.show("a.yaml") for one in (story.remote, other)] == [f"image: {API}:main-c"] * 2


def test_an_order_belongs_to_its_own_image_and_file(story: Story) -> None:
    """Two orders of one image in one batch stay apart, and a tag bound by a marker has one too."""
    story.remote.commit({"a/x.yaml": f"image: {API}:main-0\n", "b/x.yaml": f"image: {API}:main-0\n"})
    batch = story.folder / "batch.json"
    lines = [
        {"image": f"{API}:main-1", "files": ["a/**"], "order": 1},
        {"image": f"{API}:main-7", "files": ["b/**"], "order": 7},
    ]
    batch.write_text(json.dumps(lines))
    assert story.runs(f"tagwright set --batch {batch} --repo {story.remote.path}").code == 0
    done = story.runs(f"tagwright set {API}:main-3 --files a/** --order 3 --repo {story.remote.path} --json")
    assert verdicts(done.json) == ["update"]

    story.remote.commit({"tag.yaml": f"version: abc  # tagwright: image={API}\n"})
    where = f"--files tag.yaml --repo {story.remote.path} --json"
    assert verdicts(story.runs(f"tagwright set {API}:nine --order 9 {where}").json) == ["update"]
    assert verdicts(story.runs(f"tagwright set {API}:five --order 5 {where}").json) == ["superseded"]


def test_pin_digest_completes_what_stands(story: Story) -> None:
    """A tag that is right already still gets its digest, and a wrong digest is replaced."""
    name = story.offers("acme/api", "1.0.0")
    digest = story.registry.add("acme/api", "1.0.0")
    wrong = "sha256:" + "a" * 64
    story.remote.commit({"a.yaml": f"image: {name}:1.0.0\n", "b.yaml": f"image: {name}:1.0.0@{wrong}\n"})
    for _ in range(2):
        assert story.runs(f"tagwright set {name}:1.0.0 --pin-digest --repo {story.remote.path}").code == 0
    assert [story.remote.show(path) for path in ("a.yaml", "b.yaml")] == [f"image: {name}:1.0.0@{digest}"] * 2
    assert len(story.remote.log()) == 2


@pytest.mark.parametrize("wanted", ["9.9.9", "9.9.9@sha256:" + "b" * 64, "1.0.0"])
def test_verify_asks_whatever_stands(story: Story, wanted: str) -> None:
    """A digest that was given, or a tag that is written already, must exist all the same."""
    name = story.offers("acme/api", "0.9.0")
    story.remote.commit({"a.yaml": f"image: {name}:1.0.0\n"})
    done = story.runs(f"tagwright set {name}:{wanted} --verify --repo {story.remote.path}")
    assert done.code == 1, done
    assert len(story.remote.log()) == 1


def test_a_refused_image_beside_a_good_one_is_not_forgotten(story: Story) -> None:
    """Two requests for one reference: the good one lands, the refused one is said, exit 1."""
    name = story.offers("acme/api", "1.0.0", "1.1.0")
    story.remote.commit({"a.yaml": f"image: {name}:1.0.0\n"})
    done = story.runs(f"tagwright set {name}:1.1.0 {name}:9.9.9 --verify --repo {story.remote.path}")
    assert done.code == 1
    assert "9.9.9" in done.out
    assert story.remote.show("a.yaml") == f"image: {name}:1.1.0"


def test_an_unknown_image_is_named_beside_a_refused_one(story: Story) -> None:
    """Exit 1 goes before 4, but nothing is kept quiet, in JSON neither."""
    name = story.offers("acme/api", "1.0.0")
    story.remote.commit({"a.yaml": f"image: {name}:1.0.0\n"})
    done = story.runs(f"tagwright set {name}:9.9.9 ghcr.io/no/where:1 --verify --repo {story.remote.path} --json")
    assert done.code == 1
    assert done.json["unmatched"] == ["ghcr.io/no/where:1"]


def test_a_folder_takes_several_groups_in_one_file(story: Story) -> None:
    """Groups are for commits: in a folder each file is written once, with all of it."""
    name = story.offers("acme/api", "1.0.0", "1.1.0")
    folder = story.folder / "checkout"
    folder.mkdir()
    marked = "image: {}:{}  # tagwright: compatible=minor group={}\n"
    (folder / "a.yaml").write_text("---\n".join(marked.format(name, "1.0.0", group) for group in "xy"))
    done = story.runs(f"tagwright run --path {folder}")
    assert done.code == 0, done
    assert (folder / "a.yaml").read_text() == "---\n".join(marked.format(name, "1.1.0", group) for group in "xy")


def test_proposals_for_different_images_do_not_replace_each_other(reviewed: Reviewed) -> None:
    """Two pipelines, two images, two pull requests; and a late older build leaves the newer proposal alone."""
    reviewed.remote.commit({"a.yaml": f"a:\n  image: {API}:1.0.0\nb:\n  image: ghcr.io/acme/web:1.0.0\n"})
    config = f"--pull-request --config {reviewed.folder / 'tagwright.yaml'}"
    assert reviewed.runs(f"tagwright set {API}:1.5.0 {config}").code == 0
    assert reviewed.runs(f"tagwright set ghcr.io/acme/web:2.0.0 {config}").code == 0
    late = reviewed.runs(f"tagwright set {API}:1.4.0 {config} --json")

    assert late.code == 0
    assert verdicts(late.json) == ["superseded"]
    assert sorted(title for _, title in reviewed.all_pulls()) == [
        f"Update {API} to 1.5.0",
        "Update ghcr.io/acme/web to 2.0.0",
    ]
    branches = [pull.head for pull in reviewed.forge.pulls("acme/deploy")]
    assert any(f"{API}:1.5.0" in reviewed.remote.show("a.yaml", branch) for branch in branches)


def test_an_amended_commit_is_a_persons_commit(reviewed: Reviewed) -> None:
    """Amending keeps our trailers, but not our name: the branch is left alone."""
    from tests.support.git_server import git

    reviewed.remote.commit({"a.yaml": f"image: {API}:1.0.0\n"})
    config = f"--pull-request --config {reviewed.folder / 'tagwright.yaml'}"
    assert reviewed.runs(f"tagwright set {API}:1.1.0 {config}").code == 0
    (pull,) = reviewed.forge.pulls("acme/deploy")
    message = "\n".join(reviewed.remote.log(pull.head, "%B"))
    tree = git("rev-parse", f"{pull.head}^{{tree}}", cwd=reviewed.remote.path)
    amended = git("commit-tree", tree, "-p", "main", "-m", message.split("\n\n\n")[0], cwd=reviewed.remote.path)
    reviewed.remote.reset(pull.head, amended)

    done = reviewed.runs(f"tagwright set {API}:1.2.0 {config}")

    assert done.code == 1
    assert "branch-edited" in done.out
    assert reviewed.remote.tip(pull.head) == amended


def test_explain_says_when_there_is_nothing_to_explain(story: Story) -> None:
    """Neither an unknown image nor a repository that is not there is answered by silence."""
    story.remote.commit({"a.yaml": f"image: {API}:1.0.0\n"})
    story.configured()
    assert "no reference of nosuch/image" in story.runs("tagwright explain nosuch/image").out
    failed = story.runs("tagwright explain --repo /nowhere.git")
    assert failed.code == 1
    assert "nowhere.git" in failed.out


def test_scan_goes_on_when_one_target_is_down(story: Story) -> None:
    """The others are listed, the missing one is a problem, exit 1."""
    story.remote.commit({"a.yaml": f"image: {API}:1.0.0\n"})
    (story.folder / "tagwright.yaml").write_text(
        f"version: 1\ntargets:\n- {{name: lost, repository: {story.folder}/no.git}}\n"
        f"- {{name: deploy, repository: {story.remote.path}}}\n"
    )
    done = story.runs("tagwright scan --json")
    assert done.code == 1
    assert [one["path"] for one in done.json["references"]] == ["deploy/a.yaml"]
    assert [one["code"] for one in done.json["problems"]] == ["not-a-repository"]


def test_narrowed_files_still_know_their_flux_policies(story: Story) -> None:
    """The repository's `files` say what is edited, not where its policies stand."""
    name = story.offers("acme/api", "1.0.0", "1.1.0")
    policy = (
        "apiVersion: image.toolkit.fluxcd.io/v1beta2\nkind: ImageRepository\n"
        f"metadata: {{name: api, namespace: flux-system}}\nspec: {{image: {name}}}\n---\n"
        "apiVersion: image.toolkit.fluxcd.io/v1beta2\nkind: ImagePolicy\n"
        "metadata: {name: api, namespace: flux-system}\n"
        "spec: {imageRepositoryRef: {name: api}, policy: {semver: {range: ^1}}}\n"
    )
    marked = f'image: {name}:1.0.0 # {{"$imagepolicy": "flux-system:api"}}\n'
    story.remote.commit(
        {
            "clusters/policy.yaml": policy,
            "app.yaml": marked,
            ".tagwright.yaml": "version: 1\nfiles: {include: ['*.yaml']}\n",
        }
    )
    done = story.runs(f"tagwright run --commit --repo {story.remote.path}")
    assert done.code == 0, done
    assert f"{name}:1.1.0" in story.remote.show("app.yaml")


def test_a_digest_alone_takes_the_place_of_a_tag(story: Story) -> None:
    """It need not be that tag's; beside a digest the tag stays, for there it was written on purpose."""
    old, new = (f"sha256:{letter * 64}" for letter in "ab")
    story.remote.commit({"a.yaml": f"a: {{image: acme/api:1.0}}\nb: {{image: 'acme/api:latest@{old}'}}\n"})
    done = story.runs(f"tagwright set acme/api@{new} --repo {story.remote.path}")
    assert done.code == 0, done
    first, second = story.remote.show("a.yaml").split("\n")
    assert (first, second) == (f"a: {{image: acme/api@{new}}}", f"b: {{image: 'acme/api:latest@{new}'}}")


def test_a_batch_may_give_a_tag_with_its_digest_and_without(story: Story, tmp_path: Path) -> None:
    """Each place takes the one that fits how it is written."""
    old, new = (f"sha256:{letter * 64}" for letter in "ab")
    story.remote.commit({"a.yaml": f"a: {{image: acme/api:1.0}}\nb: {{image: 'acme/api:1.0@{old}'}}\n"})
    batch = tmp_path / "batch.json"
    batch.write_text(json.dumps([{"image": "acme/api:1.1"}, {"image": f"acme/api:1.1@{new}"}]))
    done = story.runs(f"tagwright set --batch {batch} --repo {story.remote.path}")
    assert done.code == 0, done
    first, second = story.remote.show("a.yaml").split("\n")
    assert (first, second) == ("a: {image: acme/api:1.1}", f"b: {{image: 'acme/api:1.1@{new}'}}")


def test_a_digest_is_dropped_only_when_that_is_asked_for(story: Story) -> None:
    """The tag then stands alone, also where it was right already; a digest in a value of its own is not taken away."""
    old = f"sha256:{'a' * 64}"
    text = (
        f"a: {{image: 'acme/api:1.0.1@{old}'}}\nb: {{image: acme/api@{old}}}\nc: {{image: acme/api:1.1.0@{old}}}\n"
        f"d:\n  image: {{repository: acme/api, tag: 1.0.1@{old}}}\n"
        f"e:\n  image: {{repository: acme/api, tag: 1.0.1, digest: '{old}'}}\n"
    )
    story.remote.commit({"a.yaml": text})
    done = story.runs(f"tagwright set acme/api:1.1.0 --drop-digest --repo {story.remote.path}")
    assert done.code == 1
    assert "its digest stands by itself" in done.out + done.err
    after = text.replace(f"1.0.1@{old}", "1.1.0").replace(f"api@{old}", "api:1.1.0").replace(f"1.1.0@{old}", "1.1.0")
    assert story.remote.show("a.yaml") + "\n" == after
    assert story.runs(f"tagwright set acme/api:1.1.0@{old} --drop-digest --repo {story.remote.path}").code == 2


@pytest.mark.parametrize("flags", ["", "--allow-downgrade"])
@pytest.mark.parametrize("turned", [False, True])
def test_the_highest_rank_of_a_batch_has_the_last_word(story: Story, tmp_path: Path, turned: bool, flags: str) -> None:
    """However the lines stand: two builds of one image that nothing else orders."""
    story.remote.commit({"a.yaml": "image: acme/api:abc\n"})
    lines = [{"image": "acme/api:def1", "order": 2}, {"image": "acme/api:def2", "order": 1}]
    batch = tmp_path / "batch.json"
    batch.write_text(json.dumps(lines[::-1] if turned else lines))
    done = story.runs(f"tagwright set --batch {batch} --repo {story.remote.path} {flags}")
    assert done.code == 0, done
    assert story.remote.show("a.yaml") == "image: acme/api:def1"
