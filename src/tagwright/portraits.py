"""What the images of a change are, told by their registries to the people who review it.

Asked are the old and the new version of each image that is updated, each once a pass, and only when a pull request is
opened or says something new: whoever publishes asks then. A version costs one to three small requests (its manifest,
of an index one image's, its configuration), fewer where the cache knows its digest. Docker Hub counts manifests as
pulls; `delivery.details: false` leaves all of it out. A registry that fails costs what it would have told, and no more.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from tagwright.digests import Digests
from tagwright.errors import TagwrightError
from tagwright.lookup import describe_listed
from tagwright.model import Candidate, ChangeSet, Fact, Told
from tagwright.registries import Registries
from tagwright.views.updates import updates, version

log = logging.getLogger(__name__)

_ASKED = Fact.DIGEST | Fact.PUSHED | Fact.PLATFORMS | Fact.DETAILS


@dataclass(frozen=True, slots=True)
class Portraits:
    """What was told in this pass; `forges` are the kinds of forges by host, as the configuration has them."""

    registries: Registries
    forges: Mapping[str, str] = field(default_factory=dict)
    _told: dict[tuple[str, str], Candidate | None] = field(default_factory=dict)

    def of(self, change: ChangeSet) -> Told:
        """The images of a change, as far as they can be had. Never fails."""
        wanted: dict[str, dict[str, None]] = {}
        for one in updates(change.decisions):
            versions = filter(None, (version(one.old), version(one.new)))
            wanted.setdefault(one.identity, {}).update(dict.fromkeys(versions))
        for image, named in wanted.items():
            self._ask(image, [one for one in named if (image, one) not in self._told])
        keys = [(image, one) for image, named in wanted.items() for one in named]
        return Told({key: found for key in keys if (found := self._told[key])}, self.forges)

    def _ask(self, image: str, versions: Iterable[str]) -> None:
        """A version with a digest is what its digest names, whatever became of its tag."""
        names = {one: one.partition("@")[2] or one for one in versions}
        if not names:
            return
        self._told.update(dict.fromkeys((image, one) for one in names))
        known = Digests(self.registries.cache, image)
        try:
            found = describe_listed(image, names.values(), self.registries, _ASKED, known)
        except TagwrightError as error:
            log.info("%s: what its versions are is not known: %s", image, error.message)
            return
        known.keep()
        for one, name in names.items():
            if found[name].digest and not (found[name].artifact or found[name].unread):  # half an image tells nothing
                self._told[image, one] = found[name]
