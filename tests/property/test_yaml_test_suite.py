"""Every document of the official YAML test suite, valid or not, with an image planted in it.

`yaml_test_suite/documents.json` holds the inputs of https://github.com/yaml/yaml-test-suite (commit
6ad3d2c6 of its `data` branch) by their names; its licence stands beside it.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterator
from itertools import cycle
from pathlib import Path
from typing import Any

import pytest
import yaml

from tagwright import scan
from tests.property.planted import planted
from tests.property.updating import judge_of, name_of, update

DOCUMENTS: dict[str, str] = json.loads(
    (Path(__file__).parent / "yaml_test_suite" / "documents.json").read_text("utf-8")
)
MOVES = (("1.9", "1.10"), ("v1", "v2"), ("7", "2024-01-01"), ("v1", "null"), ("1.9", "31"))


def with_images(text: str) -> Iterator[tuple[str, str]]:
    """The text with an image more, in every place that takes one, one at a time, and a tag to move it to."""
    moves = cycle(MOVES)

    def one(begin: str, shape: str, end: str) -> tuple[str, str]:
        old, new = next(moves)
        image, tag = planted(0, f"{name_of(0)}:{old}"), planted(0, old)
        return begin + shape.format(image=image, tag=tag, name=name_of(0)) + end, new

    end = "" if text.endswith("\n") or not text else "\n"
    pair = "{{repository: {name}, tag: {tag}}}"
    for last in (
        "image: {image}",
        f"i: {pair}",
        "- image: '{image}'",
        "---\nimage: {image} # x",
        f"...\n---\ni: {pair}",
    ):
        yield one(text + end, last, "\n")
    for first in ("image: {image}\n", "- {{image: {image}}}\n", f"i: {pair}\n---\n"):
        yield one("", first, text)
    for start, stop in plain_scalars(text):
        for value in ("{{image: {image}}}", pair, "{{ image: '{image}' , x: y}}", "{image}"):
            yield one(text[:start], value, text[stop:])


def plain_scalars(text: str) -> list[tuple[int, int]]:
    """Where its first scalars without quotes stand, as far as it can be read; keys too."""
    found: list[tuple[int, int]] = []
    parse: Callable[..., Iterator[Any]] = yaml.parse
    with contextlib.suppress(yaml.YAMLError, ValueError):
        for event in parse(text, Loader=yaml.SafeLoader):
            if isinstance(event, yaml.ScalarEvent) and not (event.style or event.anchor or event.tag):
                assert event.start_mark
                assert event.end_mark
                found.append((event.start_mark.index, event.end_mark.index))
    return found[:4]


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_document_is_scanned_without_a_crash(name: str) -> None:
    """References or problems, whatever its name says it is."""
    for path in ("a.yaml", "a.json", "Dockerfile", "values.yaml"):
        for text in (DOCUMENTS[name], DOCUMENTS[name] + "\nimage: a/b:1 # tagwright: hold\n"):
            scan.scan_file(path, text.encode())


@pytest.mark.parametrize("name", DOCUMENTS)
def test_an_image_in_it_is_updated_right_or_not_at_all(name: str) -> None:
    """Nothing else changes; what is not moved is untouched, and what is right is proven where it can be read."""
    for text, tag in with_images(DOCUMENTS[name]):
        done = update("a.yaml", text, {0: tag})
        judge = judge_of(text, done)
        if done.proven("a.yaml"):
            judge.judges(done.after)
        assert done.proven("a.yaml") or not judge.readers, f"{text!r} to {tag} is refused"


def test_every_image_in_them_is_moved() -> None:
    """Where two parsers read the text, an image as the value of a key `image` is found, or the file is a problem."""
    asked = unread = 0
    for document in DOCUMENTS.values():
        for text, tag in with_images(document):
            done = update("a.yaml", text, {0: tag})
            if "image: \ue100" in text and judge_of(text, done).is_a_value():
                asked += 1
                unread += not done.moved
                assert done.moved or scan.scan_file("a.yaml", done.before).problems, text
    assert asked > 1000
    assert unread < asked / 50  # what libyaml, whose dialect Kubernetes reads, refuses
