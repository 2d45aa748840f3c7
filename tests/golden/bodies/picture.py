"""A body drawn as a forge shows it: an SVG around the HTML that a renderer of GitHub's Markdown makes of it."""

from __future__ import annotations

from html import escape

from markdown_it import MarkdownIt

WIDTH = 920

STYLE = """
.pull { font: 14px/1.5 -apple-system, "Segoe UI", "Noto Sans", Helvetica, Arial, sans-serif; color: #1f2328;
  background: #fff; border: 1px solid #d1d9e0; border-radius: 6px; margin: 0; }
.pull h1 { font-size: 22px; font-weight: 400; margin: 16px 20px 8px; }
.pull .open { display: inline-block; background: #1f883d; color: #fff; border-radius: 16px; padding: 3px 12px;
  margin: 0 8px 0 20px; font-weight: 500; }
.pull .into { color: #59636e; }
.pull .said { border-top: 1px solid #d1d9e0; margin-top: 14px; padding: 14px 20px 6px; }
.pull p { margin: 0 0 12px; } .pull ul { margin: 0 0 12px; padding-left: 24px; }
.pull code { font: 12px ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace;
  background: #eff1f3; border-radius: 4px; padding: 2px 5px; }
.pull pre { background: #f6f8fa; border-radius: 6px; padding: 10px 14px; margin: 0 0 12px; white-space: pre-wrap;
  word-break: break-word; } .pull pre code { background: none; padding: 0; }
.pull table { border-collapse: collapse; margin: 0 0 14px; }
.pull th, .pull td { border: 1px solid #d1d9e0; padding: 5px 11px; text-align: left; }
.pull a { color: #0969da; } .pull .box { display: inline-block; width: 11px; height: 11px; border: 1px solid #818b98;
  border-radius: 3px; margin: 0 6px -1px -18px; } .pull li:has(.box) { list-style: none; }
"""


def drawn(title: str, branch: str, base: str, body: str, height: int) -> str:
    """The pull request's page, `WIDTH` wide and `height` high, in CSS pixels."""
    html = MarkdownIt("gfm-like").render(body)
    html = html.replace("[ ] <!-- tagwright:rebuild -->", '<span class="box"></span>')
    html = "".join(part for part in html.partition("<!-- tagwright\n")[0])
    head = (
        f"<h1>{escape(title)}</h1><span class='open'>Open</span><span class='into'>"
        f"tagwright wants to merge 1 commit into <code>{escape(base)}</code> from <code>{escape(branch)}</code></span>"
    )
    page = f"<div xmlns='http://www.w3.org/1999/xhtml' class='pull'>{head}<div class='said'>{html}</div></div>"
    return (
        f"<svg xmlns='http://www.w3.org/2000/svg' width='{WIDTH}' height='{height}' viewBox='0 0 {WIDTH} {height}'>"
        f"<style>{STYLE}</style><foreignObject width='{WIDTH}' height='{height}'>{page}</foreignObject></svg>\n"
    )
