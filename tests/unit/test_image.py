"""Image names: what distribution/reference reads, we read so; what it refuses, we refuse."""

from __future__ import annotations

import json
import re
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from tagwright import image
from tagwright.errors import ImageError

NAMES = YAML(typ="safe", pure=True).load(Path(__file__).parent.parent / "vectors" / "image_names.yaml")
DIGEST = "sha256:" + "a" * 64


@pytest.mark.parametrize("case", NAMES, ids=lambda case: case["text"][:40])
def test_an_image_name_is_read_as_docker_reads_it(case: dict[str, str]) -> None:
    """However a name is spelled, it has one identity and prints back unchanged; what is no name is refused."""
    if "name" not in case:
        with pytest.raises(ImageError):
            image.parse(case["text"])
        return
    found = image.parse(case["text"])
    assert (found.normalised, found.tag, found.digest) == (case["name"], case.get("tag"), case.get("digest"))
    assert str(found) == case["text"]
    assert f"{found.registry}/{found.repository}" == image.normalise(found.name) == found.normalised


@pytest.mark.parametrize(
    ("longest", "too_long"),
    [
        ("ghcr.io/" + "a" * 255, "ghcr.io/" + "a" * 256),
        ("a" * (255 - len("library/")), "a" * (256 - len("library/"))),
        ("app:" + "t" * 128, "app:" + "t" * 129),
    ],
)
def test_lengths_end_where_docker_ends_them(longest: str, too_long: str) -> None:
    """A repository has 255 characters, "library/" included and the host not; a tag has 128."""
    assert str(image.parse(longest)) == longest
    with pytest.raises(ImageError):
        image.parse(too_long)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("acme/API:1", "upper case"),
        ("http://ghcr.io/a", "a URL"),
        ("app@sha256:beef", "no digest"),
        ("a" * 64, "identifier"),
        ("a" * 300, "too long"),
        ("a b", "no image reference"),
    ],
)
def test_a_refusal_says_what_is_wrong(text: str, words: str) -> None:
    """Each way to be no reference has its own sentence."""
    with pytest.raises(ImageError, match=words):
        image.parse(text)


@pytest.mark.parametrize("piece", ["a", "a-", "a.", "a/", "-", "a:"])
def test_a_hostile_text_costs_no_more_than_its_length(piece: str) -> None:
    """A megabyte that almost is a name is refused in a moment: the expression never backtracks twice."""
    began = time.process_time()
    with pytest.raises(ImageError):
        image.parse("a" + piece * 300_000 + "!")
    assert time.process_time() - began < 5


@given(st.text(alphabet="aZ0._-:/@[]", max_size=30))
def test_what_is_read_prints_as_it_was_written(text: str) -> None:
    """Parsing loses nothing: whatever is accepted prints back, and its identity is a fixed point."""
    try:
        found = image.parse(text)
    except ImageError:
        return
    assert str(found) == text
    assert image.normalise(found.normalised) == found.normalised


# ── other tools' tables, where Docker's grammar agrees ───────────────────────


def test_the_argo_table_holds_where_the_grammar_agrees(shared: Path) -> None:
    """Its answer is ours for every input that its own answer shows to be a reference; every other is refused.

    It is none where an alias was cut off the front, the tag is no tag (a range, a URL's
    rest, empty) or the digest is not a whole one.
    """
    cases = [case for case in json.loads((shared / "vectors/argo-image-parse.json").read_text()) if "kind" not in case]
    assert len(cases) > 20
    for case in cases:
        if _is_reference(case):
            found = image.parse(case["input"])
            name = "/".join(filter(None, (case["registry"], case["name"])))
            assert (found.normalised, found.tag or "", found.digest or "") == (
                image.normalise(name),
                case["tag"] or "",
                case["digest"] or "",
            )
        else:
            with pytest.raises(ImageError):
                image.parse(case["input"])


def _is_reference(case: dict[str, Any]) -> bool:
    tag, digest = case["tag"], case["digest"]
    whole = digest in (None, "") or re.fullmatch(r"sha256:[0-9a-f]{64}", digest)
    tagged = tag is None or re.fullmatch(r"[\w][\w.-]{0,127}", tag, re.ASCII) or (tag == "" and digest)
    return bool(not case["alias"] and not case["input"].startswith("=") and whole and tagged)


def test_the_renovate_table_holds_where_the_grammar_agrees(shared: Path) -> None:
    """Registry, repository, tag and digest are as it asks for them; variables, URLs and upper case are refused."""
    cases = json.loads((shared / "vectors/renovate-image-parse.json").read_text())["parse"]
    assert len(cases) > 20
    for case in cases:
        if "$" in case["input"] or "://" in case["input"] or case["repository"] != case["repository"].lower():
            with pytest.raises(ImageError):
                image.parse(case["input"])
            continue
        found = image.parse(case["input"])
        host = case["registryHost"].removeprefix("https://").replace("index.docker.io", "docker.io")
        assert (found.registry, found.repository, found.tag, found.digest) == (
            host,
            case["repository"],
            case["tag"],
            case["digest"],
        )
