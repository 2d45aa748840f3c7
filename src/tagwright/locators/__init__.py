"""The shapes a reference is written in; one file each.

YAML's stand here, those of other formats in `text/`, and in `beside/` what comments and the
configuration say of values. The order of a table decides: where two shapes of YAML could claim one
value, and which of the other formats reads a file; the more particular first.
"""

from __future__ import annotations

from tagwright.locators.argocd import ArgoCD
from tagwright.locators.base import Locator, TextLocator
from tagwright.locators.compose import Compose
from tagwright.locators.flux import Flux
from tagwright.locators.helm_values import HelmValues
from tagwright.locators.kubernetes import Kubernetes
from tagwright.locators.kustomize import Kustomize
from tagwright.locators.named_values import NamedValues
from tagwright.locators.oci_charts import OciCharts
from tagwright.locators.pipelines import Pipelines
from tagwright.locators.text.dockerfile import Dockerfile
from tagwright.locators.text.dotenv import Dotenv
from tagwright.locators.text.hcl import Hcl
from tagwright.locators.text.nix import Nix
from tagwright.locators.text.quoted import Quoted
from tagwright.locators.text.script import Script
from tagwright.locators.text.templates import Templates

LOCATORS: tuple[Locator, ...] = (
    Flux(),
    Compose(),
    Kustomize(),
    ArgoCD(),
    OciCharts(),
    HelmValues(),
    Pipelines(),
    NamedValues(),
    Kubernetes(),
)
TEXTS: tuple[TextLocator, ...] = (Dockerfile(), Hcl(), Nix(), Script(), Dotenv(), Quoted(), Templates())
