"""The wish of `set`: given images become true wherever they are referenced, and never go backwards.

An intent says what should stand, not how a file should look, so it can be applied again to
whatever the branch has become: what is already true, or overtaken by something newer, is
left alone and said so.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from tagwright import image as images
from tagwright import prefilter, trailers
from tagwright.config import rule_for
from tagwright.decide import is_active, order
from tagwright.errors import ImageError, Problem, TagwrightError, UsageError
from tagwright.folder import Folder
from tagwright.globs import compile as matches
from tagwright.image import Image
from tagwright.lookup import describe
from tagwright.model import Candidate, Decision, Delivery, Part, Reference, Ruled, Target, Verdict
from tagwright.registries import Registries
from tagwright.survey import Place, Survey, Worth
from tagwright.views.markdown import describe_change


@dataclass(frozen=True, slots=True)
class Intent:
    """An image that should stand: where its repository is referenced, or where a Flux marker of `policy` stands.

    `files` are globs (none = every file), `from_tag` the tag or digest a reference must be
    at now, `order` the rank of this image where nothing else orders it.
    """

    image: Image
    files: tuple[str, ...] = ()
    from_tag: str = ""
    order: int | None = None
    policy: str = ""

    def concerns(self, reference: Reference, ruled: Ruled, any_tag: bool = False) -> bool:
        """Is this the image meant, in a file and (unless `any_tag`) at a tag that were asked for?

        A tag alone has the image that a marker or rule binds to it; kustomize finds what it
        replaces by an entry's `name`, whatever the entry makes of it.
        """
        if self.policy:
            named = bool(reference.marker and reference.marker.policy == self.policy)
        else:
            named = self.image.normalised in (ruled.image, images.normalise(reference.alias))
        at = any_tag or not self.from_tag or self.from_tag in (reference.image.tag, reference.image.digest)
        return named and at and (not self.files or matches(self.files)(reference.path))


def parse(text: str, **settings: Any) -> Intent:
    """ "IMAGE:TAG[@DIGEST]" as an intent. Raises UsageError where the tag and the digest are both missing."""
    try:
        wanted = _marked(text) if settings.get("policy") else images.parse(text)
    except ImageError as error:
        raise UsageError(error.message, hint=error.hint) from error
    if not (wanted.tag or wanted.digest):
        raise UsageError(f"{text!r} names no tag", hint="write IMAGE:TAG, for example ghcr.io/acme/api:1.4.2")
    return Intent(wanted, **settings)


def _marked(text: str) -> Image:
    """An image for markers, which bind one part of a name: its tag may be one that no registry takes ("-1")."""
    name, colon, tag = text.rpartition(":")
    if colon and re.fullmatch(r"[-.][\w.-]{0,127}", tag):
        return replace(images.parse(name), tag=tag)
    return images.parse(text)


BATCH_KEYS = {"image": str, "files": list, "from_tag": str, "order": int, "policy": str}


def parse_batch(text: str, where: str, **defaults: Any) -> tuple[Intent, ...]:
    """JSON (an object or a list of them) or JSON lines; `defaults` hold where an entry says nothing.

    Raises UsageError with the line or index of the first mistake.
    """
    try:
        whole = json.loads(text)
        items = [
            (f"{where}[{index}]", item) for index, item in enumerate(whole if isinstance(whole, list) else [whole])
        ]
    except ValueError:
        items = [
            (f"{where}:{n}", _json(line, f"{where}:{n}")) for n, line in enumerate(text.splitlines(), 1) if line.strip()
        ]
    return tuple(_from_json(item, at, defaults) for at, item in items)


def _json(line: str, at: str) -> Any:
    try:
        return json.loads(line)
    except ValueError as error:
        raise UsageError(
            f"{at}: not JSON: {error}", hint='expected {"image": "ghcr.io/acme/api:1.4.2"} a line'
        ) from error


def _from_json(item: Any, at: str, defaults: dict[str, Any]) -> Intent:
    if not isinstance(item, dict) or not isinstance(item.get("image"), str):
        raise UsageError(
            f"{at}: expected an object with an image", hint='for example {"image": "ghcr.io/acme/api:1.4.2"}'
        )
    for key, value in item.items():
        if key not in BATCH_KEYS:
            raise UsageError(f"{at}: unknown key {key!r}", hint=f"expected one of {', '.join(BATCH_KEYS)}")
        if not isinstance(value, BATCH_KEYS[key]) or isinstance(value, bool):
            raise UsageError(f"{at}: {key} is {value!r}", hint=f"expected a {BATCH_KEYS[key].__name__}")
    settings = {**defaults, **{key: value for key, value in item.items() if key != "image"}}
    return parse(item["image"], **{**settings, "files": tuple(settings.get("files", ()))})


Anchor = tuple[str, str, str]
"""Where a reference stands, whatever its line: path, path inside the document, image."""


@dataclass(frozen=True, slots=True)
class MakeTrue:
    """Make every intent true where it is newer than what stands.

    Newer by the reference's policy, else by version order, else by `order` against the
    commit that wrote the current one, else by the images' dates when the registry is asked;
    what nothing orders is written, unless it changed since this process first looked.
    """

    intents: tuple[Intent, ...]
    registries: Registries
    pin_digest: bool = False
    verify: bool = False
    allow_downgrade: bool = False
    override_hold: bool = False
    message: str = ""
    _first: dict[Anchor, str] = field(default_factory=dict)
    _facts: dict[Image, Candidate | Problem] = field(default_factory=dict)

    @property
    def worth(self) -> Worth:
        """Only files that spell one of the images, or name one of the policies, are parsed."""
        spells = prefilter.compile(intent.image.normalised for intent in self.intents if not intent.policy).search
        return lambda data: bool(spells(data)) or any(mark in data for mark in FLUX_MARKS)

    def decide(self, target: Target, found: Survey, place: Place) -> tuple[Decision, ...]:
        """Decide about the references that some intent concerns; the others are none of its business."""
        flux = {policy.name: policy for policy in found.scanned.flux_policies}
        decisions = []
        for reference in found.scanned.references:
            ruled = rule_for(reference, target, flux)
            anchor = (reference.path, reference.where, ruled.image)
            # another writer may have moved a reference on from the tag it was found at
            seen = anchor in self._first
            wanted = [intent for intent in self.intents if intent.concerns(reference, ruled, any_tag=seen)]
            if wanted:
                changed = self._first.setdefault(anchor, reference.written) != reference.written
                decisions.append(_Judge(self, ruled, changed, found.commit, place).fold(reference, wanted))
        return tuple(decisions)

    def describe(self, key: str, decisions: tuple[Decision, ...], delivery: Delivery) -> tuple[str, str]:
        """Title and commit message, with each image's order for those who come after."""
        orders = {i.image.normalised: i.order for i in self.intents if i.order is not None}
        said = describe_change(key, decisions, delivery, orders=orders, words=self.message)
        return said.title, said.message

    def unmatched(self, decisions: Iterable[Decision]) -> tuple[Intent, ...]:
        """The intents for which no reference was found."""
        found = [(decision.reference, decision.ruled) for decision in decisions]
        return tuple(i for i in self.intents if not any(i.concerns(*one, any_tag=True) for one in found))

    def facts(self, wanted: Image) -> Candidate | Problem:
        """What the registry knows of an image's tag, asked once."""
        if wanted not in self._facts:
            tag = wanted.tag or ""
            try:
                self._facts[wanted] = describe(wanted.normalised, (tag,), self.registries)[tag]
            except TagwrightError as error:
                self._facts[wanted] = error.problem(str(wanted))
        return self._facts[wanted]


