"""A pass that logs in to GitHub as an app: nothing else is needed."""

from __future__ import annotations

from tests.support.forge_github_app import StageApp
from tests.support.forges import FakeGitHub
from tests.support.story import DEPLOYMENT, Story


def test_a_run_with_an_app_alone(story: Story) -> None:
    """Git over http and the API by the app's token, which no output holds."""
    api = story.offers("acme/api", "1.2.0", "1.2.1")
    story.remote.commit({"api.yaml": DEPLOYMENT.format(image=f"{api}:1.2.0")})
    app = StageApp()
    (story.folder / "app.pem").write_text(app.pem)
    with FakeGitHub({"acme/deploy": story.remote.path}, token="nobody-has-it") as forge:
        forge.app = app
        (story.folder / "tagwright.yaml").write_text(
            "version: 1\ndefaults: {policy: {compatible: minor}}\ntargets:\n"
            f"  - repository: {forge.url('acme/deploy')}\n"
            f'    forge: {{kind: github, url: "{forge.api}", app: {{id: "12345", private_key_file: app.pem}}}}\n'
        )
        ran = story.runs("tagwright run --json --verbose")
        assert ran.code == 0, ran
        assert [pull.title for pull in forge.pulls("acme/deploy")] == [f"Update {api} to 1.2.1"]
    assert len(app.issued) == 1
    assert app.issued[0] not in ran.out + ran.err
