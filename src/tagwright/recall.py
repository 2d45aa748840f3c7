"""What Git remembers of earlier deliveries: trailers of commits, and what stands on a branch of ours."""

from __future__ import annotations

from dataclasses import dataclass, field

from tagwright import trailers
from tagwright.folder import Folder
from tagwright.model import Head, Mode, Target
from tagwright.plan import branch_name
from tagwright.survey import Place
from tagwright.trailers import Landed

HISTORY = 500
"""How many commits back the order of the standing image is looked for."""


@dataclass(frozen=True, slots=True)
class Past:
    """What Git remembers of earlier deliveries; each question is asked of it once."""

    target: Target
    head: Head
    place: Place
    _log: list[Landed] = field(default_factory=list)
    _proposed: dict[str, tuple[Landed, ...]] = field(default_factory=dict)

    def order(self, image: str, tag: str | None) -> int | None:
        """The order of the newest commit that wrote this tag of this image, if it gave one."""
        if isinstance(self.place, Folder):
            return None
        if not self._log:
            log = self.place.log(self.head.commit, HISTORY)
            self._log.extend(landed for _, message in log for landed in trailers.read(message))
        return next((one.order for one in self._log if one.name == image and one.tag == tag), None)

    def proposed(self, key: str, image: str) -> Landed | None:
        """What the branch of this group's pull request holds for the image, in that mode, if the branch is there."""
        delivery = self.target.delivery
        if isinstance(self.place, Folder) or delivery.mode is not Mode.PULL_REQUEST:
            return None
        if key not in self._proposed:
            branch = branch_name(delivery.branch_prefix, self.head.branch, key)
            commit = self.place.remote(branch)
            if commit:
                self.place.fetch(Head(branch, commit))
            self._proposed[key] = trailers.read(self.place.message(commit)) if commit else ()
        return next((one for one in self._proposed[key] if one.name == image), None)
