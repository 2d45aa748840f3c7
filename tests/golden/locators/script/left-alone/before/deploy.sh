#!/bin/sh
# docker run redis:7.2
ADDRESS=redis:7.2
docker run --name redis:7.2 "$IMAGE" redis:7.2
docker run redis redis:7.2
docker build -t redis:7.2 .
IMAGE="$REGISTRY/acme/web:1.2.0"
echo "it's 12:30:45" 10:20
curl http://ghcr.io/acme/web:1.2.0 https://ghcr.io/acme/web:1.2.0
scp web.example.com:data . && rsync user@web.example.com:data .
git clone git@github.com:acme/web && go get github.com/acme/web:main
