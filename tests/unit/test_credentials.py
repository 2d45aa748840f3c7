"""Who we are: settings first, then docker's configuration, and never a word of it aloud."""

from __future__ import annotations

import base64
import json
import os
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from tagwright.credentials import Credentials, Found, Wallet, clouds, programs
from tagwright.errors import RegistryDenied
from tagwright.model import RegistryCredentials, RegistrySettings, Secret


def for_registry(
    host: str, settings: RegistrySettings | None, environ: Mapping[str, str], repository: str = ""
) -> Credentials | None:
    found = Wallet(host, settings, environ).find(repository)
    return found.credentials if found else None


def auth(text: str = "foo:bar") -> dict[str, str]:
    return {"auth": base64.b64encode(text.encode()).decode()}


@pytest.fixture
def docker(tmp_path: Path) -> Any:
    """Ask for a host with this configuration in DOCKER_CONFIG."""

    def ask(config: object, host: str, repository: str = "") -> Credentials | None:
        (tmp_path / "config.json").write_text(config if isinstance(config, str) else json.dumps(config))
        return for_registry(host, None, {"DOCKER_CONFIG": str(tmp_path)}, repository)

    return ask


def settings(**given: Any) -> RegistrySettings:
    return RegistrySettings("r", credentials=RegistryCredentials(**given))


def test_settings_come_first(tmp_path: Path, docker: Any) -> None:
    """A user and password or a token from variables or files; docker's configuration is not read then."""
    docker({"auths": {"r": auth()}}, "r")
    (tmp_path / "secret").write_text("f1le\n")
    environ = {"U": "u", "P": "p", "DOCKER_CONFIG": str(tmp_path)}
    named, filed = Secret(env="P"), Secret(file=str(tmp_path / "secret"))
    assert for_registry("r", settings(username=Secret(env="U"), password=named), environ) == Credentials("u", "p")
    assert for_registry("r", settings(username=Secret(env="U"), password=filed), environ) == Credentials("u", "f1le")
    assert for_registry("r", settings(token=named), environ) == Credentials(token="p")
    assert for_registry("r", RegistrySettings("r"), environ) == Credentials("foo", "bar")


@pytest.mark.parametrize(
    "given",
    [
        {"token": Secret(env="NOT_SET")},
        {"username": Secret(env="NOT_SET"), "password": Secret(env="NOT_SET")},
        {"username": Secret(env="HOME")},
        {"token": Secret(file="/nonexistent/secret")},
        {"docker_config": ("/nonexistent/config.json",)},
        {"helper": "not-there-at-all"},
        {"provider": "gar"},
    ],
)
def test_credentials_that_are_named_must_be_there(given: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """To ask as a stranger instead would hide the mistake."""
    monkeypatch.setenv("PATH", "/nonexistent")
    with pytest.raises(RegistryDenied) as caught:
        for_registry("r", settings(**given), {"HOME": "/nonexistent"})
    assert caught.value.hint


@pytest.mark.parametrize(
    ("key", "host", "found"),
    [
        ("ghcr.io", "ghcr.io", True),
        ("https://ghcr.io", "ghcr.io", True),
        ("https://ghcr.io/v2/", "ghcr.io", True),
        ("r.example:5000", "r.example:5000", True),
        ("r.example", "r.example:5000", False),
        ("ghcr.io/acme", "ghcr.io", False),
        ("ghcr.io.evil.example", "ghcr.io", False),
        ("evil-ghcr.io", "ghcr.io", False),
        ("https://index.docker.io/v1/", "docker.io", True),
        ("docker.io", "docker.io", True),
        ("registry-1.docker.io", "docker.io", True),
        ("https://index.docker.io/v1/", "registry-1.docker.io", True),
        ("https://index.docker.io/v1/", "ghcr.io", False),
    ],
)
def test_an_entry_is_for_its_host_alone(docker: Any, key: str, host: str, found: bool) -> None:
    """Exact hosts; Docker Hub's names are one; a path names less than the host."""
    assert docker({"auths": {key: auth()}}, host) == (Credentials("foo", "bar") if found else None)


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        (auth("foo:b:a:r"), Credentials("foo", "b:a:r")),
        ({"username": "u", "password": "p"}, Credentials("u", "p")),
        ({**auth(), "identitytoken": "id"}, Credentials(identity="id")),
        ({**auth(), "registrytoken": "rt"}, Credentials(straight="rt")),
        (auth("<token>:id"), Credentials(identity="id")),
        ({**auth(), "identitytoken": ""}, Credentials("foo", "bar")),
        ({"auth": base64.b64encode(b"foo:bar\0\0").decode()}, Credentials("foo", "bar")),
        ({}, None),
        ({"email": "a@b"}, None),
    ],
)
def test_every_kind_of_entry(docker: Any, entry: dict[str, str], expected: Credentials | None) -> None:
    """As docker and Kubernetes write them."""
    assert docker({"auths": {"r": entry}}, "r") == expected


