"""Values that a line of the configuration binds to an image."""

from __future__ import annotations

import time

import pytest

from tagwright import edits, scan
from tagwright.image import Image
from tagwright.model import Binding

DIGEST = f"sha256:{'a' * 64}"
API = "ghcr.io/acme/api"


def bound(path: str, text: str, *bindings: Binding) -> list[str]:
    """What is found, as line, where and image."""
    found = scan.scan_file(path, text.encode(), bindings).references
    return [f"{one.line} {one.where} {one.image}" for one in found]


def binding(key: str = "", image: str = API) -> Binding:
    return Binding(image, ("**",), key)


@pytest.mark.parametrize(
    ("path", "text", "key", "found"),
    [
        ("prod.env", "API_TAG=1.2.0\nWEB_TAG=1.2.0\n", "API_TAG", ["1 API_TAG ghcr.io/acme/api:1.2.0"]),
        ("build.sh", 'export API_TAG="1.2.0" # now\n', "API_TAG", ["1 API_TAG ghcr.io/acme/api:1.2.0"]),
        ("a.yaml", "a: {tag: 1.2}\nb: {tag: 1.3}\n", "b.tag", ["2 b.tag ghcr.io/acme/api:1.3"]),
        ("a.yaml", "a: [{tag: 1.2}, {tag: 1.3}]\n", "a[1].tag", ["1 a[1].tag ghcr.io/acme/api:1.3"]),
        ("a.yaml", "a: {b: {tag: 1.2}}\ntag: 9\n", "a.*.tag", ["1 a.b.tag ghcr.io/acme/api:1.2"]),
        ("a.yaml", f"a: {{version: 1.2@{DIGEST}}}\n", "version", [f"1 a.version ghcr.io/acme/api:1.2@{DIGEST}"]),
        ("a.yaml", "image: {tag: 1.2}\n", "image.tag", ["1 image.tag ghcr.io/acme/api:1.2"]),
        ("v.json", '{"versions": {"api": "1.2.0"}}', "versions.api", ["1 versions.api ghcr.io/acme/api:1.2.0"]),
        ("a.yaml", 'image: "{{ host }}api:1.2.0{{ suffix }}"\n', "image", ["1 image ghcr.io/acme/api:1.2.0"]),
        ("a.yaml", "image: ${HOST}/api:1.2.0\n", "image", ["1 image ghcr.io/acme/api:1.2.0"]),
        ("a.yaml", "api-version: 1.2.0\nversion: 9\n", "version", ["2 version ghcr.io/acme/api:9"]),
    ],
)
def test_a_key_binds_the_values_it_leads_to(path: str, text: str, key: str, found: list[str]) -> None:
    """By the last key or the whole way, in every format; a tag, with a digest, or behind a name a template makes."""
    assert bound(path, text, binding(key)) == found


@pytest.mark.parametrize(
    ("path", "text", "key"),
    [
        ("a.yaml", "tag: a tag with blanks\n", "tag"),
        ("a.yaml", "tag: {deeper: 1.2}\n", "tag"),
        ("a.yaml", "tag:\n", "tag"),
        ("a.yaml", "tag: '{{ tag }}'\n", "tag"),
        ("a.yaml", "other: 1.2\n", "tag"),
        ("a.yaml", "a: {tag: 1.2}\n", "b.tag"),
        ("tags/api", "1.2.0\n1.3.0\n", ""),
        ("tags/api", "", ""),
        ("tags/api", "api=1.2.0", ""),
    ],
)
def test_what_is_no_tag_is_not_bound(path: str, text: str, key: str) -> None:
    """Prose, mappings, nothing, templates, other keys, files of several lines."""
    assert bound(path, text, binding(key)) == []


def test_a_value_that_names_its_image_keeps_it() -> None:
    """A line of the configuration says whose tag a bare value is; it renames nothing."""
    assert bound("a.yaml", "image: ghcr.io/acme/web:1.2\n", binding("image")) == ["1 image ghcr.io/acme/web:1.2"]


@pytest.mark.parametrize("text", ["1.2.0", "1.2.0\n", "1.2.0\r\n", "  1.2.0  \n\n", f"1.2.0@{DIGEST}\n"])
def test_a_file_can_be_the_tag(text: str) -> None:
    """Blanks and line ends around it stay; the image may be named after the file."""
    (found,) = scan.scan_file("tags/prod/api.txt", text.encode(), (binding("", "ghcr.io/{folder}/{name}"),)).references
    assert found.image.name == "ghcr.io/prod/api"
    made = edits.for_update(found, Image("", "1.3.0", f"sha256:{'b' * 64}" if "@" in text else None))
    assert edits.apply(text, made) == text.replace("1.2.0", "1.3.0").replace("a" * 64, "b" * 64)


def test_the_first_line_that_means_a_value_decides() -> None:
    """As with rules."""
    lines = (binding("tag", "ghcr.io/acme/first"), binding("**.tag", "ghcr.io/acme/second"))
    assert bound("a.yaml", "a: {tag: 1}\n", *lines) == ["1 a.tag ghcr.io/acme/first:1"]


@pytest.mark.parametrize("path", ["tags/UPPER", "tags/we b", "tags/a;b", "tags/..x", "tags/.hidden", "tags/a?n=1"])
def test_a_file_whose_name_makes_no_image_is_bound_to_none(path: str) -> None:
    """What a repository calls its files is not asked of a registry unless it is an image's name."""
    assert bound(path, "1.2.0\n", binding(image="ghcr.io/acme/{name}")) == []
    assert bound(f"{path}/a.env", "TAG=1.2.0\n", binding("TAG", "ghcr.io/acme/{folder}")) == []


def test_of_several_lines_the_first_decides() -> None:
    """Whether their keys are the same or only end on the same way."""
    lines = (binding("a.tag", "acme/one"), binding("tag", "acme/two"), binding("a.tag", "acme/three"))
    assert bound("a.yaml", "a: {tag: 1.2}\nb: {tag: 1.3}\n", *lines) == ["1 a.tag acme/one:1.2", "2 b.tag acme/two:1.3"]


def test_hundreds_of_lines_cost_little_on_a_file_of_thousands_of_values() -> None:
    """A repository's own file may hold as many."""
    text = "".join(f"k{number}: {{x: {number}}}\n" for number in range(3000))
    lines = [binding(f"**/a{number}/**/b/**/c") for number in range(500)]
    start = time.process_time()
    assert bound("a.yaml", text, *lines) == []
    assert time.process_time() - start < 3


def test_a_value_that_stands_twice_by_an_alias_is_one_reference() -> None:
    """One place, one reference."""
    assert bound("a.yaml", "a: {tag: &t 1.2}\nb: {tag: *t}\n", binding("tag")) == ["1 a.tag ghcr.io/acme/api:1.2"]
