"""ranges.yaml: which versions a range holds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from tagwright import ranges, version
from tagwright.errors import PolicyError

ROWS = yaml.load((Path(__file__).parent / "ranges.yaml").read_text(encoding="utf-8"), Loader=yaml.BaseLoader)


@pytest.mark.parametrize("row", ROWS, ids=[row["range"] for row in ROWS])
def test_range(row: dict[str, Any]) -> None:
    """The range holds the one list of versions and nothing of the other."""
    span = ranges.parse_range(row["range"])
    keys = {text: version.parse(text) for text in (*row["in"], *row["out"])}
    assert None not in keys.values()
    assert row["in"] == [text for text, key in keys.items() if key and span.admits(key)]


@pytest.mark.parametrize(
    ("text", "character", "meant"),
    [
        (">=1.2 < 2 beta", "at character 11, 'beta' stands", ">=1.2 < 2-beta"),
        ("^1..2", "at character 3, '..2' stands", "^1.2"),
        (">=1.2<2", "at character 6, '<2' stands", ">=1.2 <2"),
        ("==1.2.3", "at character 2, '=1.2.3' stands", "=1.2.3"),
        ("~=1.2", "at character 2, '=1.2' stands", "~1.2"),
        ("[1.0,2.0)", "at character 1, '[1.0,2.0)' stands", ">=1.0 <2.0"),
        ("^1 | ^2", "at character 4, '|' stands", "^1 || ^2"),
        (">=1 && <2", "at character 5, '&&' stands", ">=1 <2"),
        (">= 1.2 and < 2", "at character 8, 'and' stands", ">= 1.2 < 2"),
        ("^1 || V2", "at character 7, 'V2' stands", "^1 || v2"),
        ("1.2.3.4", "at character 6, '.4' stands", "1.2.3"),
        ("1.2.3-01", "at character 7, '01' stands", "1.2.3-1"),
        (">=1,", "at character 4, ',' stands", ">=1"),
        ("1 ||", "at character 5, it ends", "1"),
        ("latest", "at character 1, 'latest' stands", None),
        ("> ", "at character 3, it ends", None),
    ],
)
def test_what_is_wrong_with_a_range(text: str, character: str, meant: str | None) -> None:
    """The message points at the character, and the hint spells what may have been meant, where that is a range."""
    with pytest.raises(PolicyError) as caught:
        ranges.parse_range(text)
    assert f"{text!r} is no version range: {character} where a comparison is expected" == caught.value.message
    assert (f"did you mean {meant!r}?" in caught.value.hint) == (meant is not None)
    if meant:
        assert ranges.parse_range(meant).spans


@pytest.mark.parametrize("text", ["1.2.3 " * 86, "||".join(["1"] * 33)])
def test_a_range_has_limits(text: str) -> None:
    """A range longer than 512 characters or of more than 32 parts says so, and is not read to its end."""
    with pytest.raises(PolicyError, match="is no version range") as caught:
        ranges.parse_range(text)
    assert "512 characters and 32 parts" in caught.value.hint
    assert len(caught.value.message) < 120
    assert len(ranges.parse_range("||".join(["1"] * 32)).spans) == 32


@pytest.mark.parametrize(
    "text",
    ["", " ", "latest", "1x", "x1", "1.2.3.4", "*-*", "-1", ">=1,", ", 1", "1 ||", "|| 1", ">=1.2<2", "1.2.3-01", "> "],
)
def test_no_range(text: str) -> None:
    """What is no range says what was got and what was expected."""
    with pytest.raises(PolicyError, match="is no version range") as caught:
        ranges.parse_range(text)
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
