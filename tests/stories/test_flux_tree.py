"""A repository that Flux's image automation kept so far, taken over as it stands."""

from __future__ import annotations

import pytest

from tests.support.story import Story

DIGEST = "sha256:" + "0" * 64

TREE = {
    "clusters/prod/flux-system/automation.yaml": """\
---
apiVersion: image.toolkit.fluxcd.io/v1beta2
kind: ImageUpdateAutomation
metadata:
  name: prod
  namespace: flux-system
spec:
  interval: 30m
  sourceRef:
    kind: GitRepository
    name: flux-system
  git:
    checkout:
      ref:
        branch: main
    commit:
      author:
        email: fluxcdbot@users.noreply.github.com
        name: fluxcdbot
  update:
    path: ./apps
    strategy: Setters
""",
    "clusters/prod/images/repositories.yaml": """\
---
apiVersion: image.toolkit.fluxcd.io/v1beta2
kind: ImageRepository
metadata: {{name: web, namespace: flux-system}}
spec:
  image: {host}/acme/web
  interval: 5m
---
apiVersion: image.toolkit.fluxcd.io/v1
kind: ImageRepository
metadata: {{name: worker, namespace: flux-system}}
spec:
  image: {host}/acme/worker
  interval: 5m
  exclusionList:
    - "^.*\\\\.sig$"
    - "-debug$"
---
apiVersion: image.toolkit.fluxcd.io/v1beta1
kind: ImageRepository
metadata: {{name: docs, namespace: flux-system}}
spec:
  image: {host}/acme/docs
  interval: 5m
---
apiVersion: image.toolkit.fluxcd.io/v1beta2
kind: ImageRepository
metadata: {{name: paused, namespace: flux-system}}
spec:
  image: {host}/acme/paused
  interval: 5m
  suspend: true
""",
    "clusters/prod/images/policies.yaml": """\
apiVersion: image.toolkit.fluxcd.io/v1beta2
kind: ImagePolicy
metadata: {{name: web, namespace: flux-system}}
spec:
  imageRepositoryRef: {{name: web}}
  policy:
    semver: {{range: ">=1.2.0 <2.0.0"}}
---
apiVersion: image.toolkit.fluxcd.io/v1
kind: ImagePolicy
metadata: {{name: worker, namespace: flux-system}}
spec:
  imageRepositoryRef: {{name: worker}}
  filterTags:
    pattern: '^main-[a-f0-9]+-(?P<ts>[0-9]+)'
    extract: '$ts'
  policy:
    numerical: {{order: asc}}
  digestReflectionPolicy: Always
  interval: 10m
---
apiVersion: image.toolkit.fluxcd.io/v1beta1
kind: ImagePolicy
metadata: {{name: docs, namespace: flux-system}}
spec:
  imageRepositoryRef: {{name: docs}}
  filterTags:
    pattern: '^RELEASE\\.(?P<date>.*)Z$'
    extract: '$date'
  policy:
    alphabetical: {{order: asc}}
---
apiVersion: image.toolkit.fluxcd.io/v1beta2
kind: ImagePolicy
metadata: {{name: paused, namespace: flux-system}}
spec:
  imageRepositoryRef: {{name: paused}}
  policy:
    semver: {{range: "*"}}
""",
    "apps/web/deployment.yaml": """\
---
# The shop.
apiVersion: apps/v1
kind: Deployment
metadata: {{name: web}}
spec:
  template:
    spec:
      containers:
        - name: web

          image: "{host}/acme/web:1.2.0" # {{"$imagepolicy": "flux-system:web"}}
        - name: unmarked
          image: {host}/acme/web:1.2.0
""",
    "apps/worker/release.yaml": """\
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {{name: worker}}
spec:
  values:
    image:
      repository: {host}/acme/worker # {{"$imagepolicy": "flux-system:worker:name"}}
      tag: main-aaaaaaa-100 # {{"$imagepolicy": "flux-system:worker:tag"}}
      digest: {digest} # {{"$imagepolicy": "flux-system:worker:digest"}}
""",
    "apps/docs/kustomization.yaml": """\
apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
images:
  - name: docs
    newName: {host}/acme/docs # {{"$imagepolicy": "flux-system:docs:name"}}
    newTag: RELEASE.2024-01-01T00-00-00Z # {{"$imagepolicy": "flux-system:docs:tag"}}
""",
    "apps/docs/config.env.yaml": """\
docs_version: RELEASE.2024-01-01T00-00-00Z   # {{"$imagepolicy": "flux-system:docs:tag"}}
""",
    "apps/paused.yaml": """\
image: {host}/acme/paused:1.0.0 # {{"$imagepolicy": "flux-system:paused"}}
""",
}
OFFERS = {
    "web": ("1.2.0", "1.3.0", "1.10.0", "1.11.0-rc.1", "2.0.0", "latest"),
    "worker": ("main-aaaaaaa-100", "main-bbbbbbb-900", "main-ccccccc-1000", "main-ddddddd-2000-debug", "dev-1-9999"),
    "docs": ("RELEASE.2024-01-01T00-00-00Z", "RELEASE.2024-08-03T04-33-23Z", "RELEASE.2024-08-03T04-33-23Z.sig"),
    "paused": ("1.0.0", "1.1.0"),
}


