"""Code spans: hostile text in Markdown is nothing but itself."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from tagwright.views.escape import cell, code


@given(st.text(min_size=1, max_size=40))
def test_a_code_span_ends_where_it_should(text: str) -> None:
    """Its fence occurs twice, at both ends; what it shows can be printed."""
    for span in (code(text), cell(text)):
        fence = re.match("`*", span)
        assert fence is not None
        assert span.isprintable()
        if text.strip() and any(char.isprintable() for char in text):
            assert [run for run in re.findall("`+", span) if run == fence[0]] == [fence[0]] * 2


def test_long_text_is_cut() -> None:
    """A label may be a page long."""
    assert len(code("x" * 5000)) < 250
