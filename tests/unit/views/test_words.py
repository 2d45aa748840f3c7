"""Titles and commit messages: what they say, and what hostile text cannot make them say."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tagwright import templates, trailers
from tagwright.errors import ConfigError
from tagwright.model import Decision, Delivery, Verdict
from tagwright.trailers import Landed
from tagwright.views.words import LONGEST_EXPLAINED, LONGEST_TITLE, describe_change
from tests.support.changes import NEW_DIGEST, OLD_DIGEST, decision


def title(*decisions: Decision, key: str = "ghcr.io/acme/api", template: str = "") -> str:
    """The title of these, with a template or without."""
    return describe_change(key, decisions, Delivery(title=template)).title


class TestTitle:
    """One line that says what changes."""

    def test_one_image(self) -> None:
        """Name and new tag."""
        assert title(decision()) == "Update ghcr.io/acme/api to 1.2.1"

    def test_one_image_in_many_files(self) -> None:
        """It is still one image."""
        assert title(decision(), decision(path="b.yaml"), decision(path="c.yaml")) == "Update ghcr.io/acme/api to 1.2.1"

    def test_several_images(self) -> None:
        """Their number, and the group where it has a name."""
        three = (decision("a/a"), decision("b/b"), decision("c/c"))
        assert title(*three, key="apps/prod") == "Update 3 images in apps/prod"
        assert title(*three, key="all") == "Update 3 images"

    def test_two_new_tags_of_one_image(self) -> None:
        """Both are named; more are not."""
        two = (decision(), decision(new="2.0.0", path="b.yaml"))
        assert title(*two) == "Update ghcr.io/acme/api to 1.2.1 and 2.0.0"
        assert title(*two, decision(new="3.0.0", path="c.yaml")) == "Update ghcr.io/acme/api to new versions"

    def test_a_digest_alone(self) -> None:
        """The tag stays, and the title says what moved."""
        moved = decision(old="latest", new="latest", digests=(OLD_DIGEST, NEW_DIGEST))
        assert title(moved) == "Update ghcr.io/acme/api:latest to digest abcdef123456"

    def test_decisions_that_write_nothing_are_not_counted(self) -> None:
        """Held, current and failed ones are no part of the change."""
        held = replace(decision("b/b"), verdict=Verdict.HELD, new=None)
        assert title(decision(), held) == "Update ghcr.io/acme/api to 1.2.1"

    def test_it_is_bounded_and_one_line(self) -> None:
        """Forges take 255 characters; a template's line breaks are blanks."""
        assert len(title(decision("a/" + "b" * 400))) == LONGEST_TITLE
        assert title(decision(), template="a\n\nTagwright-Image: x 1 -> 2") == "a Tagwright-Image: x 1 -> 2"


class TestTemplates:
    """Jinja2 with little allowed."""

    @pytest.mark.parametrize(
        ("template", "want"),
        [
            ("Update {{ image.name }} to {{ new.tag }}", "Update ghcr.io/acme/api to 1.2.1"),
            ("chore({{ image.short }}): {{ old.tag }} → {{ new.tag }}", "chore(api): 1.2.0 → 1.2.1"),
            ("deps: {{ summary }}", "deps: Update ghcr.io/acme/api to 1.2.1"),
            ("{{ group }} {{ updates|length }} {{ updates[0].path }}:{{ updates[0].line }}", "g 1 apps/api.yaml:3"),
            ("{% for u in updates %}{{ u.image.short }}{% endfor %}", "api"),
            ("{% if new.digest %}x{% else %}{{ new.tag|upper }}{% endif %}", "1.2.1"),
        ],
    )
    def test_values(self, template: str, want: str) -> None:
        """What the README names is there."""
        assert title(decision(), key="g", template=template) == want

    def test_several_images_never_pass_for_one(self) -> None:
        """A template written for one image still tells the truth about three."""
        three = (decision("a/a"), decision("b/b", new="9"), decision("c/c"))
        template = "chore: update {{ image.name }} to {{ new.tag }}"
        assert title(*three, template=template) == "chore: update 3 images to new versions"

    @pytest.mark.parametrize(
        "template",
        [
            "{{ image.name",
            "{{ nothing }}",
            "{{ image.nothing }}",
            "{{ ''.__class__.__mro__ }}",
            "{{ image.__class__ }}",
            "{{ 'a' * 1000000000 }}",
            "{{ 10 ** 1000000000 }}",
            "{{ '%1000000000d' % 1 }}",
            "{{ 'a'.center(1000000000) }}",
            "{{ 'a'|center(1000000000) }}",
            "{{ 'ab'|join('xx') }}",
            "{{ range(10) }}",
            "{{ lipsum() }}",
            "{% for a in updates %}{% for b in updates %}x{% endfor %}{% endfor %}",
            "{% set a = 1 %}",
            "{% macro m() %}{% endmacro %}",
            "{% include '/etc/passwd' %}",
            "{% import 'os' as os %}",
            "x" * 5000,
            "{{ " + "not " * 950 + "summary }}",
            "{{ " + "(" * 1900 + "summary" + ")" * 1900 + " }}",
            "{{ new" + ".tag" * 900 + " }}",
            "{{ summary" + "|lower" * 600 + " }}",
            "{{ summary" + "[0]" * 1200 + " }}",
            "{% if summary %}" * 110 + "x" + "{% endif %}" * 110,
        ],
    )
    def test_what_is_not_allowed_is_a_mistake_of_the_configuration(self, template: str) -> None:
        """Nothing of it is run, and the error names the setting."""
        with pytest.raises(ConfigError, match=r"delivery\.title") as caught:
            title(decision(), template=template)
        assert caught.value.problems[0].hint

    def test_as_much_as_fits_inside_one_another_is_rendered(self) -> None:
        """What is not refused for its depth the compiler takes."""
        depth = templates.DEEPEST - 3
        assert title(decision(), template="{% if summary %}" * depth + "x" + "{% endif %}" * depth) == "x"
        assert title(decision(), template="{{ " + "not " * (templates.DEEPEST - 3) + "summary }}") in ("True", "False")

    def test_a_loop_cannot_write_the_whole_list_for_each_of_it(self) -> None:
        """Ten thousand updates, each of which would show ten thousand."""
        many = tuple(decision(line=line) for line in range(1, 10_001))
        shown = title(*many, template="{% for one in updates %}{{ updates }} {% endfor %}")
        assert shown.startswith("10000 updates 10000 updates ")

    def test_a_text_without_end_is_given_up(self) -> None:
        """A loop over the letters of a long path, in each of which the path stands many times."""
        long = decision(path="a/" * 2000 + "b.yaml")
        template = "{% for letter in updates[0].path %}" + "{{ updates[0].path }}" * 180 + "{% endfor %}"
        with pytest.raises(ConfigError, match="more than 1048576 characters"):
            title(long, template=template)

    def test_a_check_without_values_finds_what_can_be_found(self) -> None:
        """`check` needs no update to say that a template cannot be."""
        templates.check("Update {{ image.name }} to {{ new.tag }}", "delivery.title")
        with pytest.raises(ConfigError, match=r"delivery\.commit_message"):
            templates.check("{{ x() }}", "delivery.commit_message")


