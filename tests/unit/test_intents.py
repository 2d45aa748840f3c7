"""Intents that concern a reference are found by name, however many there are."""

from __future__ import annotations

import pytest

from tagwright.errors import UsageError
from tagwright.image import parse as image
from tagwright.intents import Intent, about, parse
from tagwright.model import Marker, PolicyKind, PolicySpec, Reference, Ruled

API, WEB = "ghcr.io/acme/api:1.0", "ghcr.io/acme/web:1.0"
SPEC = PolicySpec(PolicyKind.COMPATIBLE, "any")
INTENTS = tuple(
    Intent(image(text), policy=policy, from_tag=tag)
    for text, policy, tag in [
        ("ghcr.io/acme/web:2.0", "", ""),
        ("ghcr.io/acme/api:2.0", "", "0.9"),
        ("ghcr.io/acme/api:3.0", "", ""),
        ("ghcr.io/acme/any:4.0", "team:api", ""),
        ("docker.io/library/api:5.0", "", ""),
    ]
)


@pytest.mark.parametrize(
    ("text", "alias", "policy"),
    [(API, "", ""), (WEB, "", ""), (API, "api", ""), (API, "", "team:api"), (WEB, "", "x:y")],
)
def test_what_is_found_by_name_is_what_asking_each_would_find(text: str, alias: str, policy: str) -> None:
    """By the image, by the name kustomize knows it by, by the policy of its marker; in the order given."""
    marker = Marker("flux", 1, "", policy) if policy else None
    reference = Reference("a.yaml", 1, 1, (0, 1), "kubernetes", "image", image(text), text, (), marker, alias)
    ruled = Ruled(SPEC, "test", reference.image.normalised)
    found = [one for one in about(INTENTS)(reference, ruled) if one.names(reference, ruled)]
    assert found == [one for one in INTENTS if one.names(reference, ruled)]


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("oci://ghcr.io/acme/charts/db:1.2.3", "ghcr.io/acme/charts/db:1.2.3"),
        ("oci://ghcr.io/acme/charts/db:1.2.3+4", "ghcr.io/acme/charts/db:1.2.3_4"),
    ],
)
def test_a_chart_may_be_written_as_people_write_it(text: str, meant: str) -> None:
    """With the scheme, and with the version's own "+"."""
    assert parse(text).image == image(meant)


@pytest.mark.parametrize("text", ["https://ghcr.io/acme/charts/db:1.2.3", "ghcr.io/acme/charts/db:1.2.3+4", "oci://"])
def test_nothing_else_with_a_scheme_is_an_image(text: str) -> None:
    """Nor has a tag a "+"."""
    with pytest.raises(UsageError):
        parse(text)
