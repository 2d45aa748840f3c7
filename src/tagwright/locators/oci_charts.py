"""Charts in OCI registries: the image is the chart's host, path and name, its tag the version.

    dependencies:                                    Chart.yaml, requirements.yaml, a Crossplane release
      - {name: db, version: 1.2.3, repository: "oci://ghcr.io/acme/charts"}
    helmCharts:                                      Kustomize, Fleet
      - {name: db, version: 1.2.3, repo: "oci://ghcr.io/acme/charts"}
    spec: {chart: "oci://ghcr.io/acme/charts/db", version: 1.2.3}            k3s, helmfile; `url:` in Zarf
    source: {repoURL: ghcr.io/acme/charts, chart: db, targetRevision: 1.2.3}      Argo CD, also its plain OCI sources
    kind: OCIRepository    spec: {url: "oci://ghcr.io/acme/charts/db", ref: {tag: 1.2.3, digest: sha256:…}}
    kind: HelmRelease      spec.chart.spec: {chart: db, version: 1.2.3, sourceRef: {kind: HelmRepository, name: acme}}

A HelmRelease is a reference where the HelmRepository it names is of an OCI registry, in whichever file that
stands; so is a helmfile's release by the name of one of its `repositories:` with `oci: true`. Build
metadata is "+" in a version and "_" in a tag. Ranges (`^1.2`, `1.x`, `1.2`, `ref.semver`) follow by themselves,
and charts of HTTP servers have no tags: both are left alone, as is the lock file beside a Chart.yaml.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from tagwright.image import DIGEST, TAG, Image
from tagwright.locators.base import Found, Piece, parsed
from tagwright.model import ChartSource, Form, Part, Reference
from tagwright.yaml_spans import Mapping

_SCHEME = "oci://"
_BASES = ("repository", "repo", "repoURL")
# Fewer than three numbers are a range: https://helm.sh/docs/chart_best_practices/dependencies/
_EXACT = re.compile(r"v?[0-9]+\.[0-9]+\.[0-9]+(?:[-+_][0-9A-Za-z.+_-]*)?")


class OciCharts:
    """Charts, and other artifacts, of OCI registries."""

    kind = "oci-chart"
    keys = frozenset({"repository", "repo", "chart", "url", "repoURL", "repositories"})
    reads = frozenset({"name", "version", "targetRevision", "ref", "tag", "digest", "semver"}) | {
        "kind", "metadata", "namespace", "sourceRef", "releases", "oci",
    }  # fmt: skip

    def find(self, mapping: Mapping) -> Iterator[Found | ChartSource]:
        """The chart of this mapping, or where a Flux source finds charts."""
        kind = mapping.document.text("kind")
        if mapping.path == ("spec",) and kind in ("OCIRepository", "HelmRepository"):
            yield from self._artifact(mapping) if kind == "OCIRepository" else _source(mapping)
        elif mapping.path == ("spec", "chart", "spec") and kind == "HelmRelease":
            yield from self._release(mapping)
        elif not mapping.path and "repositories" in mapping.names():
            yield from self._helmfile(mapping)
        else:
            yield from self._plain(mapping)

    def _plain(self, mapping: Mapping) -> Iterator[Found]:
        """A chart, or with Argo CD another artifact, whose registry stands beside it."""
        name, key = _beside(mapping), "targetRevision" if "repoURL" in mapping.names() else "version"
        version = mapping.scalar(key)
        if not name or version is None:
            return
        artifact = key == "targetRevision" and "chart" not in mapping.names()
        if artifact and DIGEST.fullmatch(version.value):
            pieces = (Piece(Part.DIGEST, version, (*mapping.path, key)),)
            yield Found(self.kind, Image(name, None, version.value), version.value, pieces)
        else:
            yield from self._at(mapping, key, name, Form.ALONE if artifact else Form.CHART)

    def _at(self, mapping: Mapping, key: str, name: str, form: Form = Form.CHART, source: str = "") -> Iterator[Found]:
        """The chart at an exact version."""
        version = mapping.scalar(key)
        if version is None or version.templated or not _EXACT.fullmatch(version.value):
            return
        tag = version.value.replace("+", "_") if form is Form.CHART else version.value
        if TAG.fullmatch(tag):
            pieces = (Piece(Part.TAG, version, (*mapping.path, key), form),)
            yield Found(self.kind, Image(name, tag), version.value, pieces, source=source)

    def _release(self, chart: Mapping) -> Iterator[Found]:
        """The chart of a HelmRelease, of which another object says where it is."""
        source, name = chart.mapping("sourceRef"), chart.text("chart")
        if source and source.text("kind") == "HelmRepository" and parsed(name) == Image(name):
            space = source.text("namespace") or _namespace(chart)
            yield from self._at(chart, "version", name, source=f"{space}:{source.text('name')}")

    def _helmfile(self, file: Mapping) -> Iterator[Found]:
        """The releases whose chart begins with the name of an OCI registry of this file."""
        entries = [one for _, one in file.sequence("repositories") if isinstance(one, Mapping)]
        bases = {
            one.text("name"): one.text("url").removeprefix(_SCHEME) for one in entries if one.text("oci") == "true"
        }
        for _, release in file.sequence("releases"):
            repository, _, chart = (
                release.text("chart").partition("/") if isinstance(release, Mapping) else ("", "", "")
            )
            name = _name(f"{_SCHEME}{bases[repository].removesuffix('/')}/{chart}") if repository in bases else ""
            if name and isinstance(release, Mapping):
                yield from self._at(release, "version", name)

    def _artifact(self, spec: Mapping) -> Iterator[Found]:
        """The tag and the digest of an OCIRepository; a digest goes before a range, a range before a tag."""
        ref, name = spec.mapping("ref"), _name(spec.text("url"))
        if ref is None or not name:
            return
        tag, digest = ref.scalar("tag"), ref.scalar("digest")
        tagged = tag if tag and not tag.templated and TAG.fullmatch(tag.value) else None
        pinned = digest if digest and not digest.templated and DIGEST.fullmatch(digest.value) else None
        if (ref.text("semver") and not pinned) or not (tagged or pinned):
            return
        image = Image(name, tagged.value if tagged else None, pinned.value if pinned else None)
        parts = ((Part.TAG, "tag", tagged, Form.ALONE), (Part.DIGEST, "digest", pinned, Form.AS_IS))
        pieces = tuple(Piece(part, one, (*ref.path, key), form) for part, key, one, form in parts if one)
        yield Found(self.kind, image, str(image), pieces)


def _beside(mapping: Mapping) -> str:
    """The image of a chart whose registry stands beside it; "" where none does."""
    whole = next((mapping.text(key) for key in ("chart", "url") if mapping.text(key).startswith(_SCHEME)), "")
    if whole:
        return _name(whole)
    base = next((text for key in _BASES if (text := mapping.text(key))), "")
    chart, argocd = mapping.text("chart"), "repoURL" in mapping.names()
    if argocd and chart and base and "://" not in base:
        base = f"{_SCHEME}{base}"
    if base.startswith(_SCHEME):
        name = chart or ("" if argocd else mapping.text("name"))
        return _name(f"{base.removesuffix('/')}/{name}") if name else _name(base) if argocd else ""
    return ""


def _name(url: str) -> str:
    """The image that an oci:// address names; "" where it names none."""
    text = url.removeprefix(_SCHEME).removesuffix("/") if url.startswith(_SCHEME) else ""
    host, slash, _ = text.partition("/")
    image = parsed(text) if slash and ("." in host or ":" in host or host == "localhost") else None
    return text if image == Image(text) else ""


