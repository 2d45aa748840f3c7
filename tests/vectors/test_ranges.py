"""ranges.yaml: which versions a range holds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from tagwright import version
from tagwright.errors import PolicyError

ROWS = yaml.load((Path(__file__).parent / "ranges.yaml").read_text(encoding="utf-8"), Loader=yaml.BaseLoader)


@pytest.mark.parametrize("row", ROWS, ids=[row["range"] for row in ROWS])
def test_range(row: dict[str, Any]) -> None:
    """The range holds the one list of versions and nothing of the other."""
    span = version.parse_range(row["range"])
    keys = {text: version.parse(text) for text in (*row["in"], *row["out"])}
    assert None not in keys.values()
    assert row["in"] == [text for text, key in keys.items() if key and span.admits(key)]


@pytest.mark.parametrize(
    "text",
    ["", " ", "latest", "1x", "x1", "1.2.3.4", "*-*", "-1", ">=1,", ", 1", "1 ||", "|| 1", ">=1.2<2", "1.2.3-01", "> "],
)
def test_no_range(text: str) -> None:
    """What is no range says what was got and what was expected."""
    with pytest.raises(PolicyError, match="is no version range") as caught:
        version.parse_range(text)
    assert repr(text) in caught.value.message
    assert "expected comparisons such as" in caught.value.hint


@pytest.mark.parametrize(
    "text",
    [
        "V1.2",
        "1.2.3.4",
        "",
        "1.",
        ".1",
        "1.2.3-",
        "1.2.3-a..b",
        "1.0.0-01",
        "1.0.0-a_b",
        "\n1.2",
        "1.2\n",
        "١.٢",
        "9" * 65,
    ],
)
def test_no_version(text: str) -> None:
    """What is no version has no place in the order."""
    assert version.parse(text) is None


def test_a_hostile_tag_is_read_in_no_time() -> None:
    """The longest tag there can be, and longer, costs nothing."""
    for text in ("1" * 100_000, "1." * 50_000, "1-" + "a." * 50_000, "1-" + "-" * 100_000 + "!"):
        assert version.parse(text) is None
    assert version.parse("1.0.0-" + "9" * 5000) is not None
