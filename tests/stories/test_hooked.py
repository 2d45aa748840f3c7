"""The service is told: a push to a registry is in Git a moment later, and people on a forge are heard at once."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import signal
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest

from tagwright.registries.embedded import EmbeddedRegistry
from tests.support.git_server import Remote, git
from tests.support.real_registry import Pusher, docker_registry, free_port
from tests.support.reviewed import DEFAULTS, PROJECT, Reviewed
from tests.support.serving import Serving, until
from tests.support.story import DEPLOYMENT, Story

SECRET = "h00k-secret-0123456789"
JSON = {"Content-Type": "application/json"}
RARELY = "interval: 4w, jitter: 1s"


def serving(folder: Path, *arguments: str) -> Serving:
    """The service over a folder's configuration: it knows the hook's secret, and looks by itself only at its start."""
    cache = ("--cache", str(folder / "cache"))
    return Serving(folder / "tagwright.yaml", *cache, *arguments, environ={"HOOK": SECRET})


def looked(service: Serving) -> int:
    """How many passes are over."""
    with urlopen(f"{service.url}/metrics", timeout=30) as answer:
        counted = re.findall(r"^tagwright_runs_total\{.*\} (\S+)$", answer.read().decode(), re.MULTILINE)
    return int(sum(map(float, counted)))


def hooked(kind: str) -> str:
    """The service's part of a configuration: one webhook, named hook."""
    return f"serve: {{{RARELY}, webhooks: [{{name: hook, kind: {kind}, secret_env: HOOK}}]}}\n"


class TestRegistries:
    """Somebody pushes an image."""

    def test_an_image_that_ci_tells_of_is_written(self, story: Story) -> None:
        """One commit for it, however often it is told; and nothing for an image that nobody uses."""
        image = story.offers("acme/api", "1.0.0")
        story.remote.commit({"api.yaml": DEPLOYMENT.format(image=f"{image}:1.0.0")})
        story.configured(f"{DEFAULTS}delivery: {{mode: commit}}\n{hooked('json')}")
        bearer = JSON | {"Authorization": f"Bearer {SECRET}"}
        with serving(story.folder) as service:
            until(lambda: looked(service) == 1, lambda: service.text)
            story.registry.add("acme/api", "1.1.0")
            body = json.dumps({"image": f"{image}:1.1.0"}).encode()
            assert service.posts("/hooks/hook", body, JSON) == 401
            assert [service.posts("/hooks/hook", body, bearer) for _ in range(20)] == [202] * 20
            until(lambda: f"{image}:1.1.0" in story.remote.show("api.yaml"), lambda: service.text)
            assert service.posts("/hooks/hook", b'{"image": "ghcr.io/nobody/uses:1"}', bearer) == 202
            assert story.remote.log() == [f"Update {image} to 1.1.0", "Seed"]
        assert SECRET not in service.text
        assert "Traceback" not in service.text

    @pytest.mark.real
    def test_a_push_to_a_real_registry_is_a_commit(self, tmp_path: Path) -> None:
        """docker-registry tells by its own notifications, and is then read: nobody else says anything."""
        remote, port = Remote(tmp_path / "deploy.git"), free_port()
        endpoint = (
            "notifications:\n  endpoints:\n"
            f"    - {{name: tagwright, url: 'http://127.0.0.1:{port}/hooks/hook', timeout: 5s, threshold: 3,\n"
            f"       backoff: 1s, headers: {{Authorization: [Bearer {SECRET}]}}}}\n"
        )
        with EmbeddedRegistry() as source, docker_registry(tmp_path, endpoint) as host:
            image = f"{host}/acme/api"
            source.add("acme/api", "1.0.0")
            Pusher(host).push(source)
            remote.commit({"api.yaml": DEPLOYMENT.format(image=f"{image}:1.0.0")})
            (tmp_path / "tagwright.yaml").write_text(
                f"version: 1\n{DEFAULTS}delivery: {{mode: commit}}\n{hooked('distribution')}"
                f"targets: [{{name: deploy, repository: '{remote.path}'}}]\n"
            )
            with serving(tmp_path, "--listen", f"127.0.0.1:{port}") as service:
                until(lambda: looked(service) == 1, lambda: service.text)
                source.add("acme/api", "1.1.0")
                Pusher(host).push(source)
                until(lambda: f"{image}:1.1.0" in remote.show("api.yaml"), lambda: service.text)
        assert remote.log() == [f"Update {image} to 1.1.0", "Seed"]

    def test_another_webhook_is_heard_without_a_restart(self, story: Story) -> None:
        """A configuration that is right counts from the next look on; one whose secret is not there is not taken."""
        whole = f"{DEFAULTS}delivery: {{mode: commit}}\n{hooked('json')}"
        story.configured(whole)
        bearer, body = JSON | {"Authorization": f"Bearer {SECRET}"}, b'{"image": "nginx"}'
        with serving(story.folder) as service:
            assert service.posts("/hooks/hook", body, bearer) == 202
            story.configured(whole.replace("name: hook", "name: other"))
            service.signalled(signal.SIGHUP)
            until(lambda: service.posts("/hooks/other", body, bearer) == 202, lambda: service.text)
            assert service.posts("/hooks/hook", body, bearer) == 404
            story.configured(whole.replace("secret_env: HOOK", "secret_env: NOWHERE"))
            service.signalled(signal.SIGHUP)
            until(lambda: "the one before stays" in service.text, lambda: service.text)
            assert service.posts("/hooks/other", body, bearer) == 202

    def test_a_secret_that_is_not_there(self, story: Story) -> None:
        """The start fails, and says which."""
        story.configured(f"{DEFAULTS}delivery: {{mode: commit}}\n{hooked('json')}")
        with Serving(story.folder / "tagwright.yaml") as service:
            assert service.ends() == 2
        assert "webhook hook: the environment variable HOOK is not set" in service.text


