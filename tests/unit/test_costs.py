"""What each rule cost, and when that is worth a warning."""

from __future__ import annotations

from dataclasses import replace

from tagwright.costs import DEAR, cost
from tagwright.model import Filter, HostCost, ImageCost, PolicyKind, PolicySpec, Ruled
from tagwright.views import costs

API, WEB = "ghcr.io/acme/api", "ghcr.io/acme/web"
NEWEST = PolicySpec(PolicyKind.NEWEST, "created")
SEMVER = PolicySpec(PolicyKind.SEMVER, "^1")
HOSTS = (HostCost("ghcr.io", 2003, 2, 1, 3.25), HostCost("auth.example", 1))


def test_an_image_counts_for_every_rule_that_uses_it() -> None:
    """And once for each rule, however many references it rules; what no policy rules is no rule."""
    images = (ImageCost(API, 10, lists=10), ImageCost(WEB, 4, lists=4))
    ruled = [Ruled(SEMVER, "a:1", API)] * 3 + [
        Ruled(SEMVER, "a:2", API),
        Ruled(SEMVER, "a:2", WEB),
        Ruled(None, "no-rule", WEB),
        Ruled(SEMVER, "a:3", "ghcr.io/never/asked"),
    ]
    found = cost(HOSTS, images, ruled)
    assert [(one.source, one.images, one.requests) for one in found.rules] == [("a:2", 2, 14), ("a:1", 1, 10)]
    assert found.requests == 2004


def test_a_rule_is_dear_beyond_the_bound_and_not_at_it() -> None:
    """The bound is for one image: many cheap images make no warning."""
    images = tuple(ImageCost(f"ghcr.io/acme/{number}", DEAR, lists=DEAR) for number in range(50))
    ruled = [Ruled(SEMVER, "a:1", one.image) for one in images]
    assert cost(HOSTS, images, ruled).warnings == ()
    more = (replace(images[0], requests=DEAR + 1), *images[1:])
    assert [one.code for one in cost(HOSTS, more, ruled).warnings] == ["expensive-rule"]


def warning(policy: PolicySpec, image: ImageCost) -> tuple[str, str]:
    (found,) = cost(HOSTS, (image,), [Ruled(policy, "a:1", image.image)]).warnings
    assert found.about == "a:1"
    return found.message, found.hint


def test_the_warning_says_which_image_why_and_what_instead() -> None:
    """By what most of the requests were for, and by what the policy says already."""
    dated = ImageCost(API, 2001, lists=1, tags=2000)
    message, hint = warning(NEWEST, dated)
    assert (
        message
        == f"{API} cost 2,001 requests, 2,000 of them because newest: created reads the date in each tag's image"
    )
    assert "give the rule a filter" in hint
    assert "newest: pushed" in hint
    message, hint = warning(replace(SEMVER, filter=Filter("^v")), dated)
    assert "2,000 of them to read tags one by one" in message
    assert hint.startswith("narrow its filter")
    message, hint = warning(SEMVER, ImageCost(API, 300, lists=290, tags=10))
    assert "290 of them for the pages of its list" in message
    assert "expire old tags" in hint
    message, _ = warning(SEMVER, ImageCost(API, 300, lists=1, pushes=299))
    assert "299 of them for when its tags were pushed" in message


def test_a_rule_with_several_dear_images_is_one_warning() -> None:
    """About the dearest, with the number of the others."""
    images = (ImageCost(API, 500, tags=500), ImageCost(WEB, 900, tags=900))
    (found,) = cost(HOSTS, images, [Ruled(SEMVER, "a:1", API), Ruled(SEMVER, "a:1", WEB)]).warnings
    assert found.message.startswith(f"{WEB} cost 900 requests")
    assert found.message.endswith("; 1 more of its images cost over 100")


def test_a_line_says_it_all_and_more_is_asked_for() -> None:
    """Hosts with what was not plain asking; rules and images only in full."""
    images = (ImageCost(API, 2002, lists=2, tags=2000),)
    found = cost(HOSTS, images, [Ruled(NEWEST, "a:1, rule api", API)])
    line, warned = costs.told(found).splitlines()
    assert line == ("registries: 2,004 requests: ghcr.io 2,003 (2 again, 1 answered 429, 3.2 s waited), auth.example 1")
    assert warned.startswith(f"warning: a:1, rule api: {API} cost 2,002 requests")
    assert warned.endswith("[expensive-rule]")
    assert costs.told(found, in_full=True).splitlines()[1:3] == [
        "  a:1, rule api  2,002 requests, 1 image",
        f"  {API}  2,002 requests",
    ]


def test_a_long_list_of_rules_is_cut_with_a_count() -> None:
    """Twenty lines of each are enough for a terminal; JSON has them all."""
    images = tuple(ImageCost(f"ghcr.io/acme/{number:02}", 1, lists=1) for number in range(25))
    found = cost(HOSTS, images, [Ruled(SEMVER, f"a:{one.image}", one.image) for one in images])
    assert costs.told(found, in_full=True).count("and 5 more") == 2
