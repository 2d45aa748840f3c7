"""Globs: what they match, and that no pattern can stall."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagwright import globs
from tagwright.errors import UsageError

MATCHES = [
    ("**", "any/thing at all"),
    ("*.yaml", "x.yaml"),
    ("apps/**", "apps/a"),
    ("apps/**", "apps/a/b.yaml"),
    ("apps/", "apps/a/b.yaml"),
    ("./apps/a", "apps/a"),
    ("**/x.yaml", "x.yaml"),
    ("**/x.yaml", "a/b/x.yaml"),
    ("a/**/b", "a/b"),
    ("a/**/b", "a/x/y/b"),
    ("**.yaml", "a/b.yaml"),
    ("a**b", "a/x/b"),
    ("apps/*/values.yaml", "apps/api/values.yaml"),
    ("*a*b*", "xxaxxbxx"),
    ("*ab", "aab"),
    ("*/a*b/c", "x/a-b-b/c"),
    ("pod-[0-9]", "pod-3"),
    ("pod-[!0-9]", "pod-a"),
    ("[]]", "]"),
    ("[^a]", "^"),
    ("?.yaml", "x.yaml"),
    ("{apps,infra}/**/*.{yaml,yml}", "infra/a/b.yml"),
    ("{a,{b,c}}", "c"),
    ("{a}", "{a}"),
    ("a[", "a["),
    ("a.b", "a.b"),
]
MISSES = [
    ("*", "a/b"),
    ("*.yaml", "a/x.yaml"),
    ("apps/**", "apps"),
    ("apps/**", "my-apps/a"),
    ("apps/**", "x/apps/a"),
    ("**/x.yaml", "a/yx.yaml"),
    ("a/**/b", "ab"),
    ("a/**/b", "a/xb"),
    ("apps/*/values.yaml", "apps/values.yaml"),
    ("apps/*/values.yaml", "apps/a/b/values.yaml"),
    ("pod-[0-9]", "pod-a"),
    ("pod-[!0-9]", "pod-3"),
    ("a[!b]c", "a/c"),
    ("?", "/"),
    ("a.b", "axb"),
    ("x", "xx"),
    ("x", "x\n"),
]


@pytest.mark.parametrize(("pattern", "path"), MATCHES)
def test_a_glob_matches(pattern: str, path: str) -> None:
    """The table of what matches."""
    assert globs.compile((pattern,))(path)


@pytest.mark.parametrize(("pattern", "path"), MISSES)
def test_a_glob_matches_nothing_else(pattern: str, path: str) -> None:
    """The table of what does not."""
    assert not globs.compile((pattern,))(path)


def test_many_patterns_are_one_question() -> None:
    """A path matches when any pattern does; no patterns match nothing."""
    matches = globs.compile(("a/*", "b/**"))
    assert [matches(path) for path in ("a/x", "b/x/y", "c")] == [True, True, False]
    assert not globs.compile(())("a")


def plainly(pattern: str, path: str) -> bool:
    """The meaning of * and ** said in the slowest and plainest way."""
    if not pattern:
        return not path
    if pattern.startswith("**"):
        rest = pattern.lstrip("*")
        return any(plainly(rest, path[cut:]) for cut in range(len(path) + 1))
    if pattern.startswith("*"):
        room = len(re.match(r"[^/]*", path)[0])  # type: ignore[index]
        return any(plainly(pattern[1:], path[cut:]) for cut in range(room + 1))
    return path[:1] == pattern[0] and plainly(pattern[1:], path[1:])


def parts(pattern: str, path: str) -> bool:
    """`plainly`, and `**/` as any number of whole parts."""
    match = re.search(r"(?:^|(?<=/))\*\*/", pattern)
    if not match:
        return plainly(pattern, path)
    before, after = pattern[: match.start()], pattern[match.end() :]
    cuts = [0, *(found.end() for found in re.finditer("/", path))]
    heads = [cut for cut in cuts if plainly(before, path[:cut])]
    return any(parts(after, path[cut:]) for head in heads for cut in cuts if cut >= head)


@given(
    st.lists(st.sampled_from(["a", "b", "*", "**", "/", "/**/", "*a", "b*"]), max_size=7).map("".join),
    st.text(alphabet="ab/", max_size=9),
)
def test_a_glob_means_what_it_says(pattern: str, path: str) -> None:
    """The fast expression agrees with the plain meaning on any pattern of stars, letters and slashes."""
    if pattern.startswith("/") or pattern.endswith("/") or "//" in pattern or "//" in path or path.startswith("/"):
        return
    assert globs.compile((pattern,))(path) == parts(pattern, path)


@pytest.mark.parametrize("pattern", ["*a" * 40 + "b", "**a" * 40 + "b", "**/a*/" * 20 + "b", "?*" * 30 + "b"])
def test_no_pattern_stalls(pattern: str) -> None:
    """A pattern written to make a backtracking matcher despair is settled at once."""
    began = time.process_time()
    for path in ("a" * 4000, "a/" * 2000, "ab/" * 1500 + "c"):
        assert not globs.compile((pattern,))(path)
    assert time.process_time() - began < 5


@pytest.mark.parametrize("pattern", ["{a,b}" * 8, "[z-a]"])
def test_a_glob_that_cannot_be_is_refused(pattern: str) -> None:
    """Too many alternatives and backward sets are the configuration's mistake, not a crash."""
    with pytest.raises(UsageError, match="glob"):
        globs.compile((pattern,))


@pytest.mark.parametrize(
    ("pattern", "normalised"),
    [
        ("*", "**"),
        ("**", "**"),
        ("**/api", "**/api"),
        ("*/api", "*/api"),
        ("nginx", "docker.io/library/nginx"),
        ("nginx-*", "docker.io/library/nginx-*"),
        ("bitnami/*", "docker.io/bitnami/*"),
        ("acme*/api", "docker.io/acme*/api"),
        ("docker.io/nginx", "docker.io/library/nginx"),
        ("docker.io/**", "docker.io/**"),
        ("index.docker.io/**", "docker.io/**"),
        ("bitnami/**", "docker.io/bitnami/**"),
        ("ghcr.io/acme/*", "ghcr.io/acme/*"),
        ("ghcr.io/**", "ghcr.io/**"),
        ("*.example.com/api", "*.example.com/api"),
        ("localhost:5000/*", "localhost:5000/*"),
    ],
)
def test_an_image_glob_is_spelled_as_docker_spells_names(pattern: str, normalised: str) -> None:
    """What people write for images is normalised as the names are that it must match."""
    assert globs.image_pattern(pattern) == normalised