def _source(spec: Mapping) -> Iterator[ChartSource]:
    """Where a HelmRepository has its charts."""
    metadata, url = spec.document.mapping("metadata"), spec.text("url")
    if metadata and url:
        registry = url.removeprefix(_SCHEME).removesuffix("/") if url.startswith(_SCHEME) else ""
        yield ChartSource(f"{_namespace(spec)}:{metadata.text('name')}", registry)


def _namespace(mapping: Mapping) -> str:
    metadata = mapping.document.mapping("metadata")
    return metadata.text("namespace") if metadata else ""


def placed(references: Iterable[Reference], sources: tuple[ChartSource, ...]) -> Iterator[Reference]:
    """The references, every chart with the registry that its source says.

    One that no OCI registry has is none, unless a marker makes it one. A source and a release that leave their
    namespace to kustomize answer to any, where only one does.
    """
    registries: dict[str, set[str]] = {}
    for source in sources:
        for answered in {source.name, f":{source.name.partition(':')[2]}"}:
            registries.setdefault(answered, set()).add(source.registry)
    unspaced = {source.name: {source.registry} for source in sources if source.name.startswith(":")}
    for reference in references:
        bare = f":{reference.source.partition(':')[2]}"
        answers = registries.get(reference.source) or unspaced.get(bare) or {""}
        name = f"{min(answers)}/{reference.image.name}" if len(answers) == 1 and min(answers) else ""
        if not reference.source:
            yield reference
        elif reference.marker or parsed(name) == Image(name):
            yield replace(reference, image=replace(reference.image, name=name))
