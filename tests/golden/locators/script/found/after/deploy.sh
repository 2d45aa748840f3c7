#!/bin/sh
IMAGE=redis:7.4
export JOB_IMAGE="${JOB_IMAGE:-acme/job:1.3.0}"
docker run --rm -it \
  --publish 80:80 -v data:/data -e HOST=web:8080 \
  -p 0.0.0.0:$((3080 + $1)):3080 \
  -e URL="$(address "http://web-" "$1" ":80")" \
  redis:7.4 redis-server --port 6379:6379
podman pull acme/job:1.3.0 && docker run $OPTIONS 'acme/job:1.3.0' sh
kubectl run web --image=redis:7.4 --port=80
kubectl set image deployment/web web=redis:7.4
skopeo copy docker://acme/job:1.3.0 docker://localhost:5000/acme/job:1.3.0
check ghcr.io/acme/web:1.3.0
cat <<EOF
image: redis:7.4
EOF