class Forge:
    """A forge that sends webhooks about the stage's repository, each other than the last."""

    def __init__(self, reviewed: Reviewed, service: Serving) -> None:
        self._kind, self._service, self._sent = reviewed.kind, service, 0
        self._reviewed, address = reviewed, reviewed.forge.url(PROJECT)
        self._github = {"clone_url": address, "html_url": address.removesuffix(".git"), "ssh_url": ""}
        self._gitlab = {"git_http_url": address, "web_url": address.removesuffix(".git"), "git_ssh_url": ""}

    def comments(self, user: str, text: str, number: int) -> None:
        """Somebody writes into a pull request."""
        (pull,) = [one for one in self._reviewed.pulls if one.number == number]
        pull.say(user, text)
        self.tells(user, text, number, 100 * number + len(pull.notes))

    def tells(self, user: str, text: str, number: int, comment: int) -> None:
        """The webhook of a comment."""
        if self._kind == "gitlab":
            note = {"id": comment, "note": text, "noteable_type": "MergeRequest", "action": "create"}
            self._sends("note", object_attributes=note, merge_request={"iid": number}, user={"username": user})
        else:
            issue = {"number": number, "pull_request": {}}
            said = {"id": comment, "body": text, "user": {"login": user}}
            self._sends("issue_comment", action="created", issue=issue, comment=said, is_pull=True)

    def decided(self, action: str, number: int) -> None:
        """A pull request into main was "closed" or "reopened"."""
        if self._kind == "gitlab":
            word = {"closed": "close", "reopened": "reopen"}[action]
            self._sends("merge_request", object_attributes={"iid": number, "action": word, "target_branch": "main"})
        else:
            self._sends("pull_request", action=action, pull_request={"number": number, "base": {"ref": "main"}})

    def pushed(self, *messages: str) -> None:
        """Commits with these messages came into main."""
        self._sends("push", ref="refs/heads/main", commits=[{"message": one} for one in messages])

    def _sends(self, event: str, **payload: Any) -> None:
        self._sent += 1
        about = {"object_kind": event, "project": self._gitlab, "repository": self._github, "id": self._sent}
        body = json.dumps({**about, **payload}).encode()
        signed = hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
        headers = {
            "github": {"X-GitHub-Event": event, "X-Hub-Signature-256": f"sha256={signed}"},
            "gitea": {"X-Gitea-Event": event, "X-Gitea-Signature": signed},
            "gitlab": {"X-Gitlab-Token": SECRET},
        }[self._kind]
        assert self._service.posts("/hooks/hook", body, JSON | headers) == 202