@pytest.fixture
def fleet(story: Story) -> Story:
    """The tree in the remote, its images in the registry."""
    for name, tags in OFFERS.items():
        story.offers(f"acme/{name}", *tags)
    host = story.registry.host
    story.remote.commit({path: text.format(host=host, digest=DIGEST) for path, text in TREE.items()})
    return story


def test_a_flux_repository_is_kept_as_it_stands(fleet: Story) -> None:
    """Without any configuration: every marked value, by the policy its marker names, and not a byte beside them."""
    host = fleet.registry.host
    before = {path: text.format(host=host, digest=DIGEST) for path, text in TREE.items()}

    ran = fleet.runs(f"tagwright run --repo {fleet.remote.path} --commit --json")

    assert ran.code == 0, ran
    digest = fleet.registry.add("acme/worker", "main-ccccccc-1000")  # the same bytes as before
    moved = [
        ("apps/web/deployment.yaml", "web:1.2.0\" #", "web:1.10.0\" #"),
        ("apps/worker/release.yaml", "main-aaaaaaa-100", "main-ccccccc-1000"),
        ("apps/worker/release.yaml", DIGEST, digest),
        ("apps/docs/kustomization.yaml", "2024-01-01T00-00-00Z", "2024-08-03T04-33-23Z"),
        ("apps/docs/config.env.yaml", "2024-01-01T00-00-00Z", "2024-08-03T04-33-23Z"),
    ]  # fmt: skip
    after = dict(before)
    for path, old, new in moved:
        assert after[path].count(old) == 1
        after[path] = after[path].replace(old, new)
    assert {path: fleet.remote.show(path).rstrip("\n") for path in TREE} == {
        path: text.rstrip("\n") for path, text in after.items()
    }


def test_why_flux_values_stay_is_said(fleet: Story) -> None:
    """What is excluded, and what is suspended, with the object's file and line."""
    told = fleet.runs(f"tagwright explain --repo {fleet.remote.path} --json").json
    decisions = {decision["image"].rpartition("/")[2]: decision for decision in told["decisions"]}
    worker = {ruling["tag"]: ruling["reason"] for ruling in decisions["worker"]["rulings"]}
    assert (worker["main-ddddddd-2000-debug"], worker["dev-1-9999"]) == ("ignored", "filtered")
    assert decisions["paused"]["verdict"] == "held"
    where = "clusters/prod/images/repositories.yaml:30"
    assert decisions["paused"]["detail"] == f"held: ImageRepository flux-system:paused is suspended ({where})"


def test_a_suspended_automation_holds_its_files(fleet: Story) -> None:
    """As Flux would write nothing there; what another hand writes is for another hand."""
    path = "clusters/prod/flux-system/automation.yaml"
    fleet.remote.commit({path: TREE[path] + "  suspend: true\n"})
    ran = fleet.runs(f"tagwright run --repo {fleet.remote.path} --commit --json")
    assert ran.code == 0
    assert set(ran.json["summary"]["verdicts"]) <= {"held", "unmanaged"}
    assert ran.json["summary"]["changes"] == 0
    left = fleet.runs(f"tagwright set {fleet.registry.host}/acme/docs:RELEASE.9 --repo {fleet.remote.path} --json")
    assert (left.code, set(left.json["summary"]["verdicts"])) == (0, {"held"})


def test_a_marker_whose_repository_is_missing_is_a_problem_of_the_policy(fleet: Story) -> None:
    """A tag alone does not say of which image; the others are kept up to date."""
    path = "clusters/prod/images/repositories.yaml"
    text = fleet.remote.show(path)
    fleet.remote.commit({path: text.replace("name: docs,", "name: docz,")})
    ran = fleet.runs(f"tagwright run --repo {fleet.remote.path} --commit --json")
    assert ran.code == 1
    problems = ran.json["targets"][0]["problems"]
    assert {(problem["code"], problem["path"], problem["line"]) for problem in problems} == {
        ("flux-repository", "clusters/prod/images/policies.yaml", 26)
    }
    assert "acme/web:1.10.0" in fleet.remote.show("apps/web/deployment.yaml")
