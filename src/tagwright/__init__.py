"""Tagwright: new image in the registry -> reviewed commit in Git, and nothing else disturbed.

The map of the house, in the order the data flows:

    run.py       the pipeline: scan, lookup, decide, plan, publish
    scan.py      files of a commit  -> References      (locators/, one shape a file)
    lookup.py    images             -> Offers          (registries/, each repository asked once)
    decide.py    Reference + tags   -> Decision        (policies/, one kind a file)
    plan.py      Decisions          -> ChangeSets
    publish.py   ChangeSet          -> commit, pull request   (git.py, forges/)

`model.py` holds the nouns that travel between them. Every view of a result
(text, JSON, Markdown) is in `views/`.
"""

__version__ = "0.1.0"