@pytest.mark.parametrize(
    "config", ["{", "[]", '{"auths": 7}', {"auths": {"r": {"auth": "s3cret!"}}}, {"auths": {"r": 7}}]
)
def test_a_broken_configuration_is_said_and_not_repeated(docker: Any, config: object) -> None:
    """Broken is not absent, and its text stays where it is."""
    with pytest.raises(RegistryDenied) as caught:
        docker(config, "r")
    assert "s3cret" not in f"{caught.value} {caught.value.hint}"
    assert caught.value.__suppress_context__


def test_nothing_configured_is_a_stranger(tmp_path: Path) -> None:
    """Without a file there is nobody to be."""
    assert for_registry("r", None, {"HOME": str(tmp_path)}) is None
    assert for_registry("r", None, {}) is None


def test_the_home_folder_is_read(tmp_path: Path) -> None:
    """~/.docker/config.json when DOCKER_CONFIG is not set; a named file or folder instead of either."""
    (tmp_path / ".docker").mkdir()
    (tmp_path / ".docker/config.json").write_text(json.dumps({"auths": {"r": auth()}}))
    (tmp_path / "other.json").write_text(json.dumps({"auths": {"r": auth("o:o")}}))
    assert for_registry("r", None, {"HOME": str(tmp_path)}) == Credentials("foo", "bar")
    assert for_registry("r", settings(docker_config=(str(tmp_path / "other.json"),)), {}) == Credentials("o", "o")
    assert for_registry("r", settings(docker_config=(str(tmp_path / ".docker"),)), {}) == Credentials("foo", "bar")


