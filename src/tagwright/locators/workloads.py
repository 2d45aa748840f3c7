"""What runs an image, as people call it: "Deployment api", "service db"; "" where nothing says it."""

from __future__ import annotations

from tagwright.yaml_spans import Mapping


def workload(mapping: Mapping) -> str:
    """The Kubernetes object, or the service of a Compose file, that a mapping is a part of."""
    document = mapping.document
    kind = document.text("kind")
    if kind and document.text("apiVersion"):
        about = document.mapping("metadata")
        name = about.text("name") if about else ""
        return f"{kind} {name}" if name else ""
    path = mapping.path
    return f"service {path[1]}" if len(path) == 2 and path[0] == "services" and not kind else ""