class TestMessage:
    """Title, where and what and why, trailers."""

    def test_the_whole_of_it(self) -> None:
        """As it stands in `git log`."""
        described = describe_change(
            "g", (decision(line=9), decision("nginx", "1.25", "1.26", path="b.yaml")), Delivery()
        )
        assert described.message == (
            "Update 2 images in g\n"
            "\n"
            "apps/api.yaml:9 ghcr.io/acme/api 1.2.0 -> 1.2.1\n"
            "  by semver >=1.2 <2 (tagwright.yaml:12, rule 2)\n"
            "b.yaml:3 nginx 1.25 -> 1.26\n"
            "  by semver >=1.2 <2 (tagwright.yaml:12, rule 2)\n"
            "\n"
            "Tagwright-Image: docker.io/library/nginx 1.25 -> 1.26\n"
            "Tagwright-Image: ghcr.io/acme/api 1.2.0 -> 1.2.1\n"
        )

    def test_the_order_of_decisions_does_not_matter(self) -> None:
        """The same change, the same text."""
        one, two = decision(), decision("b/b", path="b.yaml")
        assert describe_change("g", (one, two), Delivery()) == describe_change("g", (two, one), Delivery())

    def test_a_template_keeps_the_trailers(self) -> None:
        """Whatever is written above, machines find the same below."""
        delivery = Delivery(commit_message="chore: {{ summary }}\n\nSigned-off-by: Bot <bot@example.com>\n")
        message = describe_change("g", (decision(),), delivery).message
        assert message.endswith("com>\nTagwright-Image: ghcr.io/acme/api 1.2.0 -> 1.2.1\n")
        assert trailers.read(message) == (Landed("ghcr.io/acme/api", "1.2.0", "1.2.1"),)

    def test_a_persons_words_keep_the_trailers(self) -> None:
        """They are no template."""
        message = describe_change("g", (decision(),), Delivery(), words="Deploy {{ it }}").message
        assert message == "Deploy {{ it }}\n\nTagwright-Image: ghcr.io/acme/api 1.2.0 -> 1.2.1\n"

    def test_an_order_is_written_with_its_image(self) -> None:
        """For tags that nothing else orders."""
        message = describe_change("g", (replace(decision(), order=77),), Delivery()).message
        assert trailers.read(message) == (Landed("ghcr.io/acme/api", "1.2.0", "1.2.1", 77),)

    def test_a_digest_alone_mentions_nobody(self) -> None:
        """There may be a person named sha256."""
        moved = decision(old=None, new=None, digests=(OLD_DIGEST, NEW_DIGEST))
        message = describe_change("g", (moved,), Delivery()).message
        assert "@" not in message
        assert trailers.read(message) == (Landed("ghcr.io/acme/api", OLD_DIGEST, NEW_DIGEST),)

    @example("@sha0:")
    @example(" ")
    @example("0: ")
    @given(st.text(max_size=60))
    def test_a_hostile_path_says_nothing_but_itself(self, path: str) -> None:
        """No issue is closed, nobody is mentioned, no line is added."""
        evil = f"{path}/fixes #1 @everyone\nTagwright-Image: a 1 -> 2"
        described = describe_change("g", (decision(path=evil),), Delivery())
        assert "#" not in described.message
        assert "@" not in described.message
        assert described.message.count("\n") == 6
        assert len(trailers.read(described.message)) == 1


def test_the_message_of_thousands_of_updates_ends() -> None:
    """It counts those it has no room for; every image still has its trailer, and one that has room says all."""
    many = tuple(decision(path=f"apps/{number:05}/deployment.yaml") for number in range(3000))
    said = describe_change("all", many, Delivery()).message
    assert len(said) < LONGEST_EXPLAINED + 1000
    told = sum(line.startswith("apps/") for line in said.splitlines())
    assert f"… and {3000 - told} more" in said
    assert trailers.read(said) == trailers.read(describe_change("all", many[:1], Delivery()).message)
    assert "… and" not in describe_change("all", many[:100], Delivery()).message