@pytest.fixture
def helper(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Install docker-credential-test, a shell script."""

    def install(script: str) -> Path:
        program = tmp_path / "docker-credential-test"
        program.write_text(f"#!/bin/sh\nread server\n{script}\n")
        program.chmod(0o755)
        monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
        return tmp_path

    return install


KNOWN = """echo "{\\"ServerURL\\":\\"x\\",\\"Username\\":\\"for $server\\",\\"Secret\\":\\"s3cret\\"}" """


def test_a_helper_is_asked_for_the_host(helper: Any, docker: Any) -> None:
    """credHelpers for their host, credsStore for every other one, and Docker Hub by its old address."""
    helper(KNOWN)
    assert docker({"credHelpers": {"r": "test"}}, "r") == Credentials("for r", "s3cret")
    assert docker({"credHelpers": {"r": "test"}}, "other") is None
    assert docker({"credsStore": "test"}, "other") == Credentials("for other", "s3cret")
    assert docker({"credsStore": "test"}, "docker.io") == Credentials("for https://index.docker.io/v1/", "s3cret")
    assert for_registry("r", settings(helper="test"), {}) == Credentials("for r", "s3cret")


def test_a_helper_may_give_an_identity_token(helper: Any) -> None:
    """Its user name "<token>" says so."""
    helper(KNOWN.replace("for $server", "<token>"))
    assert for_registry("r", settings(helper="test"), {}) == Credentials(identity="s3cret")


def test_what_a_helper_does_not_know_the_file_may(helper: Any, docker: Any) -> None:
    """A store without this host leaves the entry of `auths` to be used."""
    helper("echo credentials not found in native keychain; exit 1")
    assert docker({"credsStore": "test", "auths": {"r": auth()}}, "r") == Credentials("foo", "bar")


@pytest.mark.parametrize("script", ["echo s3cret; exit 1", "echo s3cret", "echo '{}'", "exec sleep 5"])
def test_a_helper_that_fails_is_a_denial_without_its_words(
    helper: Any, script: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Broken output, an exit code, and silence beyond the time limit."""
    helper(script)
    monkeypatch.setattr(programs, "LIMIT", 0.5)
    with pytest.raises(RegistryDenied, match="docker-credential-test ") as caught:
        for_registry("r", settings(helper="test"), {})
    assert "s3cret" not in f"{caught.value} {caught.value.hint}"


@pytest.mark.parametrize(
    ("repository", "user"),
    [
        ("acme/api", "acme"),
        ("acme/tools/cli", "tools"),
        ("acme", "acme"),
        ("acmeltd/api", "all"),
        ("acme/toolsmith", "acme"),
        ("other", "all"),
        ("", "all"),
    ],
)
def test_the_longest_path_wins_on_whole_parts(docker: Any, repository: str, user: str) -> None:
    """As Kubernetes and podman have keys with paths, but never by the same letters alone."""
    auths = {
        "https://ghcr.io/v2/acme/tools": auth("tools:p"),
        "ghcr.io": auth("all:p"),
        "ghcr.io/acme/": auth("acme:p"),
        "ghcr.io/acme/api/deep": auth("deep:p"),
    }
    assert docker({"auths": auths}, "ghcr.io", repository) == Credentials(user, "p")


def test_a_path_alone_is_not_for_the_whole_host(docker: Any) -> None:
    """Two organisations of one registry: each its own, and a third is nobody."""
    auths = {"ghcr.io/org-a": auth("a:a"), "ghcr.io/org-b": auth("b:b")}
    assert docker({"auths": auths}, "ghcr.io", "org-a/x") == Credentials("a", "a")
    assert docker({"auths": auths}, "ghcr.io", "org-b/x") == Credentials("b", "b")
    assert docker({"auths": auths}, "ghcr.io", "org-c/x") is None


@pytest.mark.parametrize(
    ("key", "host", "found"),
    [
        ("*.example.com", "r.example.com", True),
        ("*.example.com", "example.com", False),
        ("*.example.com", "a.b.example.com", False),
        ("*.*.example.com", "a.b.example.com", True),
        ("r.*.com", "r.example.com", True),
        ("*-good.example.com", "very-good.example.com", True),
        ("*.example.com:5000", "r.example.com:5000", True),
        ("*.example.com", "r.example.com:5000", False),
        ("*.example.com:*", "r.example.com:5000", False),
        ("*", "localhost", True),
        ("*", "ghcr.io", False),
        ("*.dkr.ecr.*.amazonaws.com", "1.dkr.ecr.eu-west-1.amazonaws.com", True),
        ("*.example.com", "r.example.com.evil.example", False),
    ],
)
def test_a_star_stands_within_one_part_of_a_host(docker: Any, key: str, host: str, found: bool) -> None:
    """kubernetes.io, "Interpretation of config.json"; ports are never patterns."""
    assert docker({"auths": {key: auth()}}, host) == (Credentials("foo", "bar") if found else None)


def test_an_exact_host_goes_before_a_pattern(docker: Any) -> None:
    """Whatever their order."""
    auths = {"*.example.com": auth("any:p"), "r.example.com": auth("exact:p")}
    assert docker({"auths": auths}, "r.example.com") == Credentials("exact", "p")
    assert docker({"auths": auths}, "s.example.com") == Credentials("any", "p")


@pytest.mark.parametrize("name", ["config.json", ".dockerconfigjson", ".dockercfg", "auth.json"])
def test_a_mounted_secret_is_read_as_file_and_as_folder(tmp_path: Path, name: str) -> None:
    """Kubernetes' two kinds of pull secrets, docker's file and podman's; the old kind has no `auths` around it."""
    auths = {"r": {"username": "u", "password": "p"}}
    (tmp_path / name).write_text(json.dumps(auths if name == ".dockercfg" else {"auths": auths}))
    for named in (tmp_path / name, tmp_path):
        assert for_registry("r", settings(docker_config=(str(named),)), {}) == Credentials("u", "p")


def test_several_files_are_read_in_order(tmp_path: Path) -> None:
    """The first that knows the host, but a longer path in a later one goes before."""
    names = []
    for number, auths in enumerate(
        ({"r": auth("first:p")}, {"r": auth("second:p"), "s": auth("s:p"), "r/x": auth("x:p")})
    ):
        (tmp_path / f"{number}.json").write_text(json.dumps({"auths": auths}))
        names.append(str(tmp_path / f"{number}.json"))
    both = settings(docker_config=tuple(names))
    assert for_registry("r", both, {}) == Credentials("first", "p")
    assert for_registry("s", both, {}) == Credentials("s", "p")
    assert for_registry("r", both, {}, "x/y") == Credentials("x", "p")
    with pytest.raises(RegistryDenied, match="there is no docker configuration"):
        for_registry("r", settings(docker_config=(*names, str(tmp_path / "none"))), {})


def test_docker_and_podman_are_read_where_nothing_is_named(tmp_path: Path) -> None:
    """What a variable names goes before what is merely there; REGISTRY_AUTH_FILE stands for all of podman's."""

    def write(path: str, user: str) -> str:
        file = tmp_path / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps({"auths": {"r": auth(f"{user}:p"), user: auth(f"{user}:p")}}))
        return str(file)

    write("home/.docker/config.json", "home")
    write("home/.config/containers/auth.json", "dotconfig")
    write("run/containers/auth.json", "runtime")
    named = write("named.json", "named")
    write("docker/config.json", "docker")
    home = {"HOME": str(tmp_path / "home")}
    runtime = {"XDG_RUNTIME_DIR": str(tmp_path / "run")}
    for environ, users in (
        (home, ["home", "dotconfig"]),
        (home | runtime, ["home", "runtime", "dotconfig"]),
        (home | runtime | {"REGISTRY_AUTH_FILE": named}, ["named", "home"]),
        (home | runtime | {"DOCKER_CONFIG": str(tmp_path / "docker")}, ["docker", "runtime", "dotconfig"]),
        (runtime, ["runtime"]),
    ):
        assert for_registry("r", None, environ) == Credentials(users[0], "p")
        known = {
            user for user in ("home", "dotconfig", "runtime", "named", "docker") if for_registry(user, None, environ)
        }
        assert known == set(users)


