"""The wish of `set`, asked twice: what a second look at a branch that moved must remember of the first."""

from __future__ import annotations

from pathlib import Path

from tagwright.cache import Cache
from tagwright.folder import Folder
from tagwright.intents import parse
from tagwright.make_true import MakeTrue
from tagwright.model import Target, Verdict
from tagwright.registries import open_registries
from tagwright.survey import survey


def test_what_moved_on_meanwhile_is_still_concerned(tmp_path: Path) -> None:
    """A reference that was at the tag asked for at the first look is judged, not lost, when somebody moved it since;
    one that was at another tag then is none of the intent's business now either."""
    folder, target = Folder(tmp_path), Target("t", folder=str(tmp_path))
    wish = MakeTrue((parse("acme/api:1.1.0", from_tag="1.0.0"),), open_registries((), {}))

    def verdicts(text: str) -> dict[int, Verdict]:
        (tmp_path / "a.yaml").write_text(text)
        found = survey(folder, folder.head(), target, Cache(None), "", wish.worth)
        return {one.reference.line: one.verdict for one in wish.decide(target, folder.head(), found, folder)}

    assert verdicts("a: {image: acme/api:1.0.0}\nb: {image: acme/api:0.9.0}\n") == {1: Verdict.UPDATE}
    assert verdicts("a: {image: acme/api:1.5.0}\nb: {image: acme/api:0.9.0}\n") == {1: Verdict.SUPERSEDED}
    assert wish.unmatched() == ()
