"""`filter`, `allow`, `ignore`: which tags a policy sees, whatever its kind.

`filter: {pattern, extract}`: a tag must match the regular expression (`filtered` otherwise), anywhere in it
unless anchored. With `extract` the policy sees that text instead of the tag, and the tag is written:
`$name`, `${name}`, `$1`, `${1}` stand for groups, `$$` for a dollar; a name takes every word character that
follows, so `${ts}00` needs its braces. `allow` lists regular expressions of which a tag must match one
(`not-allowed`). `ignore` lists globs over the whole tag (`*-debug`), or regular expressions after `re:`
(`ignored`).

Regular expressions are RE2: linear time whatever the tag, and so no look-around and no back-references.
Signatures, attestations and other tags that name no image (`*.sig`, `*.att`, `*.sbom`, `sha256-…`) are never
taken (`not-an-image`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, cast

from tagwright import globs
from tagwright.errors import PolicyError, UsageError
from tagwright.model import Filter, PolicySpec, Reason
from tagwright.policies.base import Refusal

# Cosign's tag schemes and the referrers tag scheme of the OCI distribution specification 1.1.
_NOT_AN_IMAGE = re.compile(r".+\.(?:sig|att|sbom)|sha(?:256-[0-9a-f]{64}|512-[0-9a-f]{128})(?:\..*|-.*)?", re.DOTALL)
_ENDINGS = (".sig", ".att", ".sbom")
_REFUSED = Refusal(Reason.NOT_AN_IMAGE, "is a signature, an attestation or a bill of materials")
MOST_CHARACTERS, MOST_PATTERNS = 2_000, 100
"""How long a regular expression may be, and how many `allow` or `ignore` may list."""

_RAW = "surrogateescape"  # a tag that is no UTF-8 is still only a tag
_GROUP = re.compile(r"\$(?:(\$)|([A-Za-z0-9_]+)|\{([A-Za-z0-9_]+)\})")


class Gates:
    """The tags that a policy sees, and why not the others."""

    def __init__(self, spec: PolicySpec) -> None:
        for key, patterns in (("allow", spec.allow), ("ignore", spec.ignore)):
            if len(patterns) > MOST_PATTERNS:
                raise PolicyError(
                    f"{key} lists {len(patterns):,} patterns", hint=f"at most {MOST_PATTERNS}; a|b joins two"
                )
        self.extract = _extractor(spec.filter)
        self.allow = [(_searching(pattern, "allow"), pattern) for pattern in spec.allow]
        self.ignore = [(_glob(pattern), pattern) for pattern in spec.ignore]
        self.filtered = Refusal(Reason.FILTERED, f"does not match {spec.filter.pattern!r}" if spec.filter else "")
        self.other = Refusal(Reason.NOT_ALLOWED, f"matches none of {', '.join(map(repr, spec.allow))}")

    def refuse(self, tag: str) -> Refusal | None:
        """Why a tag is not seen, whatever the filter says; None when it is."""
        return self.refuse_image(tag) or self.refuse_listed(tag)

    def refuse_listed(self, tag: str) -> Refusal | None:
        """Refuses what `ignore` lists, and what `allow` does not."""
        for matches, pattern in self.ignore:
            if matches(tag):
                return Refusal(Reason.IGNORED, f"matches {pattern!r}")
        if self.allow and not any(matches(tag) for matches, _ in self.allow):
            return self.other
        return None

    def refuse_image(self, tag: str) -> Refusal | None:
        """Refuses tags that name no image, under every policy."""
        begins_or_ends = tag[:3] == "sha" or tag.endswith(_ENDINGS)  # rules out nearly all, for a fifth of the time
        return _REFUSED if begins_or_ends and _NOT_AN_IMAGE.fullmatch(tag) else None


def _regex(pattern: str, key: str) -> Any:
    """Compile by RE2, over bytes: over text a match costs twice as much. Raises PolicyError with what is wrong."""
    import re2

    if len(pattern) > MOST_CHARACTERS:
        limit = f"a regular expression may have {MOST_CHARACTERS:,} characters; a tag has 128 at most"
        raise PolicyError(f"a regular expression in {key} has {len(pattern):,} characters", hint=limit)
    options = re2.Options()
    options.log_errors = False
    try:
        return re2.compile(pattern.encode("utf-8", _RAW), options=options)
    except re2.error as error:
        said = error.args[0].decode("utf-8", "replace") if isinstance(error.args[0], bytes) else str(error)
        raise _bad_regex(pattern, key, said) from None


def _searching(pattern: str, key: str) -> Callable[[str], Any]:
    """Whether a text matches anywhere."""
    spans = _spans(_regex(pattern, key))
    return lambda text: spans(text.encode("utf-8", _RAW))[0] != _NOWHERE


_Spans = Sequence[tuple[int, int]]
"""Where a match begins and ends, and each of its groups."""

_NOWHERE = (-1, -1)


def _spans(regex: Any) -> Callable[[bytes], _Spans]:
    """Where a text matches first, from the binding itself: what its wrapper makes of that costs twice the match."""
    bare = getattr(regex, "_regexp", None)
    if bare is None:  # no part of the wrapper's promises
        return _spans_of_wrapper(regex)
    match, anywhere = bare.Match, type(bare).Anchor.UNANCHORED
    return lambda text: cast(_Spans, match(anywhere, text, 0, len(text)))


def _spans_of_wrapper(regex: Any) -> Callable[[bytes], _Spans]:
    """The same from what the wrapper promises."""

    def spans(text: bytes) -> _Spans:
        match = regex.search(text)
        return [match.span(group) for group in range(regex.groups + 1)] if match else [_NOWHERE]

    return spans


def _bad_regex(pattern: str, key: str, said: str) -> PolicyError:
    """What RE2 says is "invalid perl operator: (?!": what is wrong, and the piece of the pattern that is."""
    what, _, piece = said.partition(": ")
    at = _unbalanced(pattern) if what.endswith(")") else max(pattern.find(piece), 0)
    got = f" {piece}" if piece and len(piece) < len(pattern) else ""
    instead = next((f"{hint}; " for signs, hint in _INSTEAD if re.match(signs, piece or pattern[at:])), "")
    return PolicyError(
        f"{pattern!r} in {key} is no regular expression: at character {at + 1}, {what}{got}",
        hint=f"{instead}expected RE2 syntax: https://github.com/google/re2/wiki/Syntax",
    )


_INSTEAD = (
    (r"\(\?<?[!=]", "RE2 has no look-around: what must not match goes into ignore, what must match too into allow"),
    (r"\(\?P?$|\\[1-9]", "RE2 has no back-references"),
    (r"\(\?>|[*+?}]\+", "RE2 never goes back, so it needs no atomic groups and no possessive repetition"),
    (r"\\[zZ]", "write $ for the end"),
    (r"\*", "a glob stands in ignore without re:, and here .* means anything"),
)


def _unbalanced(pattern: str) -> int:
    """Where the first ) stands that closes nothing; the end where all do."""
    depth = 0
    for sign in re.finditer(r"\\.|\[\^?\]?(?:\\.|[^\]])*\]|[()]", pattern):
        depth += (sign[0] == "(") - (sign[0] == ")")
        if depth < 0:
            return sign.start()
    return len(pattern)


def _glob(pattern: str) -> Callable[[str], Any]:
    if pattern.startswith("re:"):
        return _searching(pattern[3:], "ignore")
    try:
        return globs.compile((pattern,))
    except UsageError as error:
        raise PolicyError(f"{pattern!r} in ignore is no glob: {error.message}", hint=error.hint) from None


def _extractor(wanted: Filter | None) -> Callable[[str], str | None] | None:
    """Tag -> what the policy sees of it, None where the pattern does not match; None when there is no filter."""
    if wanted is None:
        return None
    regex = _regex(wanted.pattern, "filter.pattern")
    expand = _template(wanted.extract, regex) if wanted.extract else None

    match = _spans(regex)

    def extract(tag: str) -> str | None:
        text = tag.encode("utf-8", _RAW)
        spans = match(text)
        if spans[0] == _NOWHERE:
            return None
        return tag if expand is None else expand(text, spans)

    return lru_cache(maxsize=1)(extract)  # a ruling asks again and again of one tag


def _template(extract: str, regex: Any) -> Callable[[bytes, _Spans], str]:
    """A function that fills the template from a text and where it matches.

    Raises PolicyError for a group the pattern has not.
    """
    pieces: list[bytes | int] = []
    at = 0
    for found in _GROUP.finditer(extract):
        text = extract[at : found.start()].encode("utf-8", _RAW)
        pieces += [text, b"$" if found[1] else _group(found[2] or found[3], extract, regex)]
        at = found.end()
    pieces.append(extract[at:].encode("utf-8", _RAW))
    if len(pieces) == 3 and not pieces[0] and not pieces[2]:  # one group alone, as most are
        group = pieces[1]
        return lambda text, spans: _cut(text, spans, group).decode("utf-8", _RAW)
    return lambda text, spans: b"".join(_cut(text, spans, piece) for piece in pieces).decode("utf-8", _RAW)


def _cut(text: bytes, spans: _Spans, piece: bytes | int) -> bytes:
    """A group of the match, nothing for one that took no part; a text as it is."""
    if isinstance(piece, bytes):
        return piece
    first, end = spans[piece]
    return text[first:end]


def _group(name: str, extract: str, regex: Any) -> int:
    number = int(name) if name.isdigit() and len(name) < 4 else _names(regex).get(name, -1)
    if not 0 <= number <= regex.groups:
        raise _no_group(name, extract, regex)
    return int(number)


def _names(regex: Any) -> dict[str, int]:
    """The groups that have names."""
    return {name.decode("utf-8", _RAW): number for name, number in regex.groupindex.items()}


def _no_group(name: str, extract: str, regex: Any) -> PolicyError:
    """With the template that was meant where a name took the text that follows."""
    at = max(extract.find(f"${name}"), extract.find(f"${{{name}}}")) + 1
    begun = next((one for one in _names(regex) if name.startswith(one)), "")
    meant = extract.replace(f"${name}", f"${{{begun}}}{name[len(begun) :]}")
    example = f"did you mean {meant!r}? " if begun else ""
    known = ", ".join([f"${number}" for number in range(1, regex.groups + 1)] + [f"${name}" for name in _names(regex)])
    groups = known or "a group in the pattern: (?P<name>…)"
    return PolicyError(
        f"{extract!r} in filter.extract names the group {name!r} at character {at}, which the pattern has not",
        hint=f"{example}expected {groups}; write ${{name}} where text follows",
    )
