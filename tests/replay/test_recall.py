"""The measure of recall measures: on a record of its own making."""

from __future__ import annotations

from typing import Any

from tests.replay import recall

TEXT = "# image: acme/api:1.0\nimage: acme/api:1.0\nnote: none\n"


def change(line: int, col: int, **more: Any) -> dict[str, Any]:
    """A driven change of the record."""
    return {"path": "a.yaml", "line": line, "col": col, "old": "acme/api:1.0", "role": "image", "base": "x", **more}


def record(*changes: dict[str, Any]) -> dict[str, Any]:
    """A record with one file."""
    return {"id": "one", "updates": [], "files": [{"path": "a.yaml", "before": TEXT}], "changes": list(changes)}


def test_a_place_counts_where_a_reference_stands() -> None:
    """The image counts; three letters of prose do not; a place of no known image is told apart."""
    value, prose = change(2, 8, image="acme/api"), {**change(3, 7), "old": "none"}
    assert [(one.reported, one.named) for one in recall.places(record(value, prose))] == [(True, True), (False, False)]


def test_a_companion_is_no_place() -> None:
    """Labels that move along are nobody's image."""
    assert recall.places(record({**change(2, 8), "role": "companion", "new": "b"})) == []


def test_the_table_counts_places_without_an_image_apart() -> None:
    """They lower no share, and are not hidden."""
    rows = recall.table(recall.places(record(change(2, 8, image="acme/api"), {**change(3, 7), "old": "none"})))
    assert rows.splitlines()[-1].split() == ["total", "1", "1", "100.0", "%", "1", "100.0", "%", "0", "of", "1"]


def test_what_only_set_knows_is_not_reported() -> None:
    """A line that is commented out is an image to who is told its name."""
    (place,) = recall.places(record(change(1, 10, image="acme/api")))
    assert (place.reported, place.known) == (False, True)
