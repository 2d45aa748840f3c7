"""References where no key says "image": bare tags that one line binds, words that only `set` knows, contradictions."""

from __future__ import annotations

import json
from pathlib import Path

from tests.support.story import Story

SETTINGS = """\
version: 1
references:
  - {{image: {host}/acme/api, files: [prod.env], key: API_TAG}}
  - {{image: "{host}/acme/{{name}}", files: ["tags/*"]}}
"""


def test_one_line_binds_a_bare_tag_for_run_and_for_set(story: Story) -> None:
    """A variable and a file that is nothing but a tag follow their image; what stands beside them stays."""
    api = story.offers("acme/api", "1.0.0", "1.1.0")
    story.offers("acme/web", "1.0.0", "1.2.0")
    settings = SETTINGS.format(host=story.registry.host)
    story.remote.commit(
        {".tagwright.yaml": settings, "prod.env": "WEB_TAG=1.0.0\nAPI_TAG=1.0.0\n", "tags/web": "1.0.0\n"}
    )
    story.configured()

    ran = story.runs("tagwright run")
    assert ran.code == 0, ran
    assert story.remote.show("prod.env") == "WEB_TAG=1.0.0\nAPI_TAG=1.1.0"
    assert story.remote.show("tags/web") == "1.2.0"

    assert story.runs(f"tagwright set {api}:1.3.0 --repo {story.remote.path}").code == 0
    assert story.remote.show("prod.env") == "WEB_TAG=1.0.0\nAPI_TAG=1.3.0"


def test_a_line_of_the_configuration_that_comes_later_is_seen(story: Story) -> None:
    """What a cached look found without it is looked at again."""
    story.offers("acme/api", "1.0.0", "1.1.0")
    story.remote.commit({"prod.env": "API_TAG=1.0.0\n"})
    story.configured()
    line = f"tagwright run --cache {story.folder}/cache"
    assert story.runs(line).code == 0
    assert story.remote.show("prod.env") == "API_TAG=1.0.0"

    story.remote.commit({".tagwright.yaml": SETTINGS.format(host=story.registry.host)})
    assert story.runs(line).code == 0
    assert story.remote.show("prod.env") == "API_TAG=1.1.0"


def test_a_mention_moves_with_set_and_is_silent_otherwise(story: Story) -> None:
    """A commented-out line is no reference to scan or run; who sets the image keeps it current."""
    text = "image: ghcr.io/acme/api:1.0.0\n# old:\n#   image: ghcr.io/acme/api:1.0.0\n# ghcr.io/acme/api:1.0.0 said\n"
    story.remote.commit({"k8s.yaml": text})
    scanned = story.runs(f"tagwright scan --repo {story.remote.path} --json")
    assert [one["line"] for one in scanned.json["references"]] == [1]

    assert story.runs(f"tagwright set ghcr.io/acme/api:1.1.0 --repo {story.remote.path}").code == 0
    first, second, third, fourth = story.remote.show("k8s.yaml").split("\n")
    assert (first, third) == ("image: ghcr.io/acme/api:1.1.0", "#   image: ghcr.io/acme/api:1.1.0")
    assert (second, fourth) == ("# old:", "# ghcr.io/acme/api:1.0.0 said")


def test_tag_families_of_one_image_move_apart(story: Story, tmp_path: Path) -> None:
    """Each intent moves what was at its tag, even where one's new tag is another's old one."""
    story.remote.commit({"a.yaml": "a: {image: acme/api:1.0}\nb: {image: acme/api:1.1}\nc: {image: acme/api:0.9}\n"})
    batch = [
        {"image": "acme/api:1.2", "from_tag": "1.1"},
        {"image": "acme/api:1.1", "from_tag": "1.0"},
    ]
    file = tmp_path / "batch.json"
    file.write_text(json.dumps(batch))
    done = story.runs(f"tagwright set --batch {file} --repo {story.remote.path} --allow-downgrade")
    assert done.code == 0, done
    assert story.remote.show("a.yaml").split("\n") == [
        "a: {image: acme/api:1.1}",
        "b: {image: acme/api:1.2}",
        "c: {image: acme/api:0.9}",
    ]


def test_a_batch_that_contradicts_itself_is_refused_where_it_does(story: Story, tmp_path: Path) -> None:
    """Two tags for one place, and nothing that says which: neither is written, and the rest is."""
    story.remote.commit({"a.yaml": "a: {image: acme/api:main-1}\nb: {image: acme/web:1}\n"})
    batch = [{"image": "acme/api:main-x"}, {"image": "acme/api:main-y"}, {"image": "acme/web:2"}]
    file = tmp_path / "batch.json"
    file.write_text(json.dumps(batch))
    done = story.runs(f"tagwright set --batch {file} --repo {story.remote.path}")
    assert done.code == 1
    assert "acme/api:main-x and acme/api:main-y are both wanted here" in done.err + done.out
    assert story.remote.show("a.yaml") == "a: {image: acme/api:main-1}\nb: {image: acme/web:2}"
