resource "docker_container" "redis" {
  image  = "redis:7.2" # the cache
  sidecar = "ghcr.io/acme/web:1.2.0@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
  images = ["redis:7.2", "acme/job:1.2.0"]
}
module "api" {
  image_repository = "acme/api"
  image_tag        = "1.2.0"
}
locals {
  image = { repository = "acme/api", tag = "1.2.0" }
}
resource "helm_release" "one" {
  set {
    name  = "image.repository"
    value = "acme/api"
  }
  set {
    name  = "image.tag"
    value = "1.2.0"
  }
  values = [<<EOF
image:
  repository: acme/job
  tag: "1.2.0"
sidecar:
  image: redis:7.2
EOF
  ]
}
