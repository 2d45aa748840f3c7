"""What a file is, by its name."""

from __future__ import annotations

TEMPLATES = (".j2", ".jinja", ".jinja2", ".gotmpl", ".tmpl", ".tpl", ".erb", ".template", ".mustache", ".hbs")
_SAMPLES = (".example", ".sample", ".dist", ".in", ".default")


def plain(path: str) -> str:
    """The last part of a path in lower case, without the endings of templates and samples: `nomad.hcl.tpl` is HCL."""
    name = path.rpartition("/")[2].lower()
    while name.endswith((*TEMPLATES, *_SAMPLES)):
        name = name.rpartition(".")[0]
    return name
