"""Scanning a file: what is found, where it stands, and what is said of files that cannot be read."""

from __future__ import annotations

import pytest

from tagwright import scan

DEPLOYMENT = b"""apiVersion: apps/v1
kind: Deployment
spec:
  template:
    spec:
      containers:
      - name: api
        image: ghcr.io/acme/api:1.2.0 # the one
"""


def test_a_reference_says_where_it_stands() -> None:
    """Path, line, column, byte range and the way inside the document."""
    (found,) = scan.scan_file("k8s/api.yaml", DEPLOYMENT).references
    assert (found.path, found.line, found.column, found.kind) == ("k8s/api.yaml", 8, 16, "kubernetes")
    assert found.where == "spec.template.spec.containers[0].image"
    assert DEPLOYMENT[slice(*found.span)] == b"ghcr.io/acme/api:1.2.0"
    assert (found.image.normalised, found.image.tag, found.image.digest) == ("ghcr.io/acme/api", "1.2.0", None)


def test_every_image_of_a_mapping_of_thousands_of_keys_is_read() -> None:
    """Keys side by side are looked up in a table, so there may be any number of them."""
    data = "".join(f"a{n}_image: acme/app\na{n}_tag: 1.{n}\n" for n in range(2_000)).encode()
    found = scan.scan_file("values.yaml", data).references
    assert [one.image.tag for one in found] == [f"1.{n}" for n in range(2_000)]


def test_lines_columns_and_bytes_count_what_they_say_after_letters_beyond_ascii() -> None:
    """Columns count code points, spans count bytes."""
    data = "# größe\nx: {é🚀: 1, image: 'ghcr.io/a/b:1'}\n".encode()
    (found,) = scan.scan_file("a.yaml", data).references
    assert (found.line, found.column) == (2, 20)
    assert data[slice(*found.span)] == b"ghcr.io/a/b:1"


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"image: a:1 # caf\xe9\n", "unreadable"),
        ("image: a:1\n".encode("utf-16"), "unreadable"),
        (b"image: a:1\n\0", "unreadable"),
        (b"a: [\nimage: a:1\n", "unreadable"),
        (b"image: a:1 # \xe2\x80\xa8\x7f\n", "unreadable"),
        (b"image: " + b"[" * 201 + b"]" * 201, "too-deep"),
        (b"image: a:1\n" + b"#" * scan.MAX_BYTES, "too-large"),
        (b"#" * (scan.MAX_BYTES + 1), "too-large"),
    ],
)
def test_what_cannot_be_read_is_said(data: bytes, code: str) -> None:
    """A file that may hold images and cannot be read is a problem with its path, never silence."""
    (problem,) = scan.scan_file("a.yaml", data).problems
    assert (problem.code, problem.path) == (code, "a.yaml")


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        ("a.yaml", True),
        ("b/c.yml", True),
        ("d.json", True),
        ("apps/Kustomization", True),
        ("README.md", False),
        ("yaml", False),
    ],
)
def test_names_decide_which_files_are_read(path: str, wanted: bool) -> None:
    """YAML, JSON and kustomizations are looked at; nothing else is yet."""
    assert scan.wants(path) is wanted


@pytest.mark.parametrize(
    "value",
    ["", "{}", "true", "1.2", "~", "Foo", "${IMAGE}", "'{{ .Values.image }}'", "a b", "https://example.com/x.png"],
)
def test_what_is_no_image_is_no_reference(value: str) -> None:
    """Templates, variables, numbers, booleans, addresses and prose are left alone without a word."""
    found = scan.scan_file("a.yaml", f"apiVersion: v1\nkind: Pod\nspec:\n  image: {value}\n".encode())
    assert (found.references, found.problems) == ((), ())