@pytest.mark.parametrize("value", ["", "babayaga", "bar:", ":bar"])
def test_a_login_is_a_user_and_a_password(value: str) -> None:
    """In one variable, as it is mounted from one secret; anything less is said, and not repeated."""
    with pytest.raises(RegistryDenied) as caught:
        for_registry("r", settings(login=Secret(env="L")), {"L": value})
    assert "bar" not in f"{caught.value} {caught.value.hint}".replace("babayaga", "")
    assert for_registry("r", settings(login=Secret(env="L")), {"L": "u:p:q\n"}) == Credentials("u", "p:q")


@pytest.fixture
def command(tmp_path: Path) -> Any:
    """Ask a shell script for the login of a host."""

    def ask(script: str, *arguments: str) -> Credentials | None:
        program = tmp_path / "say"
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(0o755)
        return for_registry("r.example", settings(command=(str(program), *arguments)), {"PATH": os.environ["PATH"]})

    return ask


def test_a_command_says_user_and_password_or_what_helpers_say(command: Any) -> None:
    """It gets its arguments, the host on its standard input, and our environment."""
    assert command('read host; echo "$1:for $host"', "bot") == Credentials("bot", "for r.example")
    assert command("""echo '{"Username":"u","Secret":"s"}'""") == Credentials("u", "s")
    assert command("""echo '{"Username":"<token>","Secret":"s"}'""") == Credentials(identity="s")
    assert command("echo u:p; exec sleep 0.01 <&-") == Credentials("u", "p")


