"""Why nothing is decided about what somebody asks for: the file, the line, or the image.

Answers are Problems whose `about` is the question; none of them is a failure.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from tagwright import globs, scan
from tagwright.config.rules import bindings_of
from tagwright.errors import Problem
from tagwright.image import normalise
from tagwright.model import FileSelection, Head, Question, Reference, Rule, Scanned, Target
from tagwright.survey import SETTINGS, Place, Survey

UNKNOWN = frozenset({"unknown-file", "unknown-image"})
"""Answers that say no more than that there is nothing of that name."""

MARKED = frozenset({"marker-unbound", "marker-invalid", "two-markers"})
"""Problems of one comment, which say nothing of the other lines of their file."""

_NEAREST = 3  # references or names that an answer suggests


@dataclass(frozen=True, slots=True)
class Looked:
    """A head as far as an answer needs it: every path of it, what stands in which file, and who rules."""

    target: Target
    paths: frozenset[str]
    links: frozenset[str]
    scanned: Scanned

    @staticmethod
    def at(target: Target, found: Survey, place: Place, head: Head) -> Looked:
        """Lists the tree, which a survey that is remembered did not."""
        paths = frozenset(entry.path for entry in place.files(head.commit))
        return Looked(target, paths, frozenset(place.links(head.commit)), found.scanned)

    @staticmethod
    def lightly(target: Target, found: Survey, place: Place, head: Head) -> Looked:
        """Without links, and without paths where no glob of the configuration is about files."""
        asked = (
            target.references
            or target.files != FileSelection()
            or any(len(rule.files) > 1 for rule in (*target.own_rules, *target.rules))
        )
        paths = frozenset(entry.path for entry in place.files(head.commit)) if asked else frozenset()
        return Looked(target, paths, frozenset(), found.scanned)

    def inside(self, path: str, found: Iterable[Reference]) -> list[Reference]:
        """Those of the references that stand in one file."""
        return [one for one in found if one.path == path]


def why(question: Question, looked: Looked) -> Problem:
    """Why no reference answers the question."""
    for path in dict.fromkeys((question.path, question.path.removeprefix(f"{looked.target.name}/"), question.text)):
        if path in looked.paths:
            return _of_file(question, path, looked)
        if path in looked.links:
            return _answer(question, "link", "is a symbolic link or a submodule, and neither is followed", path=path)
        if any(one.startswith(f"{path}/") for one in looked.paths):
            return _answer(question, "no-reference", "is a folder without any reference", "`tagwright scan` lists all")
    return _of_image(question, looked)


# ── a file ───────────────────────────────────────────────────────────────────


def _of_file(question: Question, path: str, looked: Looked) -> Problem:
    target = looked.target
    if path == SETTINGS:
        return _answer(question, "settings", "is the repository's own configuration, in which nothing is updated")
    if excluded := _excluded(path, target.files):
        return _answer(question, "excluded", excluded, "change `files:` where it is said", path)
    if not (scan.wants(path) or bindings_of(target, path)):
        hint = "if a value of it is a tag, a line of `references:` says of which image"
        return _answer(question, "not-read", "is no kind of file that is read", hint, path)
    problems = [one for one in looked.scanned.problems if one.path == path]
    beside = [one for one in problems if question.line in (0, one.line) or one.code not in MARKED]
    if beside:
        return Problem(question.text, beside[0].code, beside[0].message, beside[0].hint, path, beside[0].line)
    return _of_line(question, path, looked)


def _of_line(question: Question, path: str, looked: Looked) -> Problem:
    """The file is read, and nothing wrong with it; but what is asked for is no reference."""
    there, mentions = (looked.inside(path, found) for found in (looked.scanned.references, looked.scanned.mentions))
    for one in mentions:
        if question.line in (0, one.line) and not (there and not question.line):
            return _mention(question, one)
    near = sorted(there, key=lambda one: abs(one.line - question.line))[:_NEAREST]
    hint = ", ".join(f"line {one.line}: {one.image if one.image.name else one.written}" for one in near)
    what = f"line {question.line} holds no reference" if question.line else "holds no reference"
    hint = f"nearest: {hint}" if hint else "a value that no locator knows is named by a marker or by `references:`"
    return _answer(question, "no-reference", what, hint, path, question.line)


def _mention(question: Question, one: Reference) -> Problem:
    why = "reads like a reference, but nothing says that it is one (a comment, a script): only `set` moves it"
    hint = "a marker beside it makes it one: # tagwright: semver=^1"
    return _answer(question, "mention", f"{one.written} {why}", hint, one.path, one.line)


def _excluded(path: str, files: FileSelection, whose: str = "") -> str:
    """Which glob keeps a file out, and whose it is; "" where none does."""
    own = whose or ("the repository's own files" if files.within else "files")
    said = f" ({files.source})" if files.source else ""
    for pattern in files.exclude:
        if globs.compile((pattern,))(path):
            return f"is excluded: {own}.exclude has {pattern}{said}"
    if not globs.compile(files.include)(path):
        return f"is not included: {own}.include has {', '.join(files.include)}{said}"
    return _excluded(path, files.within, "the operator's files") if files.within else ""


# ── an image ─────────────────────────────────────────────────────────────────


def _of_image(question: Question, looked: Looked) -> Problem:
    wanted = normalise(question.name)
    for one in looked.scanned.mentions:
        name = one.image.normalised
        if name and (name == wanted or name.endswith(f"/{question.name}")):
            return _mention(question, one)
    if scan.wants(question.path):
        close = _close(question.path, looked.paths)
        hint = f"did you mean {close}?" if close else "paths begin at the top of the repository"
        return _answer(question, "unknown-file", "there is no such file", hint)
    names = {one.image.normalised for one in looked.scanned.references if one.image.name}
    if close := _close(wanted, names, question.name):
        return _answer(
            question, "unknown-image", f"no reference of {question.text} was found", f"did you mean {close}?"
        )
    return _answer(
        question, "unknown-image", f"no reference of {question.text} was found", "`tagwright scan` lists them all"
    )


def _close(word: str, known: Iterable[str], short: str = "") -> str:
    """The names nearest to a word, or whose last part is nearest to its own; "" where none is near."""
    lasts: dict[str, str] = {}
    names = sorted(known)
    for name in names:
        lasts.setdefault(_last(name), name)
    last = _last(short or word)
    near = [one for one in difflib.get_close_matches(word, names, _NEAREST, 0.75) if _alike_at_all(last, _last(one))]
    near += [lasts[one] for one in difflib.get_close_matches(last, lasts, _NEAREST, 0.65)]
    return " or ".join(list(dict.fromkeys(near))[:_NEAREST])


def _last(name: str) -> str:
    return name.rpartition("/")[2]


def _alike_at_all(last: str, other: str) -> bool:
    """Names in one folder, or of one registry, are much alike whatever their last parts are."""
    return difflib.SequenceMatcher(None, last, other).ratio() >= 0.5


# ── a reference that no rule names ───────────────────────────────────────────


def closest(reference: Reference, target: Target) -> str:
    """The rule that nearly names a reference, and what stands in its way; "" where none is near."""
    rules = (*target.own_rules, *target.rules)
    return next((said for look in (_other_files, _other_image, _alike) for said in look(reference, rules)), "")


def _other_files(reference: Reference, rules: tuple[Rule, ...]) -> Iterator[str]:
    for rule in rules:
        if globs.compile(rule.images)(reference.image.normalised):
            yield f"{at(rule)} names the image, but only in files {', '.join(rule.files)}"


def _other_image(reference: Reference, rules: tuple[Rule, ...]) -> Iterator[str]:
    for rule in rules:
        if rule.files and globs.compile(rule.files)(reference.path):
            yield f"{at(rule)} names the file, but only images {', '.join(rule.images)}"


def _alike(reference: Reference, rules: tuple[Rule, ...]) -> Iterator[str]:
    patterns = {pattern: rule for rule in rules for pattern in rule.images}
    for pattern in difflib.get_close_matches(reference.image.normalised, patterns, 1, 0.75):
        yield f"nearest is {at(patterns[pattern])} with {pattern}"


def closest_image(patterns: Iterable[str], names: Iterable[str]) -> str:
    """The image that nearly answers to one of a rule's patterns, as a suggestion; "" where none is near."""
    known = sorted(names)
    for pattern in patterns:
        if close := _close(pattern, known):
            return f"did you mean {close}?"
    return ""


def at(rule: Rule) -> str:
    """A rule as people find it."""
    return f"the rule {rule.name} at {rule.path}:{rule.line}" if rule.name else f"the rule at {rule.path}:{rule.line}"


def _answer(question: Question, code: str, message: str, hint: str = "", path: str = "", line: int = 0) -> Problem:
    return Problem(question.text, code, message, hint, path, line)