@dataclass(frozen=True, slots=True)
class _Judge:
    """One reference against the intents that concern it."""

    wish: MakeTrue
    ruled: Ruled
    changed: bool
    commit: str
    place: Place

    def fold(self, reference: Reference, wanted: list[Intent]) -> Decision:
        """Apply the intents one after another, each to what the last one left."""
        image = reference.image
        decision = self.judge(reference, wanted[0])
        for intent in wanted[1:]:
            image = decision.new or image
            decision = self.judge(replace(reference, image=image), intent)
        image = decision.new or image
        if image == reference.image:
            return replace(decision, reference=reference)
        return Decision(reference, self.ruled, Verdict.UPDATE, image.tag, image)

    def judge(self, reference: Reference, intent: Intent) -> Decision:
        """What becomes of the reference for this intent alone."""
        standing, wanted = reference.image, intent.image
        hold = self.ruled.hold
        if hold and is_active(hold, datetime.now(UTC)) and not self.wish.override_hold:
            return self._left(reference, Verdict.HELD, hold.reason)
        new = wanted if intent.policy else Image(standing.name, wanted.tag or standing.tag, wanted.digest)
        if _already(reference, new):
            return self._left(reference, Verdict.CURRENT, "already so")
        newer = None if self.wish.allow_downgrade else self._newer(standing, intent)
        if newer is not None and newer < 0:
            return self._left(reference, Verdict.SUPERSEDED, f"{standing.tag} is newer than {wanted.tag}")
        if newer is None and self.changed and not self.wish.allow_downgrade:
            detail = f"it became {reference.written} meanwhile, and nothing says which is newer"
            return self._refused(
                reference, Verdict.CONFLICT, "conflict", detail, "give --order, or run the command again"
            )
        return self._update(reference, new, wanted)

    def _update(self, reference: Reference, new: Image, wanted: Image) -> Decision:
        """Write it, with a digest where one stands (a stale one never stays) or is asked for."""
        if (_keeps_digest(reference) or self.wish.pin_digest or self.wish.verify) and not new.digest:
            facts = self.wish.facts(wanted)
            if isinstance(facts, Problem) or not facts.digest:
                why = facts.message if isinstance(facts, Problem) else f"the registry gives no digest for {wanted}"
                hint = facts.hint if isinstance(facts, Problem) else ""
                return self._refused(
                    reference, Verdict.ERROR, "digest-unknown", why, hint or "give the digest: IMAGE:TAG@DIGEST"
                )
            if _keeps_digest(reference) or self.wish.pin_digest:
                new = replace(new, digest=facts.digest)
                if _already(reference, new):
                    return self._left(reference, Verdict.CURRENT, "already so")
        return Decision(reference, self.ruled, Verdict.UPDATE, new.tag, new)

    def _newer(self, standing: Image, intent: Intent) -> int | None:
        """1: the intent is newer than what stands; -1: older; None: nothing orders the two."""
        if not standing.tag or not intent.image.tag:
            return None
        if standing.tag != intent.image.tag:
            by_version = order(self.ruled.policy, standing.tag, intent.image.tag)
            if by_version:
                return by_version
        return self._by_order(standing, intent) or self._by_date(standing, intent.image)

    def _by_order(self, standing: Image, intent: Intent) -> int | None:
        if intent.order is None or isinstance(self.place, Folder):
            return None
        written = _order_of(standing, self.place.log(self.commit, HISTORY))
        return None if written is None else (intent.order > written) - (intent.order < written)

    def _by_date(self, standing: Image, wanted: Image) -> int | None:
        if not (self.wish.verify or self.wish.pin_digest) or standing.tag == wanted.tag:
            return None
        old, new = (self.wish.facts(Image(wanted.name, tag)) for tag in (standing.tag, wanted.tag))
        if isinstance(old, Problem) or isinstance(new, Problem) or not old.created or not new.created:
            return None
        return (new.created > old.created) - (new.created < old.created) or None

    def _left(self, reference: Reference, verdict: Verdict, detail: str) -> Decision:
        return Decision(reference, self.ruled, verdict, reference.image.tag, detail=detail)

    def _refused(self, reference: Reference, verdict: Verdict, code: str, message: str, hint: str) -> Decision:
        problem = Problem(str(reference.image), code, message, hint, reference.path, reference.line)
        return Decision(reference, self.ruled, verdict, detail=message, problem=problem)