@pytest.mark.parametrize(
    "script",
    [
        "echo u:s3cret; exit 3",
        "echo s3cret",
        "echo u:s3cret >&2",
        "",
        "while :; do echo s3cret-s3cret-s3cret-s3cret; done",
        "printf 'u:s3cret\\377'",
        'echo \'{"Username": "s3cret"}\'',
    ],
)
def test_what_a_command_says_is_never_repeated(command: Any, script: str) -> None:
    """Neither what it says nor its complaints, however much it says."""
    with pytest.raises(RegistryDenied, match="the command say") as caught:
        command(script)
    assert "s3cret" not in f"{caught.value} {caught.value.hint}"


def test_a_command_is_ended_with_its_children(command: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When its time is over, what it started goes, too."""
    monkeypatch.setattr(programs, "LIMIT", 0.3)
    with pytest.raises(RegistryDenied, match="does not answer"):
        command(f"sleep 60 & echo $! > {tmp_path}/child; wait")
    child = int((tmp_path / "child").read_text())
    deadline = time.monotonic() + 5
    while Path(f"/proc/{child}/stat").exists() and time.monotonic() < deadline:
        if Path(f"/proc/{child}/stat").read_text().split()[2] == "Z":
            break
        time.sleep(0.01)
    else:
        assert not Path(f"/proc/{child}").exists()


def test_a_child_that_is_left_behind_does_not_hold_us(command: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """An agent that a helper starts keeps its output open beyond our time; the helper has answered."""
    monkeypatch.setattr(programs, "LIMIT", 2.0)
    assert command("echo u:p; sleep 5 &") == Credentials("u", "p")


def test_credentials_are_read_anew_when_they_are_refused_or_end(tmp_path: Path) -> None:
    """Not more often than every half minute, whoever asks; what says when it ends is read before."""
    now = [1000.0]
    file = tmp_path / "token"
    file.write_text("one")
    wallet = Wallet("r", settings(token=Secret(file=str(file))), {}, lambda: now[0])
    assert wallet.find() == Found(Credentials(token="one"), f"file {file}")
    file.write_text("two")
    assert wallet.again() == Found(Credentials(token="one"), f"file {file}")
    now[0] += 31
    assert wallet.find() == Found(Credentials(token="one"), f"file {file}")
    assert wallet.again() == Found(Credentials(token="two"), f"file {file}")
    assert wallet.find() == Found(Credentials(token="two"), f"file {file}")


def test_a_file_that_was_broken_is_read_again_later(tmp_path: Path) -> None:
    """A failure counts for half a minute, so that a thousand images do not wait for it one by one."""
    now = [1000.0]
    file = tmp_path / "config.json"
    file.write_text("{")
    wallet = Wallet("r", settings(docker_config=(str(file),)), {}, lambda: now[0])
    with pytest.raises(RegistryDenied):
        wallet.find()
    file.write_text(json.dumps({"auths": {"r": auth()}}))
    now[0] += 31
    found = wallet.find()
    assert found
    assert (found.credentials, found.place) == (Credentials("foo", "bar"), f"docker config {file}, key r")


def test_credentials_that_end_are_renewed_before(monkeypatch: pytest.MonkeyPatch) -> None:
    """Twelve hours of Amazon: five minutes before they end the next are asked for."""
    now = [1_000_000.0]
    told = iter(["first", "second"])
    answer = lambda *_: Credentials("AWS", next(told), until=now[0] + 43_200)  # noqa: E731
    monkeypatch.setattr(clouds, "ask", answer)
    wallet = Wallet("r", settings(provider="ecr"), {}, lambda: now[0])
    assert [wallet.find(), wallet.find()] == [Found(Credentials("AWS", "first"), "provider ecr")] * 2
    now[0] += 43_200 - 301
    assert wallet.find() == Found(Credentials("AWS", "first"), "provider ecr")
    now[0] += 2
    assert wallet.find() == Found(Credentials("AWS", "second"), "provider ecr")


def test_docker_configurations_of_the_field_are_read(shared: Path, docker: Any) -> None:
    """Pull secrets as users write them. Where a rival finds nothing or picks at random, its note says it is a fault."""
    entries = json.loads((shared / "vectors/argo-misc.json").read_text())
    judged = [entry for entry in entries if entry["kind"] == "docker-config" and entry["expect"] != "either"]
    values = [entry["value"] for entry in entries if entry["kind"] == "credential-env-value"]
    for value in values:
        with pytest.raises(RegistryDenied):
            for_registry("r", settings(login=Secret(env="L")), {"L": value})
    for entry in judged:
        found = docker(entry["config"], entry["registry"].removeprefix("https://"))
        plain = "username and password keys are not read" in entry.get("note", "")
        expected = ["u", "p"] if plain else entry["expect"]
        assert found == (Credentials(*expected) if expected else None), entry
    assert len(judged) >= 5


TOP = "t0p-s3cret"


@pytest.mark.parametrize("between", ["\n", "\r\n", " ", "\t", "\x00", "\u2019", "\udcff"])
def test_what_no_header_can_hold_is_refused_without_being_told(between: str, docker: Any) -> None:
    """A token file of two lines, bytes that are no text: http.client's own words would hold the secret."""
    text = f"{TOP}{between}{TOP}"
    ways: tuple[Callable[[], object], ...] = (
        lambda: for_registry("r", settings(token=Secret(env="T")), {"T": text}),
        lambda: docker({"auths": {"r": {"registrytoken": text}}}, "r"),
    )
    for way in ways:
        with pytest.raises(RegistryDenied, match="cannot be sent") as caught:
            way()
        assert TOP not in f"{caught.value.message} {caught.value.hint}"
        assert caught.value.__cause__ is None


def test_a_password_that_is_no_text_is_refused() -> None:
    """Bytes of a variable that are no UTF-8."""
    with pytest.raises(RegistryDenied, match="cannot be sent") as caught:
        for_registry("r", settings(login=Secret(env="T")), {"T": f"u:{TOP}\udcff"})
    assert TOP not in f"{caught.value.message} {caught.value.hint}"


@pytest.mark.parametrize("password", ["p w", "pass\tword", "pässwörd", "a\nb"])
def test_a_password_may_hold_any_text(password: str, docker: Any) -> None:
    """Basic encodes it, so blanks and letters of all kinds are right."""
    assert docker({"auths": {"r": auth(f"u:{password}")}}, "r") == Credentials("u", password)


def test_a_home_that_cannot_be_looked_into_holds_no_login() -> None:
    """A container's user without a right to HOME, or a name that no file system takes, is a stranger, no crash."""
    for folder in ("/" + "h" * 300, "/dev/null"):
        assert for_registry("r", None, {"HOME": folder, "XDG_RUNTIME_DIR": folder, "DOCKER_CONFIG": folder}) is None
    with pytest.raises(RegistryDenied, match="there is no docker configuration"):
        for_registry("r", settings(docker_config=("/" + "h" * 300,)), {})


@pytest.mark.parametrize("path", [".", "", ".:/nonexistent", "tools", ":"])
def test_a_program_of_the_folder_that_we_are_in_is_not_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    """A pipeline stands in a checkout that anybody may have written: a relative part of PATH does not count there."""
    for folder in (tmp_path, tmp_path / "tools"):
        folder.mkdir(exist_ok=True)
        for name in ("docker-credential-test", "say-login"):
            (folder / name).write_text(f"#!/bin/sh\ntouch {tmp_path}/started\necho u:p\n")
            (folder / name).chmod(0o755)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", path)
    for given in (settings(helper="test"), settings(command=("say-login",))):
        with pytest.raises(RegistryDenied, match="there is no program"):
            for_registry("r", given, {"PATH": path})
    assert not (tmp_path / "started").exists()
    assert for_registry("r", settings(command=("./say-login",)), {"PATH": path}) == Credentials("u", "p")


@pytest.mark.parametrize("name", ["../evil", "/tmp/evil", "x/../evil"])
def test_a_helper_is_a_name_and_no_path(docker: Any, name: str) -> None:
    """Docker looks for helpers in PATH alone."""
    with pytest.raises(RegistryDenied, match="is no credential helper"):
        docker({"credsStore": name}, "r")