class TestForges:
    """Somebody does something on GitHub, GitLab or Gitea."""

    def test_rebase_is_done_for_whom_the_forge_lets_write(self, reviewed: Reviewed) -> None:
        """A stranger's comment throws nothing away; a writer's has the branch rebuilt, and the box is free again."""
        api = reviewed.proposes()
        (pull,) = reviewed.pulls
        theirs = reviewed.remote.commit({"note.txt": "mine\n"}, "A person's work", branch=pull.head)
        reviewed.forge.people["mallory"] = 31
        reviewed.forge.roles |= {"ann": "write", "mallory": "read"}
        reviewed.configured(DEFAULTS + hooked(reviewed.kind))
        with serving(reviewed.folder) as service:
            until(lambda: "commits by people" in pull.body, lambda: service.text)
            forge = Forge(reviewed, service)
            forge.comments("mallory", "/tagwright rebase", pull.number)
            until(lambda: "mallory asks for a rebuild" in service.text, lambda: service.text)
            assert reviewed.remote.tip(pull.head) == theirs
            forge.tells("ann", "/tagwright rebase", pull.number, 100 * pull.number + len(pull.notes))
            until(lambda: "no such command by ann" in service.text, lambda: service.text)
            assert reviewed.remote.tip(pull.head) == theirs
            forge.comments("ann", "Please.\n\n/tagwright rebase", pull.number)
            until(lambda: reviewed.remote.touched(pull.head) == ["api.yaml"], lambda: service.text)
            until(lambda: "- [ ]" in pull.body and "commits by people" not in pull.body, lambda: service.text)
        assert f"{api}:1.2.1" in reviewed.remote.show("api.yaml", pull.head)
        assert "Traceback" not in service.text

    def test_a_pull_request_that_is_closed_is_heard_at_once(self, reviewed: Reviewed) -> None:
        """A person says "no", and it is in the ledger without a look of the timetable."""
        reviewed.proposes()
        (pull,) = reviewed.pulls
        reviewed.configured(DEFAULTS + hooked(reviewed.kind))
        with serving(reviewed.folder) as service:
            until(lambda: looked(service) == 1, lambda: service.text)
            reviewed.forge.close(PROJECT, pull.number)
            Forge(reviewed, service).decided("closed", pull.number)
            until(lambda: _ledger(reviewed), lambda: service.text)
        assert [one.state for one in reviewed.pulls] == ["closed"]

    def test_a_push_by_people_is_looked_at_and_ours_is_not(self, reviewed: Reviewed) -> None:
        """What we pushed ourselves starts no round, so none starts another."""
        reviewed.proposes()
        reviewed.configured(DEFAULTS + hooked(reviewed.kind))
        with serving(reviewed.folder) as service:
            until(lambda: looked(service) == 1, lambda: service.text)
            forge = Forge(reviewed, service)
            forge.pushed("Update x to 2\n\nTagwright-Image: x 1 -> 2\n")
            web = reviewed.offers("acme/web", "1.0.0", "1.1.0")
            reviewed.deploys(f"{web}:1.0.0")
            forge.pushed("Deploy")
            until(lambda: len(reviewed.pulls) == 2, lambda: service.text)
        assert service.text.count("webhook hook: 0 images, 0 targets") == 1
        assert service.text.count("webhook hook: 0 images, 1 targets") == 1


def _ledger(reviewed: Reviewed) -> bool:
    """Whether anything is written down in the ledger."""
    return "tagwright/ledger" in git("for-each-ref", "--format=%(refname)", cwd=reviewed.remote.path)
