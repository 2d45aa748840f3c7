"""`plan --preview`: what commits and pull requests would say, before anybody gets them."""

from __future__ import annotations

from tests.support.story import DEPLOYMENT, Story

SETTINGS = """\
defaults: {policy: {compatible: minor}}
delivery:
  mode: pull-request
  title: "chore({{ image.short }}): {{ new.tag }}"
  commit_message: "{{ summary }} for {{ group }}"
  branch: "{{ name }}"
  body: "Dear all,\\n\\n{{ table }}\\n\\n{{ changes }}\\n"
"""
LABELS = {"org.opencontainers.image.source": "https://git.example.com/acme/api"}


def published(story: Story) -> str:
    """Two versions of an image, the new one run by root, and the old one in Git."""
    name = f"{story.registry.host}/acme/api"
    for tag, user, revision in (("1.2.0", "app", "a" * 40), ("1.2.1", "root", "b" * 40)):
        labels = {**LABELS, "org.opencontainers.image.revision": revision}
        story.registry.add("acme/api", tag, labels=labels, runs={"User": user, "Env": [f"SECRET_{user}=s3cret"]})
    story.remote.commit({"prod/api.yaml": DEPLOYMENT.format(image=f"{name}:1.2.0")})
    return name


def test_a_pull_request_is_shown_as_it_would_be(story: Story) -> None:
    """Title, branch, message and text by their templates, with what the registry tells; nothing is delivered."""
    name = published(story)
    story.configured(SETTINGS)
    text = (story.folder / "tagwright.yaml").read_text()
    forge = "forge: {kind: gitea, url: 'https://git.example.com'}, "
    (story.folder / "tagwright.yaml").write_text(text.replace("branch: main}", f"branch: main, {forge}}}"))

    done = story.runs("tagwright plan --preview")

    assert done.code == 0, done.err
    assert "branch: tagwright/api-" in done.out
    assert "\ntitle: chore(api): 1.2.1\n" in done.out
    assert f"\nUpdate {name} to 1.2.1 for " in done.out
    assert f"\nTagwright-Image: {name} 1.2.0 -> 1.2.1\n" in done.out
    assert "\nDear all,\n\n| Image | Workload | Environment |" in done.out
    assert "| `Deployment api` | `prod` | `api.yaml:10` | `1.2.0` | `1.2.1` | `" in done.out
    assert "  - user: `app` → `root` ⚠ **now runs as root**\n" in done.out
    assert "  - environment variables: added `SECRET_root`; removed `SECRET_app`\n" in done.out
    assert "s3cret" not in done.out
    assert "\n+          image:" not in done.out
    assert story.remote.branches() == ["main"]


def test_details_can_be_left_out(story: Story) -> None:
    """Then no manifest is read."""
    published(story)
    story.configured(SETTINGS + "  details: false\n")

    done = story.runs("tagwright plan --preview")

    assert "runs as root" not in done.out
    assert not [asked for asked in story.registry.requests if "/manifests/" in asked.path]


def test_a_commit_has_a_message_alone(story: Story) -> None:
    """No branch of its own, no pull request."""
    published(story)
    story.configured("defaults: {policy: {compatible: minor}}\ndelivery: {mode: commit}\n")

    done = story.runs("tagwright plan --preview")

    assert "\nbranch: main\n" in done.out
    assert "─── commit message " in done.out
    assert "pull request" not in done.out


def test_it_is_for_people(story: Story) -> None:
    """JSON has a report of its own."""
    assert story.runs("tagwright plan --preview --json").code == 2
