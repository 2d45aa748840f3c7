"""Commands and variables of shells that hold an image: what the lines of scripts, units and settings share.

docker run -p 80:80 redis:7.2 --save 60 1      the first argument that is no option's; over continued lines too
podman pull redis:7.2 nginx:1.29               every argument
kubectl set image deployment/api api=redis:7.2
BUILD_IMAGE ?= golang:1.25                     a variable, or an option (--image=redis:7.2), whose name ends so
${IMAGE:-redis:7.2}                            its default
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tagwright.locators.base import Found, parsed
from tagwright.locators.text.words import found, means_image, whole

_BLANK = r"(?:[ \t]|[\\`^][ \t]*\r?\n)"
_TOOLS = "docker|podman|nerdctl|ctr|crictl|crane|skopeo|regctl|buildah|finch|kubectl|oc"
_VERBS = "run|create|pull|save|inspect|copy|digest|manifest|config|export|from|set"
# One word of a shell, whatever stands in it; of `$(…)` that holds parentheses those of one level.
_QUOTED = r""""[^"\n]{0,1000}+"|'[^'\n]{0,1000}+'|\$\((?:[^()\n]|\([^()\n]*+\)){0,500}+\)|\$\{[^{}\n]{0,1000}+\}"""
_COMMAND = re.compile(
    rf"""(?<![\w./-])(?:(?<==)[-+!]{{1,2}})?(?:/(?:usr/)?(?:local/)?s?bin/)?(?P<tool>{_TOOLS})(?:\.exe)?
        (?:{_BLANK}++-[\w=.:/-]++){{0,5}}(?:{_BLANK}++(?:images?|container|service)(?![\w-]))?
        {_BLANK}++(?P<verb>{_VERBS})(?![\w-])
        (?P<rest>(?:[^\\`^\n;|&"'$]|[\\`^](?:[ \t]*\r?\n)?|{_QUOTED}|\$)*+)""",
    re.VERBOSE,
)
_ARGUMENT = re.compile(rf"""(?:[^\s"'\\`^$]|{_QUOTED}|\$|[\\`^](?!\s))++""")
_SWITCH = re.compile(
    r"-[ditPqaf]+|--(?:detach|interactive|tty|rm|init|privileged|read-only|publish-all|quiet|no-healthcheck"
    r"|all-tags|force|replace|insecure|all|disable-content-trust|oom-kill-disable)"
)
_RUNS = ("run", "create", "from")  # what follows the image is a command line of its own
_OPTIONS = re.compile(r"""["']?\$\{?\w*(?:opt|arg|flag|param|env|vol|mount)""", re.IGNORECASE)
_END = r"""(?![\w./:@$%{}(*+-])"""
_VARIABLE = re.compile(
    rf"""(?:(?<![\w.-])|(?<![\w.-])(?P<option>--?))(?P<key>[A-Za-z_][\w-]{{0,100}}+)
        (?:[ \t]*+(?:\?=|:{{0,3}}=(?![=~])|\+=)[ \t]*+|(?<=image)(?(option)[ \t]++|(?!)))
        ["']?(?P<value>[\w./:@-]++){_END}""",
    re.VERBOSE | re.IGNORECASE,
)
_DEFAULT = re.compile(r"""\$\{(?P<key>\w{1,100}+):?[-=]["']?(?P<value>[\w./:@-]++)["']?\}""")


def commands(kind: str, text: str, start: int = 0, end: int | None = None) -> Iterator[Found]:
    """What container tools are told to run or to fetch in a stretch of text; comments must be blank already."""
    for match in _COMMAND.finditer(text, start, len(text) if end is None else end):
        verb, sets = match["verb"], match["tool"] in ("kubectl", "oc")
        before = ""
        for argument in _ARGUMENT.finditer(text, *match.span("rest")):
            last, before = before, argument[0]
            if before.startswith("-") or _OPTIONS.match(before):
                continue
            if last.startswith("-") and "=" not in last and not _SWITCH.fullmatch(last):
                continue
            first, behind = argument.span()
            if sets:
                first += before.find("=") + 1
            elif before[0] in "\"'":
                first, behind = first + 1, behind - 1
            word = whole(text, first, behind)
            if word and sets == (verb == "set" and "=" in before):
                yield found(kind, word, text, (match["tool"],))
            if verb in _RUNS and ("$" in before or parsed(text[first:behind])):
                break


def variables(kind: str, text: str) -> Iterator[Found]:
    """Variables and options that say in their name that they hold an image, and what variables default to."""
    for pattern in (_VARIABLE, _DEFAULT):
        for match in pattern.finditer(text):
            word = whole(text, *match.span("value"))
            if word and (word.certain or means_image(match["key"])):
                yield found(kind, word, text, (match["key"],))
