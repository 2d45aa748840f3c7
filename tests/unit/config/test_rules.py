"""Which policy rules a reference: markers, Flux markers, rules, defaults, in that order; and who may loosen what."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from tagwright import globs
from tagwright.config import loading, markers, rules
from tagwright.errors import ConfigError
from tagwright.image import Image
from tagwright.model import (
    FileSelection,
    FluxPolicy,
    Hold,
    Marker,
    Part,
    PolicyKind,
    PolicySpec,
    Reference,
    Ruled,
    Target,
)

Settings = tuple[tuple[str, str], ...]

OPERATOR = """
rules:
  - {name: apps:api, images: [ghcr.io/acme/api], files: [apps/**], group: backend, policy: {semver: ^1}}
  - images: [ghcr.io/acme/*, nginx]
    policy: {semver: ">=1", minimum_age: 3d, ignore: ["*-rc*"], platforms: [linux/amd64], pin_digest: true}
defaults: {policy: {compatible: minor}}
"""


def target(folder: Path, text: str = OPERATOR, repository: str = "") -> Target:
    """A target as the operator's file, and perhaps the repository's own, make it."""
    (folder / "tagwright.yaml").write_text(f"{text}\ntargets: [{{repository: https://github.com/acme/deploy}}]\n")
    (configured,) = loading.load(folder / "tagwright.yaml").targets
    return loading.merge_repository(configured, repository.encode()) if repository else configured


def reference(name: str, path: str = "apps/x.yaml", marker: Marker | None = None) -> Reference:
    """A mention of an image on line 7."""
    return Reference(path, 7, 1, (0, 0), "kubernetes", "image", Image(name, "1.0.0"), f"{name}:1.0.0", (), marker)


def inline(*settings: tuple[str, str]) -> Marker:
    """`# tagwright: key=value …` on line 7."""
    return Marker("tagwright", 7, "", settings=settings)


def flux(name: str) -> Marker:
    """`# {"$imagepolicy": "name"}` on line 7."""
    return Marker("flux", 7, "", policy=name, part=Part.TAG)


def ruled(place: Target, *args: object, policies: dict[str, FluxPolicy] | None = None, **more: object) -> Ruled:
    """What rules a reference in a place."""
    return rules.rule_for(reference(*args, **more), place, policies or {})  # type: ignore[arg-type]


# ── order ────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("name", "path", "argument", "line"),
    [
        ("ghcr.io/acme/api", "apps/x.yaml", "^1", 3),
        ("ghcr.io/acme/api", "infra/x.yaml", ">=1", 4),
        ("ghcr.io/acme/web", "apps/x.yaml", ">=1", 4),
        ("docker.io/library/nginx", "x.yaml", ">=1", 4),
    ],
)
def test_the_first_rule_that_matches_decides(tmp_path: Path, name: str, path: str, argument: str, line: int) -> None:
    """Image and file must both match, on the normalised name; the source says where the rule stands."""
    found = ruled(target(tmp_path), name, path)
    assert found.policy
    assert (found.policy.argument, found.image) == (argument, name)
    assert found.source.startswith(f"{tmp_path}/tagwright.yaml:{line}, rule")


def test_defaults_come_last_and_without_them_a_reference_is_left_alone(tmp_path: Path) -> None:
    """What no rule names has the defaults' policy, or none."""
    found = ruled(target(tmp_path), "quay.io/other")
    assert found.policy == PolicySpec(PolicyKind.COMPATIBLE, "minor")
    assert found.source == f"{tmp_path}/tagwright.yaml:6, defaults"
    assert ruled(target(tmp_path, "rules: []"), "quay.io/other") == Ruled(None, "no-rule", "quay.io/other")


def test_an_inline_marker_rules_its_line(tmp_path: Path) -> None:
    """It comes before every rule, and is named with file and line."""
    marker = inline(("compatible", "patch"), ("group", "edge"))
    found = ruled(target(tmp_path), "quay.io/other", marker=marker)
    assert found.policy == PolicySpec(PolicyKind.COMPATIBLE, "patch")
    assert (found.source, found.group) == ("apps/x.yaml:7, marker", "edge")


def test_a_marker_can_name_the_image_of_a_bare_tag(tmp_path: Path) -> None:
    """image=… alone says whose tag it is and leaves the policy to the rules."""
    found = ruled(target(tmp_path), "", marker=inline(("image", "nginx")))
    assert (found.image, found.policy and found.policy.argument) == ("docker.io/library/nginx", ">=1")
    assert found.problem is None


def test_a_bare_tag_of_no_known_image_is_nobodys(tmp_path: Path) -> None:
    """Charts leave the repository to their defaults: neither a rule for everything nor the defaults mean such a tag."""
    assert ruled(target(tmp_path), "") == Ruled(None, "no-image", "")


def test_a_policy_beside_a_bare_tag_of_no_known_image_is_a_problem(tmp_path: Path) -> None:
    """A policy without an image can ask nobody."""
    found = ruled(target(tmp_path), "", marker=inline(("compatible", "minor")))
    assert found.problem
    assert (found.problem.code, found.problem.path, found.problem.line) == ("image-unknown", "apps/x.yaml", 7)
    assert "image=" in found.problem.hint


def test_a_hold_is_laid_over_what_rules_below_it(tmp_path: Path) -> None:
    """So that something rules the reference on the day the hold ends."""
    marker = inline(("hold", ""), ("reason", "INC-12"), ("until", "2026-12-01"))
    found = ruled(target(tmp_path), "ghcr.io/acme/api", marker=marker)
    assert found.hold == Hold("INC-12", date(2026, 12, 1), "apps/x.yaml:7")
    assert (found.policy and found.policy.argument, found.source) == ("^1", "apps/x.yaml:7, marker")


@pytest.mark.parametrize(
    ("settings", "said", "hint"),
    [
        ((("sember", "^1"),), "marker.sember: unknown key", "did you mean 'semver'?"),
        (
            (("semver", "^1"), ("minimum-age", "3x")),
            "marker.minimum-age: got '3x', expected a duration such as 90s, 10m, 6h, 3d or 2w",
            "",
        ),
        ((("semver", "^1"), ("minimum_age", "3d")), "marker.minimum_age: unknown key", "did you mean 'minimum-age'?"),
        ((("semver", "^1"), ("compatible", "any")), "got semver and compatible, expected exactly one of", ""),
        ((("semver", "^1"), ("semver", "^2")), "marker.semver: stands twice", ""),
        (
            (("semver", "^1"), ("see", ""), ("the", ""), ("handbook", "")),
            "marker.see: unknown key",
            "words for people stand behind another #",
        ),
        ((("semver", "^1"), ("allow-downgrade", "")), "only the operator's file may set this", "a repository can"),
        ((("semver", "^1"), ("trust-created", "true")), "only the operator's file may set this", "a repository can"),
        ((("semver", "^1"), ("until", "2026-01-01")), "marker.until: belongs to a hold", "write hold"),
        (
            (("hold", ""), ("until", "soon")),
            "marker.until: got 'soon', expected a date such as 2030-12-31, or 2030-12-31T08:00+01:00",
            "",
        ),
        ((("hold", ""), ("semver", "^1")), "marker.semver: does not go with hold", "a hold has"),
        ((("semver", "one"),), "marker.semver", ""),
        ((("pin-digest", ""),), "got none, expected exactly one of", ""),
        ((("image", "A:b:c"), ("semver", "^1")), "'A:b:c'", "expected registry/repository:tag"),
        ((("semver", "^1"), ("group", "x\n@all")), "marker.group: got 'x\\n@all', expected a word: letters", ""),
        ((("image", "ghcr.io/acme/api"), ("group", "")), "marker.group: got nothing, expected a word: letters", ""),
        ((("hold", ""), ("group", "a b")), "marker.group: got 'a b', expected a word: letters", ""),
        ((("image", "nginx"), ("semver", "^1")), "the marker names docker.io/library/nginx, but", "leave image= out"),
    ],
)
def test_a_marker_that_cannot_be_is_a_problem_where_it_stands(
    tmp_path: Path, settings: Settings, said: str, hint: str
) -> None:
    """No edit, and a sentence that says what is wrong with it and where."""
    found = ruled(target(tmp_path), "ghcr.io/acme/api", marker=inline(*settings))
    assert found.policy is None
    assert found.problem
    assert (found.problem.code, found.problem.path, found.problem.line) == ("marker", "apps/x.yaml", 7)
    assert said in found.problem.message
    assert found.problem.hint.startswith(hint)


def test_words_behind_a_marker_are_told_of_once(tmp_path: Path) -> None:
    """Not every word of a sentence is a key."""
    found = ruled(target(tmp_path), "ghcr.io/acme/api", marker=inline(("semver", "^1"), ("see", ""), ("below", "")))
    assert found.problem
    assert found.problem.message == "marker.see: unknown key"


def test_a_misspelt_kind_is_said_once(tmp_path: Path) -> None:
    """Not also that no kind is there."""
    found = ruled(target(tmp_path), "ghcr.io/acme/api", marker=inline(("sember", "^1"), ("pin-digest", "")))
    assert found.problem
    assert found.problem.message == "marker.sember: unknown key"


def test_marker_settings_are_the_policys_own_keys_with_dashes() -> None:
    """Lists by saying a key again (platforms by comma), filter's keys by themselves, a bare key is true."""
    spec = markers.marker_policy(
        (
            ("numerical", "ascending"),
            ("pattern", r"^main-(?P<ts>\d+)$"),
            ("extract", "$ts"),
            ("ignore", "*-a"),
            ("ignore", "re:^b,c$"),
            ("platforms", "linux/amd64,linux/arm64"),
            ("minimum-age", "2w"),
            ("pin-digest", ""),
        )
    )
    assert isinstance(spec, PolicySpec)
    assert spec.filter
    assert (spec.filter.pattern, spec.filter.extract) == (r"^main-(?P<ts>\d+)$", "$ts")
    assert (spec.ignore, spec.platforms) == (("*-a", "re:^b,c$"), ("linux/amd64", "linux/arm64"))
    assert (spec.minimum_age, spec.pin_digest) == (timedelta(weeks=2), True)
    assert markers.marker_policy((("hold", ""),)) == Hold("")


# ── Flux ─────────────────────────────────────────────────────────────────────


def image_policy(name: str, image: str = "ghcr.io/acme/api") -> dict[str, FluxPolicy]:
    """An ImagePolicy in the repository."""
    return {name: FluxPolicy(name, image, PolicySpec(PolicyKind.SEMVER, "~1.4"), "flux/policies.yaml", 12)}


def test_a_flux_marker_binds_to_the_image_policy_of_its_name(tmp_path: Path) -> None:
    """Policy and, for a bare tag, image come from the ImagePolicy."""
    found = ruled(target(tmp_path), "", marker=flux("flux-system:api"), policies=image_policy("flux-system:api"))
    assert found.policy
    assert (found.policy.argument, found.image) == ("~1.4", "ghcr.io/acme/api")
    assert found.source == "apps/x.yaml:7, Flux marker flux-system:api, flux/policies.yaml:12"


def test_a_flux_marker_binds_to_a_rule_of_its_name(tmp_path: Path) -> None:
    """Without an ImagePolicy a rule's name will do, and the one image it names."""
    found = ruled(target(tmp_path), "", marker=flux("apps:api"))
    assert found.policy
    assert (found.policy.argument, found.image, found.group) == ("^1", "ghcr.io/acme/api", "backend")


@pytest.mark.parametrize(
    ("policies", "hint"),
    [({}, "did you mean 'apps:api'?"), (image_policy("apps:apqr"), "did you mean 'apps:apqr'?")],
)
def test_a_flux_marker_of_no_known_name_is_a_problem(
    tmp_path: Path, policies: dict[str, FluxPolicy], hint: str
) -> None:
    """It never falls through to a rule: the marker says that another policy was meant."""
    found = ruled(target(tmp_path), "ghcr.io/acme/api", marker=flux("apps:apq"), policies=policies)
    assert found.policy is None
    assert found.problem
    assert (found.problem.code, found.problem.line, found.problem.hint) == ("unknown-policy", 7, hint)


def test_an_image_policy_without_an_image_is_a_problem_of_the_bare_tag(tmp_path: Path) -> None:
    """An ImagePolicy whose ImageRepository is not in the repository does not say which image."""
    found = ruled(target(tmp_path), "", marker=flux("a:b"), policies=image_policy("a:b", ""))
    assert found.problem
    assert (found.problem.code, found.problem.path, found.problem.line) == ("flux-repository", "flux/policies.yaml", 12)


# ── the repository's own file can tighten, never loosen ──────────────────────

OWN = """
rules:
  - {name: mine, images: [ghcr.io/acme/web], policy: {semver: "*", minimum_age: 1d, ignore: [nightly]}}
  - {images: [quay.io/**], policy: {digest: latest, minimum_age: 5d}}
defaults: {policy: {compatible: patch}}
files: {include: [apps/**], exclude: [apps/old/**]}
delivery: {group: directory, labels: [team], draft: true}
"""


def test_the_repositorys_rules_come_first_under_the_operators_gates(tmp_path: Path) -> None:
    """The range is the repository's; age, ignores, platforms and pins are at least the operator's."""
    found = ruled(target(tmp_path, repository=OWN), "ghcr.io/acme/web")
    assert found.source == ".tagwright.yaml:3, rule mine"
    assert found.policy == PolicySpec(
        PolicyKind.SEMVER,
        "*",
        ignore=("*-rc*", "nightly"),
        platforms=("linux/amd64",),
        minimum_age=timedelta(days=3),
        pin_digest=True,
    )


def test_a_repository_may_ask_for_more(tmp_path: Path) -> None:
    """A longer wait than the operator's stays."""
    found = ruled(target(tmp_path, repository=OWN), "quay.io/x/y")
    assert found.policy
    assert (found.policy.kind, found.policy.minimum_age) == (PolicyKind.DIGEST, timedelta(days=5))


def test_the_operators_rules_come_before_the_repositorys_defaults(tmp_path: Path) -> None:
    """Defaults are for what no rule names, whoever wrote the rule."""
    place = target(tmp_path, repository=OWN)
    assert ruled(place, "docker.io/library/nginx").policy == target(tmp_path).rules[1].policy
    assert ruled(place, "gcr.io/x/y").policy == PolicySpec(PolicyKind.COMPATIBLE, "patch")


@pytest.mark.parametrize("marker", [inline(("semver", "*"), ("minimum-age", "1s")), flux("a:b")])
def test_markers_come_with_the_repository_too(tmp_path: Path, marker: Marker) -> None:
    """Neither an inline marker nor an ImagePolicy gets round the operator's gates."""
    found = ruled(target(tmp_path), "ghcr.io/acme/web", marker=marker, policies=image_policy("a:b"))
    assert found.policy
    assert (found.policy.minimum_age, found.policy.pin_digest) == (timedelta(days=3), True)
    assert found.policy.ignore == ("*-rc*",)


def test_an_allow_list_of_the_operator_cannot_be_replaced(tmp_path: Path) -> None:
    """Two lists cannot both be kept by one, so it is a problem and no edit."""
    place = target(tmp_path, 'defaults: {policy: {compatible: any, allow: ["^v"]}}')
    assert ruled(place, "a/b", marker=inline(("compatible", "minor"))).policy == PolicySpec(
        PolicyKind.COMPATIBLE, "minor", allow=("^v",)
    )
    found = ruled(place, "a/b", marker=inline(("compatible", "minor"), ("allow", ".*")))
    assert found.policy is None
    assert found.problem
    assert found.problem.code == "loosened"


def test_only_the_operators_own_rules_may_go_down(tmp_path: Path) -> None:
    """allow_downgrade of the operator's rule is not inherited by what the repository says."""
    text = "rules: [{images: [a/*], policy: {semver: '*', allow_downgrade: true, trust_created: true}}]"
    place = target(tmp_path, text)
    assert place.rules[0].policy.allow_downgrade
    found = ruled(place, "a/b", marker=inline(("semver", "^1")))
    assert found.policy
    assert (found.policy.allow_downgrade, found.policy.trust_created) == (False, True)


def test_the_repositorys_file_adds_and_narrows(tmp_path: Path) -> None:
    """Labels are added, files narrowed, delivery otherwise as the operator has it."""
    operator = OPERATOR + "files: {exclude: ['**/secret.yaml']}\ndelivery: {mode: commit, labels: [bot]}\n"
    place = target(tmp_path, operator, OWN)
    assert (place.delivery.labels, place.delivery.group, place.delivery.draft) == (("bot", "team"), "directory", True)
    assert place.delivery.mode == target(tmp_path, operator).delivery.mode
    selected = globs.selects(place.files)
    paths = ("apps/a.yaml", "apps/secret.yaml", "apps/old/a.yaml", "infra/a.yaml")
    assert [selected(path) for path in paths] == [True, False, False, False]


@pytest.mark.parametrize(
    "text",
    [
        "targets: [{repository: x}]",
        "registries: [{prefix: ghcr.io}]",
        "allow_repository_config: true",
        "delivery: {mode: commit}",
        "delivery: {auto_merge: true}",
        "delivery: {author: {name: x}}",
        "delivery: {signing: {format: ssh, key_file: x}}",
        "delivery: {branch_prefix: x/}",
        "delivery: {commit_message: x}",
        "delivery: {max_open: 100}",
        "delivery: {max_new: 100}",
        "delivery: {body: x}",
        "delivery: {branch: x}",
        "delivery: {commits: api}",
        "delivery: {push_options: [x]}",
        "delivery: {committer: {name: x}}",
        "delivery: {sign_off: true}",
        "delivery: {sign_off: false}",
        "delivery: {skip_ci: true}",
        "delivery: {skip_ci: false}",
        "delivery: {separate_major: true}",
        "delivery: {separate_major: false}",
        "delivery: {details: true}",
        "delivery: {details: false}",
        "delivery: {draft_while_pending: true}",
        "defaults: {policy: {semver: '*', allow_downgrade: true}}",
        "rules: [{images: ['**'], policy: {semver: '*', trust_created: true}}]",
    ],
)
def test_a_repository_is_not_trusted_with_more(tmp_path: Path, text: str) -> None:
    """Each key that could loosen what the operator set is refused in the repository's file."""
    with pytest.raises(ConfigError, match="only the operator's file may set this"):
        target(tmp_path, OPERATOR, text)


@pytest.mark.parametrize("key", ["labels", "reviewers", "assignees"])
def test_a_repository_cannot_name_people_without_end(tmp_path: Path, key: str) -> None:
    """A forge is asked about each of them."""
    few, many = (f"delivery: {{{key}: [{', '.join(f'n{at}' for at in range(count))}]}}" for count in (50, 51))
    assert len(getattr(target(tmp_path, OPERATOR, few).delivery, key)) == 50
    with pytest.raises(ConfigError, match="expected at most 50"):
        target(tmp_path, OPERATOR, many)


def test_a_repository_may_ask_for_less(tmp_path: Path) -> None:
    """No auto-merge, and no early drafts, in spite of the operator's."""
    operator = OPERATOR + "delivery: {auto_merge: true, draft_while_pending: true}\n"
    own = target(tmp_path, operator, "delivery: {auto_merge: false, draft_while_pending: false}").delivery
    assert (own.auto_merge, own.draft_while_pending) == (False, False)


def test_saying_no_to_what_only_the_operator_may_allow_is_allowed(tmp_path: Path) -> None:
    """allow_downgrade: false asks for nothing."""
    text = "defaults: {policy: {semver: '*', allow_downgrade: false}}"
    assert target(tmp_path, OPERATOR, text).own_defaults == PolicySpec(PolicyKind.SEMVER, "*")


# ── files ────────────────────────────────────────────────────────────────────


def test_exclude_wins_over_include() -> None:
    """A file in both is not read."""
    selected = globs.selects(FileSelection(("apps/**",), ("**/charts/**",)))
    assert [selected(path) for path in ("apps/a", "apps/charts/a", "b")] == [True, False, False]
    assert globs.selects(replace(FileSelection(), within=FileSelection(("x",))))("x")
