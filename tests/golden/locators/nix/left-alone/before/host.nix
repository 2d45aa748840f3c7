{
  # image = "redis:7.2";
  /* image = "ghcr.io/acme/web:1.2.0"; */
  image = "${registry}/acme/web:1.2.0";
  cache = "redis:7.2";
  src = fetchurl { url = "https://ghcr.io/acme/web:1.2.0"; sha256 = "cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc"; };
  hash = "sha256-eh42cO0bFiMNYIpXJSHkGQVnGsn4cmv6ju8VjYu8YYU=";
  ports = [ "6379:6379" ];
}
