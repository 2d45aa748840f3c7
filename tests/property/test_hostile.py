"""Hostile files: an answer in time and memory that grow with the file, and never a crash."""

from __future__ import annotations

import cProfile
import json
import pstats
import time
import tracemalloc

import pytest

from tagwright import scan
from tagwright.model import Scanned
from tagwright.yaml_spans import MAX_DEPTH
from tests.property.updating import update

IMAGE = "ghcr.io/acme/p0:1"
PATHS = ("values.yaml", "a.json", "Dockerfile", "templates/a.yaml")


def effort(path: str, text: str) -> int:
    """How many calls it takes to scan a text: with C functions among them, a count of steps."""
    profile = cProfile.Profile()
    profile.runcall(scan.scan_file, path, text.encode())
    return int(pstats.Stats(profile).total_calls)  # type: ignore[attr-defined]


PIECES = [
    "{{ ", "{{ x }}", "{{ x }} : ", "# tagwright: hold\n", "# tagwright: ", '# {"$imagepolicy": "a:b"}\n',
    "# renovate: datasource=docker depName=a/b\n", f"# image: {IMAGE}\n", f"image: {IMAGE} # tagwright: hold\n",
    "k: # tagwright: hold\n  image: a/b:1\n", f"- {IMAGE}\n", "image: a\n", "tag: 1\n", "x: |\n  image: a/b:1\n",
    "a: &a 1\nb: *a\n", "<<: *a\n", "---\nimage: a/b:1\n", "---\n: : {\n", "a/", "a.", "a-", "a:", "@sha256:", "a@",
    '"', "'", "\\", '\\"', " ", "\t", "\r", "\x85", "\u2028", "FROM a/b:1\n", "FROM --a ", "ARG A=", "[::1]:", "${A:-", "http://",
    "- ", "? ", "! ", "&a ", "*a ", "é", "-- ", "// ", "(", "_", "image-", "repository: a/b\ntag: 1\n",
    "digest: sha256:\n",
]  # fmt: skip


@pytest.mark.parametrize("piece", PIECES)
@pytest.mark.parametrize("path", ["values.yaml", "Dockerfile"])
def test_no_piece_costs_more_than_its_length(path: str, piece: str) -> None:
    """Whatever is written again and again, alone or behind an image: 100 kB take a tenth of a second, and would take
    a quarter of a minute if they cost their square."""
    for head in ("", "image: '"):
        data = (head + piece * (100_000 // len(piece))).encode()
        start = time.process_time()
        scan.scan_file(path, data)
        assert time.process_time() - start < 5


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"\xff\xfei\0m\0a\0g\0e\0:\0 \0a\0:\x001\0", "unreadable"),
        (b"\xfe\xff\0i\0m\0a\0g\0e", "unreadable"),
        (f"image: {IMAGE}\n".encode("utf-16"), "unreadable"),
        (f"image: {IMAGE}\n".encode("utf-32"), "unreadable"),
        (f"image: {IMAGE}\0\n".encode(), "unreadable"),
        (f"image: {IMAGE} # \ud800\n".encode("utf-8", "surrogatepass"), "unreadable"),
        (f"image: {IMAGE} # ".encode() + b"\xe9\xff\xc0\xaf\n", "unreadable"),
        (f"image: {IMAGE}\n".encode() + b"#" * scan.MAX_BYTES, "too-large"),
        (b"image: " + b"[" * 10_000, "too-deep"),
        (b'{"image":' * 10_000, "too-deep"),
        ("".join(f"{' ' * n}image:\n" for n in range(300)).encode(), "too-deep"),
        (b"image: \x07\n", "unreadable"),
        (b"image: a: b: c\n", "unreadable"),
    ],
)
def test_what_cannot_be_read_is_a_problem(data: bytes, code: str) -> None:
    """One that says so, and no reference beside it; the same in JSON."""
    for path in ("a.yaml", "a.json"):
        found = scan.scan_file(path, data)
        assert [one.code for one in found.problems] == [code]
        assert found.references == ()


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\n\r", "\x85", "\u2028"])
def test_any_line_end_stays(end: str) -> None:
    """Mixed ones too: what is moved is right, and every other byte is as it was."""
    text = end.join(["# é", "a: 1", f"image: {IMAGE} # x", "b:", " image: x", "\n", ""])
    done = update("a.yaml", text, {0: "2"})
    assert done.proven("a.yaml")
    assert done.after in (done.before, done.before.replace(b"p0:1", b"p0:2"))


BOMB = "a0: &a0 {image: a/b:1}\n" + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 40))
MERGES = "a0: &a0 {image: a/b:1}\n" + "".join(
    f"a{n}: &a{n} {{<<: [{', '.join([f'*a{n - 1}'] * 9)}]}}\n" for n in range(1, 40)
)


@pytest.mark.parametrize("text", [BOMB, MERGES, BOMB + "image: *a39 # tagwright: hold\n"])
def test_aliases_are_not_written_out(text: str) -> None:
    """Nine to the power of forty of them are a few hundred."""
    assert effort("a.yaml", text) < 200_000
    assert len(scan.scan_file("a.yaml", text.encode()).references) <= 40


@pytest.mark.parametrize("levels", [5, MAX_DEPTH - 10, 400])
def test_texts_inside_texts_have_an_end(levels: int) -> None:
    """Block scalars in block scalars, and JSON in JSON: a few levels are read, the rest is text."""
    block = "".join(f"{'  ' * n}a: |\n" for n in range(levels)) + "  " * levels + f"image: {IMAGE}\n"
    quoted = f'{{"image": "{IMAGE}"}}'
    for _ in range(min(levels, 12)):
        quoted = json.dumps({"a": quoted})
    for path, text in (("a.yaml", block), ("a.yaml", quoted), ("a.json", quoted)):
        assert effort(path, text) < 500_000
        done = update(path, text, {0: "2"})
        assert not done.proven(path) or done.after in (done.before, done.before.replace(b"p0:1", b"p0:2"))


def test_a_file_of_the_greatest_size_takes_its_size_in_memory() -> None:
    """100,000 lines and more with few references."""
    line = "- {name: some-value, other: 'another value'} # and a comment\n"
    text = f"image: {IMAGE}\nlist:\n" + line * ((scan.MAX_BYTES - 100) // len(line))
    tracemalloc.start()
    try:
        assert len(scan.scan_file("a.yaml", text.encode()).references) == 1
        assert tracemalloc.get_traced_memory()[1] < 12 * scan.MAX_BYTES
    finally:
        tracemalloc.stop()


def test_a_pointer_to_a_large_file_holds_nothing() -> None:
    """What Git LFS leaves in its place is three lines about another file."""
    pointer = b"version https://git-lfs.github.com/spec/v1\noid sha256:" + b"a" * 64 + b"\nsize 12345\n"
    for path in PATHS:
        assert scan.scan_file(path, pointer) == Scanned()
