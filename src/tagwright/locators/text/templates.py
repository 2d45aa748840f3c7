"""Templates of YAML under another name: read by their lines, see `lines`.

    values.yaml.gotmpl, deployment.yaml.j2, docker-compose.yml.erb, pod.tpl, values.yaml.example

A template of another format (`nomad.hcl.tpl`, `run.sh.j2`) is read as that.
"""

from __future__ import annotations

from collections.abc import Iterator

from tagwright.locators.base import Found
from tagwright.locators.text import lines
from tagwright.locators.text.names import TEMPLATES, plain
from tagwright.yaml_spans import Source

_YAML = (".yaml", ".yml", ".json")
# Templates of what holds no images of its own, or too much else.
_OTHERS = (".md", ".html", ".htm", ".css", ".js", ".ts", ".py", ".go", ".rb", ".java", ".php", ".txt", ".sql", ".lock")


class Templates:
    """Lines like YAML's."""

    kind = "text"
    cues: tuple[bytes, ...] = (b":",)

    def reads(self, path: str) -> bool:
        """Files that end in .j2, .gotmpl, .tpl, .tmpl, .erb, .template, and samples of YAML."""
        name = plain(path)
        if path.endswith(_YAML) or name.endswith(_OTHERS):
            return False
        return path.lower().endswith(TEMPLATES) or name.endswith(_YAML)

    def find(self, source: Source) -> Iterator[Found]:
        """What its lines say."""
        return lines.read(source)
