"""The page that people look at: what passes left of targets -> HTML. It works without JavaScript, and holds none."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from tagwright.model import Event, ImageStatus, State, TargetStatus
from tagwright.views.page import plots
from tagwright.views.page.asked import Query
from tagwright.views.page.rendering import rendered
from tagwright.views.page.rows import WORST_FIRST, Changes, Row, Watched, asked_for, counts, cut, history
from tagwright.views.page.site import File, Served

MOST_GROUPS = 50
"""Ways in which one image stands that its page tells of."""

MOST_EVENTS = 200
MOST_ROWS = 2_000
MOST_SECTIONS = 500
"""What one file of a report holds: of more, the most urgent."""


def overview(watched: Watched, query: Query) -> str:
    """Every reference that is asked for, and what they come to."""
    rows, changes = watched.rows, Changes()
    found = asked_for(rows, query, changes)
    here = cut(found, query.page)
    return rendered(
        "overview.html",
        site=Served(),
        here="images",
        watched=watched,
        query=query,
        cut=here,
        changes=changes,
        caption=_caption(here.total, "reference", len(rows)),
        counted=_ordered(counts(rows)),
        lag=plots.lag(rows),
        updates=plots.updates(watched.targets, query.days, watched.now),
        failed=_failed(watched.targets),
    )


def image(watched: Watched, name: str) -> str | None:
    """Everything known of one image; None where nothing is."""
    rows = [row for row in watched.rows if row.image.image == name]
    events = history(watched.targets, name)
    if not rows and not any(event.image == name for _, event in events):
        return None
    groups = alike(rows)
    return rendered(
        "image.html",
        site=Served("../" * (1 + name.count("/"))),
        here="",
        watched=watched,
        name=name,
        total=len(rows),
        targets=len({id(row.target) for row in rows}),
        groups=groups[:MOST_GROUPS],
        more=len(groups[MOST_GROUPS:]),
        events=events[:MOST_EVENTS],
    )


def past(watched: Watched, query: Query) -> str:
    """What was written back, as the commits tell it."""
    words, names = query.q.casefold().split(), query.target.casefold()
    found = [
        (target, event)
        for target, event in history(watched.targets)
        if names in target.name.casefold() and _tells(event, words)
    ]
    here = cut(found, query.page)
    return rendered(
        "history.html",
        site=Served(),
        here="history",
        watched=watched,
        query=query,
        cut=here,
        caption=_caption(here.total, "event", here.total) + " of the last 90 days, newest first",
        updates=plots.updates(watched.targets, query.days, watched.now),
    )


def targets(watched: Watched, query: Query) -> str:
    """Each target: when it was looked at, how its images stand, what went wrong."""
    worst = sorted(watched.targets, key=lambda one: (not one.problems, one.name))
    here = cut([(one, _ordered(Counter(each.state for each in one.images))) for one in worst], query.page)
    caption = _caption(here.total, "target", here.total)
    return rendered(
        "targets.html", site=Served(), here="targets", watched=watched, query=query, cut=here, caption=caption
    )


def missing(watched: Watched, name: str) -> str:
    """The page of an image of which nothing is known."""
    site = Served("../" * (1 + name.count("/")))
    return rendered("image.html", site=site, here="", watched=watched, name=name, groups=(), events=())


def report(watched: Watched) -> str:
    """Everything in one file that needs nothing beside it: for a browser, a mail, an artifact of CI."""
    changes = Changes()
    rows = asked_for(watched.rows, Query(), changes)
    names = dict.fromkeys(row.image.image for row in rows)
    told = dict.fromkeys([*names][:MOST_SECTIONS])
    sections: dict[str, list[Row]] = {name: [] for name in told}
    for row in rows:
        if row.image.image in sections:
            sections[row.image.image].append(row)
    return rendered(
        "report.html",
        site=File({name: f"image-{number}" for number, name in enumerate(told, 1)}),
        here="",
        watched=watched,
        counted=_ordered(counts(rows)),
        lag=plots.lag(rows),
        updates=plots.updates(watched.targets, 90, watched.now),
        failed=_failed(watched.targets),
        rows=rows[:MOST_ROWS],
        more_rows=len(rows[MOST_ROWS:]),
        most=MOST_ROWS,
        changes=changes,
        caption=_caption(len(rows[:MOST_ROWS]), "reference", len(rows)),
        sections=[(name, alike(each)[:MOST_GROUPS]) for name, each in sections.items()],
        more_sections=len(names) - len(told),
        events=history(watched.targets)[:MOST_EVENTS],
    )


def alike(rows: Iterable[Row]) -> list[list[Row]]:
    """References of one image that stand at the same tag, by the same rule, for the same reason; the worst first."""
    groups: dict[object, list[Row]] = {}
    for row in sorted(rows, key=lambda row: WORST_FIRST.index(row.image.state)):
        groups.setdefault(_way(row.image), []).append(row)
    return list(groups.values())


def _way(one: ImageStatus) -> object:
    return one.state, one.current, one.allowed, one.newest, one.policy, one.source, one.detail, one.rulings


def _tells(event: Event, words: list[str]) -> bool:
    text = "\n".join((event.image, event.old, event.new, event.author, event.subject, event.kind)).casefold()
    return all(word in text for word in words)


def _ordered(counted: Counter[State]) -> list[tuple[State, int]]:
    return [(state, counted[state]) for state in WORST_FIRST]


def _failed(statuses: Iterable[TargetStatus]) -> list[TargetStatus]:
    """The targets that failed as a whole: what went wrong is of no image that was decided about."""
    return [one for one in statuses if one.problems and not any(each.state is State.FAILING for each in one.images)]


def _caption(shown: int, noun: str, total: int) -> str:
    """ "12 of 240 references"."""
    of = f"{shown:,} of {total:,}" if shown != total else f"{total:,}"
    return f"{of} {noun}" if total == 1 else f"{of} {noun}s"
