"""A CI job announces what it built, by the very lines of config/ci, and the service has committed it a moment later."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from tests.support.issuer import GITLAB, Issuer, issuer
from tests.support.story import DEPLOYMENT, SOURCE, Story

EXAMPLES = Path(__file__).resolve().parents[2] / "config" / "ci"
SERVE = """\
serve:
  listen: 127.0.0.1:0
  interval: 1h
  announce:
    - kind: {kind}
      issuer: {issuer}
      audience: https://tagwright.example.com
      rules:
        - {{images: ["{host}/acme/*"], repository: acme/api, ref: refs/heads/main}}
defaults: {{policy: {{compatible: minor}}}}
delivery: {{mode: commit}}
"""
pytestmark = pytest.mark.skipif(not shutil.which("curl") or not shutil.which("jq"), reason="the jobs need curl and jq")


@contextmanager
def service(story: Story) -> Iterator[str]:
    """`tagwright serve` with the story's configuration, in a process of its own that has looked once; its address."""
    log = story.folder / "serve.log"
    command = [
        sys.executable,
        "-m",
        "tagwright",
        "serve",
        "--config",
        str(story.folder / "tagwright.yaml"),
        "--verbose",
    ]
    environ = {**os.environ, "PYTHONPATH": str(SOURCE)}
    with log.open("wb") as told, subprocess.Popen(command, stderr=told, env=environ) as process:
        try:
            until(lambda: " at http://" in log.read_text() and "the pass has ended" in log.read_text())
            yield log.read_text().partition(" at ")[2].split()[0]
        finally:
            process.terminate()


def until(true: Callable[[], bool], seconds: float = 30) -> None:
    """Wait until something is so."""
    ends = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < ends
        time.sleep(0.02)


def job(script: str, address: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """A job's lines as its runner runs them, towards our service."""
    path = {"PATH": os.environ["PATH"], "HOME": os.environ["HOME"]}
    aimed = script.replace('"$TAGWRIGHT/announce"', f'"{address}/announce"')
    assert aimed != script
    return subprocess.run(["bash", "-e", "-c", aimed], env={**path, **variables}, capture_output=True, text=True)


def example(name: str) -> dict[str, Any]:
    """An example, read."""
    found: dict[str, Any] = YAML(typ="safe", pure=True).load(EXAMPLES / name)
    return found


def on_github(one: Issuer, image: str) -> tuple[str, dict[str, str]]:
    """The lines of the example for GitHub, and the variables that its runner sets."""
    found = example("announce-github.yaml")["jobs"]["announce"]
    asked = {"ACTIONS_ID_TOKEN_REQUEST_URL": f"{one.url}/token?api-version=2", "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "x"}
    return found["steps"][0]["run"], {**found["env"], **asked, "IMAGE": f"{image}:main-7"}


def on_gitlab(one: Issuer, image: str) -> tuple[str, dict[str, str]]:
    """The same for GitLab."""
    found = example("announce-gitlab.yml")["announce"]
    token = one.token(GITLAB | {"aud": found["id_tokens"]["TAGWRIGHT_TOKEN"]["aud"]})
    variables = {**found["variables"], "TAGWRIGHT_TOKEN": token, "CI_REGISTRY_IMAGE": image, "CI_PIPELINE_IID": "7"}
    return found["script"][0], variables


@pytest.mark.parametrize(("kind", "runner"), [("github", on_github), ("gitlab", on_gitlab)])
def test_a_job_announces_its_image_and_it_is_committed(
    story: Story, kind: str, runner: Callable[[Issuer, str], tuple[str, dict[str, str]]]
) -> None:
    """The job has no credentials but its own token; another project's job is refused, and told so."""
    image = story.offers("acme/api", "main-5", "main-6")
    story.remote.commit({"api.yaml": DEPLOYMENT.format(image=f"{image}:main-6")})
    with issuer() as one:
        story.configured(SERVE.format(kind=kind, issuer=one.url, host=story.registry.host))
        with service(story) as address:
            story.offers("acme/api", "main-7")
            script, variables = runner(one, image)
            done = job(script, address, **variables)
            assert (done.returncode, done.stdout) == (0, '{"images":1,"targets":1}'), done.stderr
            until(lambda: f"image:   {image}:main-7" in story.remote.show("api.yaml"))

            one.claims = {"repository": "acme/other", "project_path": "acme/other"}
            script, variables = runner(one, image)
            other = job(script, address, **variables)
    assert other.returncode == 22
    assert other.stdout == f'{{"error":"no rule lets acme/other announce {image}"}}'
    assert "repository is 'acme/other'" in (story.folder / "serve.log").read_text()
    assert "Bearer" not in (story.folder / "serve.log").read_text()
