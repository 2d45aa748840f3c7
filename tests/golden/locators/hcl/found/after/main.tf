resource "docker_container" "redis" {
  image  = "redis:7.4" # the cache
  sidecar = "ghcr.io/acme/web:1.3.0@sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
  images = ["redis:7.4", "acme/job:1.3.0"]
}
module "api" {
  image_repository = "acme/api"
  image_tag        = "1.3.0"
}
locals {
  image = { repository = "acme/api", tag = "1.3.0" }
}
resource "helm_release" "one" {
  set {
    name  = "image.repository"
    value = "acme/api"
  }
  set {
    name  = "image.tag"
    value = "1.3.0"
  }
  values = [<<EOF
image:
  repository: acme/job
  tag: "1.3.0"
sidecar:
  image: redis:7.4
EOF
  ]
}
