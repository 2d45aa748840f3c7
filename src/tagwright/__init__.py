"""Tagwright: new image in the registry -> reviewed commit in Git, and nothing else disturbed.

The map of the house, in the order the data flows:

    cli.py        which of commands/ is meant; flags.py, places.py and outside.py turn flags into targets and clients;
                  talking.py and exits.py: what they say, and how they end
    serve/        passes by a timetable and by what is told     webhooks/, announce/: who tells; serve/web/: how
    run.py        the pipeline on one screen: scan, decide, plan, publish, and again when someone pushed first
    survey.py     files of a head   -> what they hold         scan.py, locators/, one shape a file; yaml_spans/
    follow.py     the wish of `run`: policies                 lookup.py, registries/; decide.py, choose.py, policies/
                  inquiry.py: what is asked of registries   ages.py, ledger.py: when a tag was first seen
    make_true.py  the wish of `set`: intents                  intents.py, recall/: what Git remembers
    explain.py    the wish of `explain`: questions            standing.py: newest at all; unmanaged.py: why nothing
    plan.py       Decisions         -> ChangeSets             edits.py splices, proof/ reads a second time
    publish/      ChangeSets        -> commits, pull requests git/, folder.py, forges/, views/, portraits.py
    looking_back.py  and what became of them: `history`       audit.py, git/trail.py
    reporting.py  how targets stand: `report`, and the page   board.py, status.py, views/page/
    afterwards.py what a pass leaves beside its commits       metrics/, notify/; logs.py, tracing.py
    check.py      what was written  -> mistakes, warnings     footguns.py, unmatched.py: what nothing answers to

`model/` holds the nouns that travel between them, a file for each stage; `config/` says
what people want of a reference; every view of a result (text, JSON, Markdown) is in `views/`.
`cache/`, `answers.py` and `digests.py` keep what one pass leaves for the next, all of it safe to lose.
"""

__version__ = "0.1.0"
