"""Policy tests: files of cases, tried through the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tagwright import cli

EXAMPLES = Path(__file__).resolve().parents[2] / "config"
CONFIGURATION = """
rules:
  - {name: ours, images: [ghcr.io/acme/*], files: [apps/**], policy: {semver: ">=1.2 <2"}}
freeze: [{from: 2030-01-01, until: 2030-01-05, reason: holidays}]
holds: [{images: [redis], reason: INC-12}]
targets:
  - {name: one, repository: https://github.com/acme/one}
  - {name: two, repository: https://github.com/acme/two, rules: [{images: ["**"], policy: {compatible: patch}}]}
"""
RULED = """\
- name: {name}
  image: {image}
  target: {target}
  file: apps/a.yaml
  current: 1.2.0
  now: {now}
  tags: [1.2.0, 1.2.1, 1.3.0, 2.0.0]
  want: {want}
  why: {why}
"""


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "tagwright.yaml").write_text(CONFIGURATION)


def ruled(
    want: str, why: str = "{}", image: str = "ghcr.io/acme/api", now: str = "2030-02-01", target: str = "one"
) -> str:
    """A case of the configuration's."""
    return RULED.format(name=f"{image} of {target}", image=image, want=want, why=why, now=now, target=target)


def choose(capsys: pytest.CaptureFixture[str], *texts: str, more: tuple[str, ...] = ()) -> tuple[int, str, str]:
    """Exit code, standard output and error of `choose` on files of these texts."""
    for number, text in enumerate(texts):
        Path(f"{number}.yaml").write_text(text)
    code = cli.main(["choose", *(f"{number}.yaml" for number in range(len(texts))), *more])
    return code, *capsys.readouterr()


def test_the_example_gets_what_it_expects(capsys: pytest.CaptureFixture[str]) -> None:
    """The cases beside the reference configuration, tried against it."""
    files = [str(EXAMPLES / "cases.yaml"), "--config", str(EXAMPLES / "reference.yaml")]
    assert cli.main(["choose", *files]) == 0
    assert capsys.readouterr().out == "4 cases: all as expected\n"


@pytest.mark.parametrize(
    "case",
    [
        ruled("{verdict: update, tag: 1.3.0}", "{2.0.0: out-of-range, 1.2.1: outranked}"),
        ruled("{verdict: update, tag: 1.2.1}", "{1.3.0: level}", target="two"),
        ruled("{verdict: pending, tag: 1.3.0, opening: 2030-01-05T00:00Z}", "{1.3.0: frozen}", now="2030-01-02"),
        ruled("{verdict: held, tag: null}", "{1.2.1: held}", image="redis", target="two"),
        ruled("{verdict: unmanaged}", image="nginx"),
        "- {name: own, policy: {digest: latest}, current: latest, tags: [latest, 1.0.0], want: {verdict: current}}",
        '- {name: text, policy: {alphabetical: ascending}, tags: [1.10, "1.9"], want: {tag: 1.9}}',
    ],
)
def test_the_configuration_itself_is_tried(case: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Its rules, its windows and its holds; and any policy by itself. Tags are text as they are written."""
    assert choose(capsys, case) == (0, "1 case: all as expected\n", "")


def test_a_case_that_gets_something_else_is_shown_with_its_reasons(capsys: pytest.CaptureFixture[str]) -> None:
    """Expected and got, the rule that decided, every tag with its reason; exit 1; the good ones in silence."""
    good, bad = ruled("{tag: 1.3.0}"), ruled("{verdict: update, tag: 2.0.0}", "{2.0.0: level}")
    code, out, _ = choose(capsys, good + bad, good)
    assert code == 1
    assert out.splitlines() == [
        "0.yaml:10: ghcr.io/acme/api of one: failed",
        "  tag: expected 2.0.0, got 1.3.0",
        "  2.0.0: expected level, got out-of-range",
        "  update",
        "  ruled by tagwright.yaml:3, rule ours",
        *(f"    {line}" for line in (
            "              chosen: 1.3.0 (is the best that may be taken)",
            "        out-of-range: 2.0.0 (is outside '>=1.2 <2')",
            "           outranked: 1.2.1 (1.3.0 comes first)",
            "                same: 1.2.0 (is the current tag)",
        )),
        "3 cases: 1 failed",
    ]  # fmt: skip


def test_json_is_one_document(capsys: pytest.CaptureFixture[str]) -> None:
    """Every case with what it got, and what was missed."""
    code, out, _ = choose(capsys, ruled("{tag: 1.3.0}") + ruled("{tag: 2.0.0}"), more=("--json",))
    told = json.loads(out)
    assert (code, told["schema"]) == (1, "tagwright/cases/v1")
    assert told["summary"] == {"cases": 2, "passed": 1, "failed": 1}
    assert [(case["line"], case["passed"], case["chosen"], case["missed"]) for case in told["cases"]] == [
        (1, True, "1.3.0", []),
        (10, False, "1.3.0", [{"what": "tag", "expected": "2.0.0", "got": "1.3.0"}]),
    ]
    assert {ruling["tag"]: ruling["reason"] for ruling in told["cases"][0]["rulings"]}["2.0.0"] == "out-of-range"


BAD = """\
cases:
  - name: one
    polcy: {semver: ^1}
    tags: [1.0.0]
    want: {tag: 1.0.0}
  - policy: {semver: ^1}
    tags: [1.0.0, {tag: 1.1.0, pushd: 2030-01-01}]
    want: {verdict: updated}
  - name: three
    policy: {semver: ^1}
    image: nginx
    tags: [1.0.0]
    why: {1.0.0: too-yong}
  - {name: four, policy: {semver: ^1}, tags: [1.0.0]}
  - {name: five, policy: {semver: ^1}, tags: [1.0.0], why: {1.0.1: older}}
  - {name: six, target: one, image: nginx, tags: [1.0.0], want: {tag: 1.0.0}}
"""


def test_every_mistake_comes_out_at_once(capsys: pytest.CaptureFixture[str]) -> None:
    """Of all files, with line and suggestion; exit 2, and nothing is judged."""
    code, out, err = choose(capsys, BAD, "- {name: x", "{}\n", "[]\n")
    assert (code, out) == (2, "")
    for line in (
        "0.yaml:3: cases[0].polcy: unknown key (did you mean 'policy'?)",
        "0.yaml:6: cases[1]: 'name' is missing",
        "0.yaml:7: cases[1].tags[1].pushd: unknown key (did you mean 'pushed'?)",
        "0.yaml:8: cases[1].want.verdict: got 'updated', expected update or current or",
        "0.yaml:9: cases[2]: got policy and image, expected exactly one of policy, image",
        "0.yaml:13: cases[2].why.1.0.0: got 'too-yong', expected a reason (did you mean 'too-young'?)",
        "0.yaml:14: cases[3]: expects nothing",
        "0.yaml:15: cases[4].why: '1.0.1' is none of the tags (did you mean '1.0.0'?)",
        "0.yaml:16: cases[5]: 'current' is missing",
        "1.yaml:1: is no YAML",
        "2.yaml: 'cases' is missing",
        "3.yaml: holds no case",
    ):
        assert line in err
    code, out, err = choose(capsys, BAD, more=("--json",))
    assert (code, err) == (2, "")
    assert len(json.loads(out)["problems"]) == 9


@pytest.mark.parametrize(
    ("case", "more", "said"),
    [
        (
            ruled("{tag: 1.3.0}", target="tow"),
            (),
            "0.yaml:1: target: got 'tow', expected a target (did you mean 'two'?)",
        ),
        (ruled("{tag: 1.3.0}", target='""'), (), "the configuration has several targets (say target: one of one, two)"),
        (ruled("{tag: 1.3.0}"), ("--config", "no.yaml"), "no.yaml: cannot be read"),
        (ruled("{tag: 1.3.0}"), ("--semver", "^1"), "--semver has no part in files of cases"),
        (ruled("{tag: 1.3.0}").replace("1.2.0\n", "1.2:0\n", 1), (), "0.yaml:1: current: "),
    ],
)
def test_what_a_case_needs_and_is_not_there_is_told(
    case: str, more: tuple[str, ...], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """A target, a configuration, an image that can be."""
    code, _, err = choose(capsys, case, more=more)
    assert code == 2
    assert said in err


def test_a_repositorys_own_file_can_be_tried(capsys: pytest.CaptureFixture[str]) -> None:
    """Where there is nothing but it, it is found by itself."""
    Path("tagwright.yaml").rename("operator.yaml")
    Path(".tagwright.yaml").write_text("rules: [{images: [nginx], policy: {semver: ~1.2}}]")
    case = "- {name: own, image: nginx, current: 1.2.0, tags: [1.2.1, 1.3.0], want: {tag: 1.2.1}}"
    assert choose(capsys, case)[0] == 0


def test_policies_alone_need_no_configuration(capsys: pytest.CaptureFixture[str]) -> None:
    """Not even a sound one."""
    Path("tagwright.yaml").write_text("rules: nonsense")
    assert choose(capsys, "- {name: own, policy: {semver: ^1}, tags: [1.0.0], want: {tag: 1.0.0}}")[0] == 0
