"""What a reviewer reads: everything a decision needs, always the same for the same change, and never too long."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagwright.errors import ConfigError
from tagwright.model import Decision, Hold, Reason, Ruled, Ruling, Verdict
from tagwright.trailers import Landed
from tagwright.views.escape import LONGEST_BODY
from tagwright.views.pull_request import body, fingerprint, marks
from tests.support.changes import NEW_DIGEST, OLD_DIGEST, SEMVER, change, decision


def written(*decisions: Decision, limit: int = LONGEST_BODY) -> str:
    """The body of a change set of these."""
    return body(change(*decisions), limit=limit)


def held(path: str = "prod/api.yaml", reason: str = "INC-12", until: date | None = date(2026, 12, 1)) -> Decision:
    """A reference of the same image that a person holds."""
    one = decision(path=path)
    ruled = Ruled(SEMVER, "", "ghcr.io/acme/api", Hold(reason, until, "prod/api.yaml:3"))
    return replace(one, verdict=Verdict.HELD, new=None, chosen=None, ruled=ruled, detail="held: INC-12")


def test_the_whole_of_it() -> None:
    """Image, environment, place, both versions as written; why; how to take it back; what happens next."""
    text = body(change(decision(), beside=(held(),)))
    assert text == (
        "| Image | Environment | File | From | To |\n"
        "| --- | --- | --- | --- | --- |\n"
        "| `ghcr.io/acme/api` | `apps` | `api.yaml:3` | `1.2.0` | `1.2.1` |\n"
        "\n"
        "**Why**\n"
        "\n"
        "- `ghcr.io/acme/api` `1.2.0`: `semver: >=1.2 <2`, said in `tagwright.yaml:12, rule 2`\n"
        "\n"
        "**Left as they are**\n"
        "\n"
        "- `prod/api.yaml:3` `ghcr.io/acme/api:1.2.0`: held until `2026-12-01` (`INC-12`)\n"
        "\n"
        "**Roll back**, after the merge: this version is not proposed again, the next one is.\n"
        "\n"
        "```sh\n"
        'git revert --no-edit "$(git log -1 --no-merges --format=%H --basic-regexp'
        " --grep='^Tagwright-Image: ghcr.io/acme/api 1.2.0 -> 1.2.1$')\"\n"
        "```\n"
        "\n"
        "**Merge** to deliver it. **Close** to say no to it: it is not proposed again, a newer version is.\n"
        "Commits that you push to this branch are kept, and Tagwright then leaves it alone.\n"
        "\n"
        "- [ ] <!-- tagwright:rebuild --> Rebuild this pull request, and throw away what others committed to its"
        " branch\n"
        "\n"
        "<!-- tagwright\n"
        f"Tagwright-Body: {marks.fingerprint_of(text)}\n"
        "Tagwright-Image: ghcr.io/acme/api 1.2.0 -> 1.2.1\n"
        "-->\n"
    )


def test_files_at_the_top_have_no_environment() -> None:
    """A column that would be empty is left out."""
    assert written(decision(path="api.yaml")).startswith("| Image | File | From | To |\n")


def test_digests_are_short_in_the_table_and_whole_for_machines() -> None:
    """Twelve figures are what people compare."""
    text = written(decision(digests=(OLD_DIGEST, NEW_DIGEST)))
    assert "| `1.2.0@sha256:111111111111` | `1.2.1@sha256:abcdef123456` |" in text
    assert marks.proposed(text) == (Landed("ghcr.io/acme/api", f"1.2.0@{OLD_DIGEST}", f"1.2.1@{NEW_DIGEST}"),)


class TestWhy:
    """The tags a person might have expected."""

    RULINGS: ClassVar = (
        Ruling("1.2.1", None),
        Ruling("1.9.0-rc.1", Reason.PRERELEASE),
        Ruling("2.0.0", Reason.OUT_OF_RANGE),
        Ruling("1.10.0-rc.1", Reason.PRERELEASE),
        Ruling("1.1.0", Reason.OLDER),
    )

    def test_tags_passed_over_are_told(self) -> None:
        """The greatest first, each with its reason."""
        told = "; newest not taken: `2.0.0` (out-of-range), `1.10.0-rc.1` (prerelease), `1.9.0-rc.1` (prerelease)\n"
        assert told in written(decision(rulings=self.RULINGS))

    def test_what_time_alone_clears_says_when(self) -> None:
        """As a date: a number of days would be another text tomorrow."""
        young = Ruling("1.3.0", Reason.TOO_YOUNG, "2 days old", datetime(2026, 1, 12, 9, tzinfo=UTC))
        assert "`1.3.0` (too-young until 2026-01-12)\n" in written(decision(rulings=(young,)))

    def test_it_does_not_change_with_the_registrys_mood(self) -> None:
        """Another order of the same tags, or more of the tags nobody waits for, is the same body."""
        more = (*reversed(self.RULINGS), Ruling("0.9.0", Reason.OLDER), Ruling("sha-1", Reason.NOT_A_VERSION))
        assert written(decision(rulings=self.RULINGS)) == written(decision(rulings=more))

    def test_references_ruled_alike_are_explained_once(self) -> None:
        """Fifty files, one reason."""
        many = written(*(decision(path=f"{number}.yaml") for number in range(50)))
        assert many.count("\n| `") == 50
        assert many.count("\n- `") == 1


class TestLeft:
    """What of the group stays as it is."""

    @pytest.mark.parametrize(
        ("beside", "line"),
        [
            (held(reason="", until=None), "held"),
            (replace(held(), verdict=Verdict.PENDING, chosen="1.3.0"), "`1.3.0` waits for its window"),
            (replace(held(), verdict=Verdict.PENDING), "waits until a version is old enough"),
            (replace(held(), verdict=Verdict.REJECTED, detail="taken back by Ada"), "rejected: `taken back by Ada`"),
        ],
    )
    def test_each_says_why(self, beside: Decision, line: str) -> None:
        """A hold, a window, an age, a person."""
        text = body(change(decision(), beside=(beside,)))
        assert f"- `prod/api.yaml:3` `ghcr.io/acme/api:1.2.0`: {line}\n" in text


class TestSame:
    """The same change, the same text."""

    def test_the_order_of_decisions_does_not_matter(self) -> None:
        """Files are read in any order."""
        one, two = decision(), decision("b/b", path="b.yaml")
        assert written(one, two) == written(two, one)

    def test_a_fingerprint_is_that_of_the_body(self) -> None:
        """And another for another change, or another limit that takes something away."""
        one, two = change(decision()), change(decision(new="1.2.2"))
        assert marks.fingerprint_of(body(one)) == fingerprint(one) != fingerprint(two)
        many = change(*(decision(path=f"{number}.yaml") for number in range(50)))
        assert fingerprint(many) != fingerprint(many, limit=4_000)


class TestBounded:
    """No forge cuts it for us."""

    @pytest.mark.parametrize("limit", [3_000, 10_000, LONGEST_BODY])
    @pytest.mark.parametrize("count", [1, 40, 5000])
    def test_it_fits_and_says_what_is_left_out(self, count: int, limit: int) -> None:
        """Whole lines alone: every fence is closed, the box and the hidden lines stand, and marks fit on top."""
        names = [
            decision(f"reg.example.com/{'x' * 150}/{number}", path=f"{'p' * 300}/{number}") for number in range(count)
        ]
        text = body(change(*names, beside=(held(),)), limit=limit)
        assert len(marks.withdrawn(text, limit)) <= limit
        assert len(marks.stepped_back(text, limit)) <= limit
        assert ("more places, named in the commit." in text) == (text.count("\n| `") < count)
        assert text.count("```") % 2 == 0
        assert marks.rebuild_asked(text.replace("[ ]", "[x]"))
        assert marks.fingerprint_of(text)

    def test_what_is_of_least_use_goes_first(self) -> None:
        """The reasons before the table, the table never."""
        many = [decision(f"a/{number}", path=f"{number}.yaml") for number in range(60)]
        text = body(change(*many), limit=6_000)
        assert text.startswith("| Image |")
        assert text.count("\n| `") > text.count("\n- `")


class TestTemplate:
    """`delivery.body`: the parts where an operator wants them, among words of their own."""

    def test_parts_and_values_where_they_are_wanted(self) -> None:
        """Values are code spans, and the hidden lines stand at the end whatever the template says."""
        text = body(change(decision()), template="Hello {{ image.short }} {{ new.tag }}\n\n{{ why }}\n{{ table }}")
        start = "Hello `api` `1.2.1`\n\n**Why**\n\n- `ghcr.io/acme/api` `1.2.0`: `semver: >=1.2 <2`, said in"
        assert text.startswith(start)
        assert "| Image | Environment |" in text
        assert "Roll back" not in text
        assert marks.proposed(text) == (Landed("ghcr.io/acme/api", "1.2.0", "1.2.1"),)
        assert marks.rebuild_asked(text.replace("[ ]", "[x]"))

    def test_a_part_that_is_empty_is_false(self) -> None:
        """So that a heading of one's own stands only above something."""
        template = "{% if waiting %}# Held\n\n{{ waiting }}{% else %}nothing held{% endif %}"
        assert body(change(decision()), template=template).startswith("nothing held\n")
        assert body(change(decision(), beside=(held(),)), template=template).startswith("# Held\n\n**Left as")

    def test_every_part_has_a_name(self) -> None:
        """All of them, in the usual order, are the usual body."""
        parts = ("table", "changes", "why", "waiting", "rollback", "steps")
        whole = change(decision(), beside=(held(),))
        template = "\n\n".join(f"{{{{ {name} }}}}" for name in parts)
        shown, _, _ = body(whole, template=template).partition("<!-- tagwright\n")
        assert body(whole).startswith(shown)

    def test_a_part_stands_once_and_a_body_has_an_end(self) -> None:
        """A loop multiplies no table; a template whose own words are too long gives way to the usual body."""
        many = change(*(decision(path=f"{number}.yaml") for number in range(300)))
        looped = body(many, template="{% for u in updates %}{{ table }}.{% endfor %}")
        assert looped.count("| Image |") == 1
        endless = "{% for u in updates %}" + "x" * 1000 + "{% endfor %}"
        assert len(body(many, template=endless)) <= LONGEST_BODY
        assert body(many, template=endless).startswith("| Image |")

    def test_a_template_is_part_of_the_fingerprint(self) -> None:
        """Another template is another body."""
        assert fingerprint(change(decision())) != fingerprint(change(decision()), "{{ table }}")
        assert fingerprint(change(decision()), "{{ table }}") != fingerprint(change(decision()), "{{ table }} ")

    def test_a_mistake_names_the_setting(self) -> None:
        """As in every template."""
        with pytest.raises(ConfigError, match=r"delivery\.body"):
            body(change(decision()), template="{{ nothing }}")


@given(st.text(alphabet=st.sampled_from("`|\\ab@#<>[]()!\n\r\t\u202e/*_~$ "), max_size=30))
def test_hostile_text_stays_in_its_cell(text: str) -> None:
    """Backticks, bars, backslashes, line breaks: the row keeps its cells, and nothing stands outside code."""
    row = written(decision(path=f"x/a{text}")).split("\n")[2]
    assert row.startswith("| `")
    cells = row.strip("|").split("|")
    assert len(cells) == 5
    for cell in cells:
        assert re.fullmatch(r" (`+)(?!`).+?(?<!`)\1 ", cell), cell
