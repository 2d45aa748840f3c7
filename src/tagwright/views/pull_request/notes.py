"""What Tagwright says in a pull request when it closes one, or sees that a person did, as Markdown."""

from __future__ import annotations

from collections.abc import Iterable

from tagwright.model import Decision, Verdict
from tagwright.views.escape import code


def closed(decisions: Iterable[Decision], base: str, *, committed: bool = False) -> str:
    """Why a pull request is closed, by what is decided about its references now; `committed` is what is proposed."""
    decisions = tuple(decisions)
    verdicts = {one.verdict for one in decisions} or {Verdict.UNMANAGED}
    if verdicts == {Verdict.CURRENT}:
        return f"Closed: {code(base)} says this already."
    if Verdict.UPDATE in verdicts:
        where = f"committed to {code(base)} directly" if committed else "proposed on another branch"
        return f"Closed: it is {where} now."
    why = next((one for one in decisions if one.verdict in (Verdict.HELD, Verdict.REJECTED)), None)
    if why:
        return f"Closed: {code(why.ruled.image)} is {why.verdict}: {code(why.detail)}."
    if verdicts <= {Verdict.UNMANAGED}:
        return "Closed: what it changes is gone, or is proposed together with something else now."
    nothing = next((one.detail for one in decisions if one.detail), "")
    return "Closed: the policy wants nothing of this any longer" + (f": {code(nothing)}." if nothing else ".")


def awaited(decisions: Iterable[Decision]) -> str:
    """What a draft waits for."""
    details = dict.fromkeys(one.detail for one in decisions if one.awaited and one.detail)
    return "; ".join(code(detail) for detail in list(details)[:1]) + ("; …" if len(details) > 1 else "")


def understood(versions: Iterable[str]) -> str:
    """What a person's "no" to these versions means from now on."""
    named = ", ".join(code(one) for one in versions)
    return (
        f"Understood: {named} will not be proposed here again; a newer version will. "
        "To take that back, restore the branch and open this pull request again, or commit with the line "
        "`Tagwright: resume`."
    )
