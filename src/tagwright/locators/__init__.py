"""The shapes a reference is written in; one file each.

The order of a table decides: where two shapes of YAML could claim one value, and which of the other
formats reads a file; the more particular first.
"""

from __future__ import annotations

from tagwright.locators.argocd import ArgoCD
from tagwright.locators.base import Locator, TextLocator
from tagwright.locators.compose import Compose
from tagwright.locators.dockerfile import Dockerfile
from tagwright.locators.dotenv import Dotenv
from tagwright.locators.flux import Flux
from tagwright.locators.hcl import Hcl
from tagwright.locators.helm_values import HelmValues
from tagwright.locators.kubernetes import Kubernetes
from tagwright.locators.kustomize import Kustomize
from tagwright.locators.named_values import NamedValues
from tagwright.locators.nix import Nix
from tagwright.locators.oci_charts import OciCharts
from tagwright.locators.pipelines import Pipelines
from tagwright.locators.quoted import Quoted
from tagwright.locators.script import Script
from tagwright.locators.templates import Templates

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
