"""config/kubernetes, as real kustomize renders it: valid, held to the strictest standard, and true."""

from __future__ import annotations

import copy
import ipaddress
import re
import shutil
import signal
import subprocess
import time
import urllib.request
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
from ruamel.yaml import YAML

from tagwright import __version__, cli, places
from tagwright.config import loading, times
from tagwright.sharding import shard
from tests.support.git_server import Remote
from tests.support.parts import require
from tests.support.pod_security import RESTRICTED, containers
from tests.support.real_registry import free_port, wait_for_port
from tests.support.story import Running

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "config" / "kubernetes"
WAYS = ("cronjob", "service", "sharded")
TOOLS = {"kustomize": ("build",), "kubectl": ("kustomize",)}
Document = dict[str, Any]


@cache
def _build(tool: str, folder: Path) -> str:
    command = [require(tool, tool), *TOOLS[tool], str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout


def rendered(folder: Path, tool: str = "kustomize") -> list[Document]:
    """What a tool makes of a folder."""
    return list(YAML(typ="safe", pure=True).load_all(_build(tool, folder)))


def of_kind(documents: list[Document], kind: str) -> Document:
    """The one document of a kind."""
    (found,) = [one for one in documents if one["kind"] == kind]
    return found


def workload(documents: list[Document]) -> Document:
    """What makes pods."""
    (found,) = [one for one in documents if one["kind"] in ("CronJob", "Deployment")]
    return found


def template(documents: list[Document]) -> Document:
    """The pod it makes, with its metadata."""
    spec = workload(documents)["spec"]
    found: Document = (spec["jobTemplate"]["spec"] if "jobTemplate" in spec else spec)["template"]
    return found


def arguments(documents: list[Document]) -> list[str]:
    """What tagwright is told there."""
    (container,) = template(documents)["spec"]["containers"]
    assert "command" not in container, "the image's own entry point, no shell"
    return [str(word) for word in container["args"]]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("tool", TOOLS)
def test_every_document_is_valid(way: str, tool: str) -> None:
    """By the schemas of Kubernetes itself, strictly: no key that it would drop. The same of kustomize and kubectl."""
    documents = rendered(FOLDER / way, tool)
    assert documents == rendered(FOLDER / way)
    for document in documents:
        for version in ("1.33", kubernetes_validate.latest_version()):
            kubernetes_validate.validate(document, version, strict=True)


def test_a_key_that_does_not_exist_is_not_valid() -> None:
    """The judge of the test above is one."""
    spoiled = copy.deepcopy(workload(rendered(FOLDER / "service")))
    spoiled["spec"]["template"]["spec"]["serviceAccount_Name"] = "x"
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(spoiled, "1.33", strict=True)


def test_the_example_of_a_secret_is_valid_and_has_what_the_pods_want() -> None:
    """Every key that a pod asks for, those that may be absent as a comment; and nobody deploys it by mistake."""
    text = (FOLDER / "secret.example.yaml").read_text("utf-8")
    secret = YAML(typ="safe", pure=True).load(text)
    kubernetes_validate.validate(secret, "1.33", strict=True)
    for way in WAYS:
        documents = rendered(FOLDER / way)
        assert "Secret" not in {one["kind"] for one in documents}
        for variable in template(documents)["spec"]["containers"][0]["env"]:
            if reference := variable.get("valueFrom", {}).get("secretKeyRef"):
                assert reference["name"] == secret["metadata"]["name"]
                known = re.findall(r"^  (?:# )?([A-Z_]+):", text, re.MULTILINE)
                assert reference["key"] in (known if reference.get("optional") else secret["stringData"])


# ── security ─────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("control", RESTRICTED)
def test_a_pod_is_restricted(way: str, control: str) -> None:
    """By each control of the Pod Security Standards."""
    assert list(RESTRICTED[control](template(rendered(FOLDER / way))["spec"])) == []


def _said(**settings: Any) -> Callable[[Document], None]:
    """A pod with this of its first container's security."""
    return lambda pod: pod["containers"][0]["securityContext"].update(settings)


SPOILED: Mapping[str, Callable[[Document], None]] = {
    "HostProcess": _said(windowsOptions={"hostProcess": True}),
    "Host Namespaces": lambda pod: pod.update(hostPID=True),
    "Privileged Containers": _said(privileged=True),
    "Capabilities": _said(capabilities={"drop": ["NET_RAW"]}),
    "Volume Types (HostPath among them)": lambda pod: pod["volumes"].append({"name": "h", "hostPath": {"path": "/"}}),
    "Host Ports": lambda pod: pod["containers"][0].update(ports=[{"containerPort": 80, "hostPort": 80}]),
    "Host Probes / Lifecycle Hooks": lambda pod: pod["containers"][0].update(
        livenessProbe={"httpGet": {"host": "10.0.0.1", "port": 80}}
    ),
    "AppArmor": _said(appArmorProfile={"type": "Unconfined"}),
    "SELinux": _said(seLinuxOptions={"type": "spc_t"}),
    "/proc Mount Type": _said(procMount="Unmasked"),
    "Sysctls": lambda pod: pod["securityContext"].update(sysctls=[{"name": "kernel.msgmax", "value": "1"}]),
    "Privilege Escalation": lambda pod: pod["containers"][0]["securityContext"].pop("allowPrivilegeEscalation"),
    "Running as Non-root": _said(runAsNonRoot=False),
    "Running as Non-root user": _said(runAsUser=0),
    "Seccomp": lambda pod: pod["securityContext"].pop("seccompProfile"),
}


@pytest.mark.parametrize("control", RESTRICTED)
def test_a_pod_that_breaks_a_control_is_found(control: str) -> None:
    """Each control is one."""
    pod = copy.deepcopy(template(rendered(FOLDER / "service"))["spec"])
    SPOILED[control](pod)
    assert [name for name, broken in RESTRICTED.items() if list(broken(pod))] == [control]


@pytest.mark.parametrize("way", WAYS)
def test_the_namespace_enforces_it(way: str) -> None:
    """So that a pod somebody adds is held to it, too; and all that is there is in that namespace."""
    documents = rendered(FOLDER / way)
    namespace = of_kind(documents, "Namespace")["metadata"]
    assert namespace["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"
    places_ = {one["metadata"].get("namespace") for one in documents if one["kind"] != "Namespace"}
    assert places_ == {namespace["name"]}


@pytest.mark.parametrize("way", WAYS)
def test_no_pod_has_a_right_in_the_cluster(way: str) -> None:
    """An account of its own, no token of it in the pod, and no role for it anywhere."""
    documents = rendered(FOLDER / way)
    pod = template(documents)["spec"]
    account = of_kind(documents, "ServiceAccount")
    assert pod["serviceAccountName"] == account["metadata"]["name"] == "tagwright"
    assert (pod["automountServiceAccountToken"], account["automountServiceAccountToken"]) == (False, False)
    assert not [one["kind"] for one in documents if "rbac" in one["apiVersion"]]
    assert not [volume for volume in pod["volumes"] if "projected" in volume]


@pytest.mark.parametrize("way", WAYS)
def test_only_the_cache_and_a_temporary_folder_can_be_written(way: str) -> None:
    """Root file system read-only; every volume is mounted, and every mount is one."""
    pod = template(rendered(FOLDER / way))["spec"]
    (container,) = containers(pod)
    assert container["securityContext"]["readOnlyRootFilesystem"] is True
    assert {one["mountPath"] for one in container["volumeMounts"] if not one.get("readOnly")} == {"/cache", "/tmp"}
    assert {one["name"] for one in container["volumeMounts"]} == {volume["name"] for volume in pod["volumes"]}
    assert "memory" in container["resources"]["limits"]
    assert "cpu" not in container["resources"]["limits"], "a limit of CPU only makes it slow"


@pytest.mark.parametrize("way", WAYS)
def test_the_network_is_as_narrow_as_can_be(way: str) -> None:
    """In by the service's port alone, where there is one; out to names, https, ssh, and of shards to their cache."""
    documents = rendered(FOLDER / way)
    labels = template(documents)["metadata"]["labels"]
    ports: dict[str, set[Any]] = {"ingress": set(), "egress": set()}
    types = set()
    for one in documents:
        if one["kind"] == "NetworkPolicy":
            assert one["spec"]["podSelector"]["matchLabels"].items() <= labels.items()
            types |= set(one["spec"]["policyTypes"])
            for direction, found in ports.items():
                found |= {port["port"] for rule in one["spec"].get(direction, []) for port in rule["ports"]}
    assert types == {"Ingress", "Egress"}
    assert ports["ingress"] == ({"http"} if way == "service" else set())
    assert ports["egress"] == {53, 443, 22} | ({6379} if way == "sharded" else set())


# ── truth ────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("way", WAYS)
def test_the_configuration_loads_and_gets_what_it_names(way: str, tmp_path: Path) -> None:
    """No mistake, no warning; its secrets are variables that the pod gets, at the path that the command names."""
    documents = rendered(FOLDER / way)
    path = tmp_path / "tagwright.yaml"
    config_map = of_kind(documents, "ConfigMap")
    path.write_text(config_map["data"]["tagwright.yaml"])
    loaded = loading.load(path)
    assert loaded.warnings == ()
    pod = template(documents)["spec"]
    given = {variable["name"] for variable in pod["containers"][0]["env"]}
    named = {target.forge.token.env for target in loaded.targets if target.forge.token}
    assert named
    assert named <= given
    assert [one["configMap"]["name"] for one in pod["volumes"] if "configMap" in one] == [
        config_map["metadata"]["name"]
    ]
    assert cli.parsed(arguments(documents)).config == "/etc/tagwright/tagwright.yaml"


@pytest.mark.parametrize(("way", "verb"), [("cronjob", "run"), ("sharded", "run"), ("service", "serve")])
def test_the_command_is_one_of_ours(way: str, verb: str) -> None:
    """It parses, keeps its cache in the volume, and its words are for a machine."""
    words = arguments(rendered(FOLDER / way))
    parsed = cli.parsed(words)
    assert (words[0], parsed.cache, parsed.log_format) == (verb, "/cache", "json")


@pytest.mark.parametrize("way", ["cronjob", "sharded"])
def test_a_pass_ends_by_itself_before_it_is_ended(way: str) -> None:
    """Passes do not overlap, the deadline leaves time to finish, and the next pass is the retry."""
    documents = rendered(FOLDER / way)
    spec = workload(documents)["spec"]
    job = spec["jobTemplate"]["spec"]
    deadline = places.seconds(cli.parsed(arguments(documents)).deadline, "--deadline")
    assert spec["concurrencyPolicy"] == "Forbid"
    assert job["activeDeadlineSeconds"] >= deadline + 120
    assert template(documents)["spec"]["restartPolicy"] == "Never"
    assert 0 in (job.get("backoffLimit"), job.get("backoffLimitPerIndex"))


def test_each_index_of_the_job_is_a_shard() -> None:
    """As many pods as shards, all at once, each by its own index; one that fails leaves the others alone."""
    documents = rendered(FOLDER / "sharded")
    job = workload(documents)["spec"]["jobTemplate"]["spec"]
    said = cli.parsed(arguments(documents)).shard
    found = [shard(said, {"JOB_COMPLETION_INDEX": str(index)}) for index in range(job["completions"])]
    assert [(one.index, one.count) for one in found] == [(index, len(found)) for index in range(len(found))]
    assert (job["completionMode"], job["parallelism"]) == ("Indexed", job["completions"])
    assert "backoffLimit" not in job
    assert "maxFailedIndexes" not in job


def test_the_service_leads_to_where_it_listens() -> None:
    """Port, probes and network policy meet at one name, and the pod has time to end what it does."""
    documents = rendered(FOLDER / "service")
    pod = template(documents)["spec"]
    (container,) = pod["containers"]
    address, _, number = cli.parsed(arguments(documents)).listen.rpartition(":")
    assert ipaddress.ip_address(address).is_unspecified, "probes come from outside the pod"
    (port,) = container["ports"]
    assert (port["name"], port["containerPort"]) == ("http", int(number))
    service = of_kind(documents, "Service")["spec"]
    assert [one["targetPort"] for one in service["ports"]] == ["http"]
    assert service["selector"].items() <= template(documents)["metadata"]["labels"].items()
    probed = {key: container[key]["httpGet"]["path"] for key in ("startupProbe", "livenessProbe", "readinessProbe")}
    assert probed == {"startupProbe": "/healthz", "livenessProbe": "/healthz", "readinessProbe": "/readyz"}
    assert {container[key]["httpGet"]["port"] for key in probed} == {"http"}
    loaded = of_kind(documents, "ConfigMap")["data"]["tagwright.yaml"]
    grace = re.search(r"^  grace: (\S+)", loaded, re.MULTILINE)
    seconds = times.duration(grace[1] if grace else "25s").total_seconds()
    assert pod["terminationGracePeriodSeconds"] >= seconds + 10
    assert workload(documents)["spec"]["strategy"]["type"] == "Recreate"


def _answers(url: str, period: float) -> bool:
    """Whether a probe goes well; one that does not is followed by the next after a while, as the kubelet does."""
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        time.sleep(period)
        return False


def test_the_command_of_the_service_answers_its_probes(tmp_path: Path) -> None:
    """As the Deployment has it, but for where it listens and what it looks at; told to stop it ends well."""
    documents = rendered(FOLDER / "service")
    (container,) = template(documents)["spec"]["containers"]
    (tmp_path / "tagwright.yaml").write_text(of_kind(documents, "ConfigMap")["data"]["tagwright.yaml"])
    remote = Remote(tmp_path / "deploy.git")
    remote.commit({"README.md": "nothing to see\n"})
    text = (tmp_path / "tagwright.yaml").read_text()
    text, found = re.subn(r"repository: \S+\n    forge: .*", f"repository: {remote.path}", text)
    (tmp_path / "tagwright.yaml").write_text(text.replace("pull-request", "commit"))
    port = free_port()
    swap = {"/etc/tagwright": str(tmp_path), "/cache": str(tmp_path / "cache"), "0.0.0.0:8080": f"127.0.0.1:{port}"}
    words = [re.sub("|".join(swap), lambda match: swap[match[0]], word) for word in arguments(documents)]
    assert (found, len(words)) == (1, len(arguments(documents)))
    serving = Running(tuple(words), {"DEPLOY_TOKEN": "t"})
    try:
        wait_for_port(port)
        for key in ("startupProbe", "livenessProbe", "readinessProbe"):
            path = f"http://127.0.0.1:{port}{container[key]['httpGet']['path']}"
            tries = container[key].get("failureThreshold", 3)
            assert any(_answers(path, container[key]["periodSeconds"]) for _ in range(tries)), key
    finally:
        serving.gets(signal.SIGTERM)
    ended = serving.ends(60)
    assert ended.code == 0, ended


def test_the_image_is_of_this_version_and_runs_as_who_it_is() -> None:
    """The user of the Dockerfile; and what the Dockerfile exposes is where the service listens."""
    dockerfile = (ROOT / "Dockerfile").read_text("utf-8")
    user = int(re.search(r"^USER (\d+):\1$", dockerfile, re.MULTILINE)[1])  # type: ignore[index]
    for way in WAYS:
        pod = template(rendered(FOLDER / way))["spec"]
        said = pod["securityContext"]
        assert (said["runAsUser"], said["runAsGroup"], said["fsGroup"]) == (user, user, user)
        assert pod["containers"][0]["image"] == f"registry.example.com/tagwright:{__version__}"
    port = template(rendered(FOLDER / "service"))["spec"]["containers"][0]["ports"][0]["containerPort"]
    assert f"\nEXPOSE {port}\n" in dockerfile


def test_a_kustomization_of_ones_own_says_what_is_different(tmp_path: Path) -> None:
    """As the README shows it, and the base: another image and a tagwright.yaml of one's own, in all places at once."""
    shutil.copytree(FOLDER, tmp_path / "tagwright")
    text = (FOLDER / "base" / "kustomization.yaml").read_text("utf-8")
    shown = "".join(line[4:] + "\n" for line in text.splitlines() if line.startswith("#   "))
    assert f"kubectl apply -k .\n{shown}```" in (ROOT / "README.md").read_text("utf-8")
    own = tmp_path / "own"
    own.mkdir()
    (own / "tagwright.yaml").write_text("version: 1\ntargets: [{repository: https://git.example.com/a/b.git}]\n")
    local, found = re.subn(r"https://\S+//config/kubernetes/(\w+)\?ref=v[\d.]+", r"../tagwright/\1", shown)
    assert found == 1
    (own / "kustomization.yaml").write_text(local.replace(f"newTag: {__version__}", "newTag: 9.9.9"))
    documents = rendered(own)
    assert "git.example.com/a/b.git" in of_kind(documents, "ConfigMap")["data"]["tagwright.yaml"]
    pod = template(documents)["spec"]
    assert pod["containers"][0]["image"] == "registry.example.com/tagwright:9.9.9"
    (mounted,) = [one["configMap"]["name"] for one in pod["volumes"] if "configMap" in one]
    assert mounted == of_kind(documents, "ConfigMap")["metadata"]["name"]