FLUX_MARKS = (b"$imagepolicy", b"ImagePolicy", b"ImageRepository")
"""Files that bind an image to a tag elsewhere, without spelling it beside the tag."""

HISTORY = 500
"""How many commits back the order of the standing image is looked for."""


def _order_of(standing: Image, log: Iterable[tuple[str, str]]) -> int | None:
    """The order of the newest commit that wrote this tag of this image, if it gave one."""
    for _, message in log:
        for landed in trailers.read(message):
            if landed.name == standing.normalised and landed.new.partition("@")[0] == standing.tag:
                return landed.order
    return None


def _keeps_digest(reference: Reference) -> bool:
    return bool(reference.image.digest) or any(slot.part is Part.DIGEST for slot in reference.slots)


def _already(reference: Reference, new: Image) -> bool:
    """Does every part that the reference spells read as `new` says? A digest nobody gave is not asked about."""
    standing = reference.image
    parts = {slot.part for slot in reference.slots}
    same_name = new.name == standing.name or not parts & {Part.IMAGE, Part.NAME, Part.REGISTRY}
    same_tag = new.tag == standing.tag or parts <= {Part.NAME, Part.REGISTRY, Part.DIGEST}
    same_digest = new.digest == standing.digest or (new.digest is None and new.tag == standing.tag)
    return same_name and same_tag and (same_digest or parts <= {Part.NAME, Part.REGISTRY})
