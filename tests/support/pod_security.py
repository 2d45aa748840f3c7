"""The Pod Security Standards, level restricted: each control of the page of Kubernetes, by its name there.

https://kubernetes.io/docs/concepts/security/pod-security-standards/ (as of Kubernetes 1.34, which added host probes).
A control is a function of a pod's spec; what it gives is what breaks it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

Pod = Mapping[str, Any]
Control = Callable[[Pod], Iterator[str]]

_VOLUMES = {
    "configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "persistentVolumeClaim", "projected", "secret"
}  # fmt: skip
_SYSCTLS = {
    "kernel.shm_rmid_forced", "net.ipv4.ip_local_port_range", "net.ipv4.ip_unprivileged_port_start",
    "net.ipv4.tcp_syncookies", "net.ipv4.ping_group_range", "net.ipv4.ip_local_reserved_ports",
    "net.ipv4.tcp_keepalive_time", "net.ipv4.tcp_fin_timeout", "net.ipv4.tcp_keepalive_intvl",
    "net.ipv4.tcp_keepalive_probes",
}  # fmt: skip
_SELINUX = {"", "container_t", "container_init_t", "container_kvm_t", "container_engine_t"}


def containers(pod: Pod) -> list[Mapping[str, Any]]:
    """All of them, whenever they run."""
    return [one for key in ("containers", "initContainers", "ephemeralContainers") for one in pod.get(key, [])]


def _contexts(pod: Pod) -> list[tuple[str, Mapping[str, Any]]]:
    """What is said of security, of the pod and of each container."""
    own = [(str(one["name"]), one.get("securityContext", {})) for one in containers(pod)]
    return [("the pod", pod.get("securityContext", {})), *own]


def _windows(pod: Pod) -> Iterator[str]:
    for name, context in _contexts(pod):
        if context.get("windowsOptions", {}).get("hostProcess"):
            yield name


def _host_namespaces(pod: Pod) -> Iterator[str]:
    yield from (key for key in ("hostNetwork", "hostPID", "hostIPC") if pod.get(key))


def _privileged(pod: Pod) -> Iterator[str]:
    yield from (name for name, context in _contexts(pod) if context.get("privileged"))


def _capabilities(pod: Pod) -> Iterator[str]:
    for name, context in _contexts(pod)[1:]:
        said = context.get("capabilities", {})
        if "ALL" not in said.get("drop", []) or set(said.get("add", [])) - {"NET_BIND_SERVICE"}:
            yield name


def _volumes(pod: Pod) -> Iterator[str]:
    for volume in pod.get("volumes", []):
        if set(volume) - {"name"} - _VOLUMES:
            yield volume["name"]


def _host_ports(pod: Pod) -> Iterator[str]:
    yield from (one["name"] for one in containers(pod) for port in one.get("ports", []) if port.get("hostPort"))


def _host_probes(pod: Pod) -> Iterator[str]:
    for one in containers(pod):
        handlers = [one.get(key, {}) for key in ("livenessProbe", "readinessProbe", "startupProbe")]
        handlers += one.get("lifecycle", {}).values()
        if any(handler.get(way, {}).get("host") for handler in handlers for way in ("httpGet", "tcpSocket")):
            yield one["name"]


def _app_armor(pod: Pod) -> Iterator[str]:
    for name, context in _contexts(pod):
        if context.get("appArmorProfile", {}).get("type", "RuntimeDefault") not in ("RuntimeDefault", "Localhost"):
            yield name


def _se_linux(pod: Pod) -> Iterator[str]:
    for name, context in _contexts(pod):
        said = context.get("seLinuxOptions", {})
        if said.get("type", "") not in _SELINUX or said.get("user") or said.get("role"):
            yield name


def _proc(pod: Pod) -> Iterator[str]:
    yield from (name for name, context in _contexts(pod) if context.get("procMount", "Default") != "Default")


def _sysctls(pod: Pod) -> Iterator[str]:
    said = pod.get("securityContext", {}).get("sysctls", [])
    yield from (one["name"] for one in said if one["name"] not in _SYSCTLS)


def _escalation(pod: Pod) -> Iterator[str]:
    for name, context in _contexts(pod)[1:]:
        if context.get("allowPrivilegeEscalation") is not False:
            yield name


def _non_root(pod: Pod) -> Iterator[str]:
    """A container's word goes before the pod's."""
    whole = pod.get("securityContext", {}).get("runAsNonRoot")
    for name, context in _contexts(pod)[1:]:
        if context.get("runAsNonRoot", whole) is not True:
            yield name


def _non_root_user(pod: Pod) -> Iterator[str]:
    yield from (name for name, context in _contexts(pod) if context.get("runAsUser") == 0)


def _seccomp(pod: Pod) -> Iterator[str]:
    whole = pod.get("securityContext", {}).get("seccompProfile", {})
    for name, context in _contexts(pod)[1:]:
        if context.get("seccompProfile", whole).get("type") not in ("RuntimeDefault", "Localhost"):
            yield name


RESTRICTED: Mapping[str, Control] = {
    "HostProcess": _windows,
    "Host Namespaces": _host_namespaces,
    "Privileged Containers": _privileged,
    "Capabilities": _capabilities,
    "Volume Types (HostPath among them)": _volumes,
    "Host Ports": _host_ports,
    "Host Probes / Lifecycle Hooks": _host_probes,
    "AppArmor": _app_armor,
    "SELinux": _se_linux,
    "/proc Mount Type": _proc,
    "Sysctls": _sysctls,
    "Privilege Escalation": _escalation,
    "Running as Non-root": _non_root,
    "Running as Non-root user": _non_root_user,
    "Seccomp": _seccomp,
}
