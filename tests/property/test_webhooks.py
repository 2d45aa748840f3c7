"""A webhook is anybody's text: whatever it holds, it is read or refused, and what it hints at is a name of an image."""

from __future__ import annotations

import functools
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tagwright import image
from tagwright.model.hints import Asked, Hint, Moved, Pushed
from tagwright.webhooks import SENDERS, Message, Unreadable, hints, message
from tests.vectors.test_webhooks import TABLE

HUBS = ("docker-hub", "json", "cdevents", "cloudevents")  # whose images are the Hub's where no registry is named
EVENTS = ("package", "registry_package", "push", "pull_request", "issue_comment", "ping", "")
CHARACTERS = st.characters(codec="utf-8")
WORDS = st.sampled_from(
    [
        *("main", "refs/heads/main", "acme/api", "1.2.3", "sha256:" + "a" * 64, "sha256:ab", "a:b", "[::1", "../.."),
        *(
            "harbor",
            "",
            "-x",
            ".",
            "a b",
            "A/B",
            "https://a/b:c",
            "a/b@sha256:c",
            "localhost",
            "x:5000",
            "Ω",
            "a" * 300,
        ),
        *("\n", "@", ":"),
    ]
)
LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(CHARACTERS, max_size=30) | WORDS
ANYTHING = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(CHARACTERS, max_size=8), inner, max_size=4),
    max_leaves=20,
)


def headers(event: str) -> dict[str, str]:
    return {"x-github-event": event, "x-gitea-event": event}


def ways(document: Any, way: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The way to every part of a document."""
    steps = (
        document.items() if isinstance(document, dict) else enumerate(document) if isinstance(document, list) else ()
    )
    return [way] + [found for key, value in steps for found in ways(value, (*way, key))]


def changed(document: Any, way: tuple[Any, ...], value: Any) -> Any:
    """The document with another value at the end of the way."""
    if not way:
        return value
    copied = dict(document) if isinstance(document, dict) else list(document)
    copied[way[0]] = changed(document[way[0]], way[1:], value)
    return copied


def leaves(document: Any) -> list[tuple[Any, ...]]:
    """The ways to its texts alone."""

    def at(way: tuple[Any, ...]) -> Any:
        return functools.reduce(lambda inner, key: inner[key], way, document)

    return [way for way in ways(document) if isinstance(at(way), str)]


@st.composite
def misspelt(draw: st.DrawFn) -> tuple[str, dict[str, str], Any, str]:
    """A documented payload whose texts are others: the shape is right, and what it says is not."""
    case = draw(st.sampled_from([one for one in TABLE if leaves(one["payload"])]))
    document = case["payload"]
    for way in draw(st.lists(st.sampled_from(leaves(document)), min_size=1, max_size=3)):
        document = changed(document, way, draw(WORDS | st.text(CHARACTERS, max_size=20)))
    return (
        case["kind"],
        case.get("headers", {}),
        document,
        draw(st.sampled_from(["", case.get("registry", ""), "word"])),
    )


@st.composite
def spoiled(draw: st.DrawFn) -> tuple[str, dict[str, str], Any, str]:
    """A documented payload with some parts replaced by anything."""
    case = draw(st.sampled_from(TABLE))
    document = case["payload"]
    for _ in range(draw(st.integers(1, 3))):
        document = changed(document, draw(st.sampled_from(ways(document))), draw(ANYTHING))
    return case["kind"], case.get("headers", {}), document, case.get("registry", "")


def good(hint: Hint) -> None:
    """A hint that may be acted on."""
    if isinstance(hint, Pushed):
        found = image.parse(hint.image)
        assert (found.tag, found.digest) == (None, None)
        assert found.normalised == hint.image
        assert all(image.TAG.fullmatch(tag) and not tag.startswith("sha256:") for tag in hint.tags)
        assert not hint.digest or image.DIGEST.fullmatch(hint.digest)
    elif isinstance(hint, Moved):
        assert hint.branch
        assert all(hint.addresses)
    else:
        assert isinstance(hint, Asked)
        assert hint.number > 0
        assert hint.command == "rebase"


def heard(kind: str, received: Message) -> tuple[Hint, ...]:
    try:
        return hints(kind, received)
    except Unreadable:
        return ()


@pytest.mark.parametrize("kind", SENDERS)
@given(document=ANYTHING, event=st.sampled_from(EVENTS))
def test_any_json_is_read_or_refused(kind: str, document: Any, event: str) -> None:
    """Nothing but Unreadable is ever raised, and every hint is good."""
    for hint in heard(kind, Message(headers(event), document)):
        good(hint)


@settings(max_examples=400)
@given(spoiled() | misspelt())
def test_a_payload_gone_wrong_is_read_or_refused(case: tuple[str, dict[str, str], Any, str]) -> None:
    """The same with parts of real payloads replaced, which get further in; and with no doubles."""
    kind, sent, document, registry = case
    found = heard(kind, Message({name.lower(): value for name, value in sent.items()}, document, registry))
    for hint in found:
        good(hint)
    pushed = [hint.image for hint in found if isinstance(hint, Pushed)]
    assert len(pushed) == len(set(pushed))
    if kind not in HUBS and "docker.io" not in f"{registry} {document}":
        assert not any(name.startswith("docker.io/") for name in pushed)  # a word that is no host is no path of the Hub


@given(st.binary(max_size=200) | st.text(CHARACTERS).map(str.encode))
def test_any_body_is_decoded_or_refused(body: bytes) -> None:
    """Bytes that are no JSON are Unreadable, and never anything else."""
    try:
        assert message(body, {}).document == json.loads(body) or b"NaN" in body
    except Unreadable:
        with pytest.raises(ValueError):  # noqa: PT011 - whatever json says
            json.loads(body)


@pytest.mark.parametrize("body", [b"[" * 1_000_000, b'{"a":' * 100_000, b"1" * 1_000_000, b'"\xff"', b""])
def test_a_body_made_to_break_a_parser(body: bytes) -> None:
    """Depth and endless numbers are refused like any other body that is no JSON."""
    with pytest.raises(Unreadable):
        message(body, {})


def test_as_much_as_fits_into_a_request() -> None:
    """A megabyte of events is bounded work: of one image one hint."""
    event = {"action": "push", "target": {"repository": "a/b", "tag": "1"}, "request": {"host": "r.example"}}
    (hint,) = heard("distribution", Message({}, {"events": [event] * 10_000}))
    assert said_image(hint) == "r.example/a/b"


def said_image(hint: Hint) -> str:
    assert isinstance(hint, Pushed)
    return hint.image
