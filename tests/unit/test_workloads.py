"""What runs an image is told with the reference, where the document says it."""

from __future__ import annotations

import pytest

from tagwright.scan import scan_file

KUBERNETES = """\
apiVersion: apps/v1
kind: Deployment
metadata: {{name: {name}}}
spec:
  template:
    spec:
      initContainers: [{{image: "acme/setup:1.0.0"}}]
      containers: [{{image: "acme/api:1.0.0"}}]
"""


@pytest.mark.parametrize(
    ("path", "text", "workloads"),
    [
        ("a.yaml", KUBERNETES.format(name="api"), ["Deployment api", "Deployment api"]),
        (
            "a.yaml",
            KUBERNETES.format(name="a") + "---\n" + KUBERNETES.format(name="b"),
            ["Deployment a"] * 2 + ["Deployment b"] * 2,
        ),
        ("a.yaml", KUBERNETES.format(name='"{{ .Values.name }}"'), ["Deployment {{ .Values.name }}"] * 2),
        ("a.yaml", "apiVersion: v1\nkind: Pod\nspec: {containers: [{image: 'acme/api:1.0.0'}]}\n", [""]),
        ("compose.yaml", "services:\n  web: {image: 'acme/web:1.0.0'}\n", ["service web"]),
        ("values.yaml", "image: {repository: acme/api, tag: 1.0.0}\n", [""]),
        (
            "release.yaml",
            "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: web}\n"
            "spec: {values: {image: {repository: acme/api, tag: 1.0.0}}}\n",
            ["HelmRelease web"],
        ),
    ],
)
def test_the_object_around_says_what_runs_it(path: str, text: str, workloads: list[str]) -> None:
    """Its kind and name, of its own document; a template is shown as it is written."""
    assert [one.workload for one in scan_file(path, text.encode()).references] == workloads
