"""The shapes a reference is written in; one file each.

The order of the table decides where two shapes could claim one value: the more particular first.
"""

from __future__ import annotations

from tagwright.locators.base import Locator
from tagwright.locators.compose import Compose
from tagwright.locators.flux import Flux
from tagwright.locators.helm_values import HelmValues
from tagwright.locators.kubernetes import Kubernetes
from tagwright.locators.kustomize import Kustomize

LOCATORS: tuple[Locator, ...] = (Flux(), Compose(), Kustomize(), HelmValues(), Kubernetes())
