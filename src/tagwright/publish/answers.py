"""What people made of our pull requests, as far as the forge tells and nobody decided by it yet."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

from tagwright.forges.base import PullRequest, State
from tagwright.image import Image
from tagwright.ledger import Answer, is_version
from tagwright.model import Decision, Head
from tagwright.trailers import Landed
from tagwright.views.pull_request import marks

Said = tuple[str, Answer]
"""An answer, and the image it is about."""


_MOST = 20  # versions of one image in a pull request; ours have one a policy


def turned_down(
    decisions: Iterable[Decision], found: PullRequest | None, head: Head, branch: Iterable[Landed] = ()
) -> Iterator[Said]:
    """A "no" to each version that a pull request proposed, where a person closed it unmerged.

    One whose text does not say any more what it proposed is taken to have proposed what is proposed now. Whoever may
    edit the text may write anything there: where our commit is on the `branch` still, what that proposes counts of it
    and nothing else.
    """
    if found is None or found.state is not State.CLOSED or marks.is_withdrawn(found.body):
        return
    proposed, there = marks.proposed(found.body), {(one.name, one.new) for one in branch if is_version(one.new)}
    for decision in decisions:
        image = decision.ruled.image
        named = [one.new for one in proposed if one.name == image]
        versions = {version for version in named if is_version(version)}
        if not versions and (named or not proposed):
            versions = {new for name, new in there if name == image} or {spelled(decision.new)}
        for version in sorted(one for one in versions if not there or (image, one) in there)[:_MOST]:
            yield image, _answer(decision, version, found, head, accepted=False)


def taken_back(decisions: Iterable[Decision], found: PullRequest, head: Head) -> Iterator[Said]:
    """A "yes" to each version that was turned down, where the pull request that proposes it is open."""
    proposed = {(one.name, one.new) for one in marks.proposed(found.body)}
    for decision in decisions:
        for one in decision.ruled.rejected:
            if one.pull_request and (decision.ruled.image, one.version) in proposed:
                yield decision.ruled.image, _answer(decision, one.version, found, head, accepted=True)


def _answer(decision: Decision, version: str, found: PullRequest, head: Head, *, accepted: bool) -> Answer:
    now = datetime.now(UTC)
    return Answer(version, found.base, decision.reference.path, accepted, head.commit, now, found.url)


def spelled(image: Image | None) -> str:
    """An image's version as answers and trailers spell it."""
    return str(Image("", image.tag, image.digest)).lstrip(":@") if image else ""
