"""The nouns. Frozen data that travels between the verbs; no behaviour beyond a property.

Config -> Target, Rule -> Reference(Slot…) -> Candidate -> Ruling -> Decision
       -> Edit -> ChangeSet -> Published -> TargetReport -> Report

A file for each stage, loaded when the first of its nouns is asked for: making a frozen dataclass
costs about half a millisecond, and `choose` needs six of nearly forty.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tagwright.model.announced import *  # noqa: F403
    from tagwright.model.asked import *  # noqa: F403
    from tagwright.model.audited import *  # noqa: F403
    from tagwright.model.changed import *  # noqa: F403
    from tagwright.model.configured import *  # noqa: F403
    from tagwright.model.decided import *  # noqa: F403
    from tagwright.model.found import *  # noqa: F403
    from tagwright.model.hints import *  # noqa: F403
    from tagwright.model.hooked import *  # noqa: F403
    from tagwright.model.notified import *  # noqa: F403
    from tagwright.model.offered import *  # noqa: F403
    from tagwright.model.ruled import *  # noqa: F403
    from tagwright.model.service import *  # noqa: F403
    from tagwright.model.spent import *  # noqa: F403
    from tagwright.model.status import *  # noqa: F403
    from tagwright.model.tried import *  # noqa: F403
    from tagwright.model.wanted import *  # noqa: F403

STAGES = {
    "found": "TreeEntry Head Changed Part Style Form Slot Marker Reference FluxPolicy FluxRepository FluxAutomation "
    "ChartSource Scanned",
    "ruled": "Hold Schedule Freeze Windows Rejection Ruled",
    "wanted": "PolicyKind Filter PolicySpec",
    "configured": "Secret RegistryCredentials RegistrySettings Rule Held Binding FileSelection Mode Signing Delivery "
    "GitHubApp ForgeSettings GitAccess Target Config",
    "offered": "Fact Details Candidate TagList Told",
    "decided": "Reason Verdict Ruling Choice Wanted Decision",
    "asked": "Question Visited Described Explained",
    "changed": "Edit FileChange ChangeSet Outcome Published TargetReport Report",
    "spent": "HostCost ImageCost RuleCost Cost",
    "notified": "Occasion Digest CloudEvents Notification Notice Outbox",
    "status": "State TagRuling Verdicts ImageStatus Delivered TargetStatus Change",
    "hooked": "Proves Webhook",
    "hints": "Pushed Moved Asked",
    "service": "Access Service",
    "audited": "Happened Event Branch",
    "announced": "IssuerKind AnnounceRule Announcer",
    "tried": "Want Case Got Tried",
}
_STAGE = {noun: stage for stage, nouns in STAGES.items() for noun in nouns.split()}


def __getattr__(noun: str) -> Any:
    """The noun, from its stage's file (PEP 562)."""
    if noun not in _STAGE:
        raise AttributeError(f"module {__name__!r} has no attribute {noun!r}")
    globals()[noun] = found = getattr(import_module(f"{__name__}.{_STAGE[noun]}"), noun)
    return found
