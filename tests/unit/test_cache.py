"""What one pass leaves for the next."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal

import pytest

from tagwright.cache import Cache
from tagwright.cache.nouns import decoder, parts
from tagwright.cache.sqlite import Sqlite
from tagwright.errors import Problem
from tagwright.image import Image
from tagwright.model import (
    Choice,
    FluxPolicy,
    Marker,
    Part,
    PolicyKind,
    PolicySpec,
    Reference,
    Scanned,
    Slot,
    Style,
    TreeEntry,
)
from tagwright.survey import FileFound, Survey

REFERENCE = Reference(
    path="a.yaml",
    line=3,
    column=8,
    span=(20, 30),
    kind="kubernetes",
    where="image",
    image=Image("ghcr.io/acme/api", "1.2.0", None),
    written="ghcr.io/acme/api:1.2.0",
    slots=(Slot(Part.IMAGE, 20, 42, "ghcr.io/acme/api:1.2.0", Style.SINGLE),),
    marker=Marker("tagwright", 3, "tagwright: hold", settings=(("hold", ""),)),
)


def test_a_noun_comes_back_as_it_was(tmp_path: Path) -> None:
    """Saved and loaded, a reference is equal to itself, enums and optionals included."""
    cache = Cache(tmp_path)
    cache.save(REFERENCE, "key")
    loaded = cache.load(Reference, "key")
    assert loaded == REFERENCE
    assert loaded is not None
    assert isinstance(loaded.slots[0].part, Part)


def test_no_folder_keeps_nothing() -> None:
    """Without a cache folder everything is asked again."""
    cache = Cache(None)
    cache.save(REFERENCE, "key")
    assert cache.load(Reference, "key") is None


@pytest.mark.parametrize("broken", [b"", b"{", b"[1,2]", b'["a"]', b"\xff\xfe", b"null", b"[" * 100_000])
def test_a_broken_value_reads_as_nothing(tmp_path: Path, broken: bytes) -> None:
    """A value cut short, or written by something else, is never believed."""
    cache = Cache(tmp_path)
    cache.save(REFERENCE, "key")
    with closing(sqlite3.connect(tmp_path / "tagwright.sqlite")) as file, file:
        assert file.execute("UPDATE kept SET body = ?", (broken,)).rowcount == 1
    assert cache.load(Reference, "key") is None


@pytest.mark.parametrize("used", ["'then'", "x'00'", "1e99"])
def test_a_time_that_is_none_reads_as_nothing(tmp_path: Path, used: str) -> None:
    """SQLite keeps values of any kind in a column, and a cache folder may come from anywhere."""
    cache = Cache(tmp_path)
    cache.save(REFERENCE, "key")
    with closing(sqlite3.connect(tmp_path / "tagwright.sqlite")) as file, file:
        assert file.execute(f"UPDATE kept SET used = {used}").rowcount == 1
    assert cache.load(Reference, "key") is None


def test_a_value_larger_than_any_that_is_kept_is_not_read(tmp_path: Path) -> None:
    """What nobody could have put there is not taken into memory."""
    store = Sqlite(tmp_path / "kept.sqlite", most=1 << 20)
    store.put("name", b"good")
    assert store.get("name") == b"good"
    with closing(sqlite3.connect(tmp_path / "kept.sqlite")) as file, file:
        file.execute("UPDATE kept SET body = zeroblob(300000)")
    assert store.get("name") is None


def test_what_cannot_be_kept_is_refused() -> None:
    """A type without a decoder is a mistake of ours, said at once."""
    with pytest.raises(TypeError):
        decoder(object)
    with pytest.raises(TypeError):
        parts(object())


def test_a_survey_comes_back_as_it_was(tmp_path: Path) -> None:
    """What `survey` keeps can be kept: with references, problems, and policies that hold durations."""
    policy = PolicySpec(PolicyKind.SEMVER, "^1", minimum_age=timedelta(days=3))
    scanned = Scanned(
        (REFERENCE,), (Problem("a", "b", "c"),), (FluxPolicy("n:p", "acme/api", policy, "p.yaml", 1),), ()
    )
    kept = Survey("c" * 40, "reading", (FileFound(TreeEntry("a.yaml", "100644", "b" * 40), scanned),), None)
    Cache(tmp_path).save(kept, "key")
    assert Cache(tmp_path).load(Survey, "key") == kept


def test_a_noun_that_cannot_be_kept_is_an_error_not_an_empty_cache(tmp_path: Path) -> None:
    """Else every pass would read everything again, and nobody would know."""
    with pytest.raises(TypeError, match="cannot be kept"):
        Cache(tmp_path).load(Choice, "key")


@pytest.mark.parametrize(
    ("noun", "data"),
    [
        (Image, ["ghcr.io/acme/api", 1, None]),
        (Image, ["ghcr.io/acme/api", True, None]),
        (Image, "abc"),
        (Image, {"a": 1, "b": 2, "c": 3}),
        (TreeEntry, ["a", "b"]),
        (TreeEntry, ["a", "b", "c", "d"]),
        (TreeEntry, None),
        (tuple[str, ...], "abc"),
        (tuple[int, ...], [1, 1.0]),
        (tuple[str, int], ["a", 1, 2]),
        (datetime, "9999-12-31T23:59:59-14:00"),
        (datetime, "2026-01-02T03:04:05"),
        (timedelta, "1"),
        (timedelta, 1e300),
        (timedelta, float("nan")),
        (Part, "nothing"),
        (Literal["a", "b"], "c"),
    ],
)
def test_what_is_not_of_its_type_to_the_last_field_is_refused(noun: object, data: object) -> None:
    """Others may write to a cache that is shared: a text is no list of letters, and a number no tag."""
    with pytest.raises((TypeError, ValueError, ArithmeticError)):
        decoder(noun)(data)
