{ pkgs, ... }: {
  virtualisation.oci-containers.containers.redis = {
    image = "redis:7.2"; # the cache
    ports = [ "80:80" ];
  };
  api = pkgs.dockerTools.pullImage {
    imageName = "quay.io/acme/api";
    imageDigest = "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    sha256 = "cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc";
    finalImageName = "quay.io/acme/api";
    finalImageTag = "1.2.0";
  };
  values = { image.repository = "acme/job"; image.tag = "1.2.0@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"; };
  other = {
    image = { registry = "ghcr.io"; repository = "acme/web"; tag = "1.2.0"; };
    text = ''
      image: redis:7.2
    '';
  };
}
