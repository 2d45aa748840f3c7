# image = "redis:7.2"
// image = "redis:7.2"
/* image = "redis:7.2"
   other = "ghcr.io/acme/web:1.2.0" */
module "one" {
  source = "git::https://github.com/acme/modules.git?ref=v1.2.0"
  image  = "${var.registry}/acme/web:1.2.0"
  role   = "arn:aws:iam::123456789012:role/web"
  port   = "8080:80"
  url    = "https://ghcr.io/acme/web:1.2.0"
  disk_image = "debian-cloud/debian-11"
  member = "user:someone@example.com"
  cache  = "redis:7.2"
}
resource "helm_release" "one" {
  set {
    name  = "redis.image.repository"
    value = "redis"
  }
}
resource "helm_release" "two" {
  set {
    name  = "redis.image.pullPolicy"
    value = "Always"
  }
}
