# syntax=docker/dockerfile:1
# Tagwright in a container, for all three ways of running it: not root, and nothing is written outside --cache and /tmp,
# so a read-only root file system works. The service listens on 8080 when it is told `--listen 0.0.0.0:8080`.
FROM python:3.13-slim-bookworm AS build
WORKDIR /source
COPY pyproject.toml README.md LICENSE ./
COPY src ./src
RUN python -m venv /opt/tagwright \
 && /opt/tagwright/bin/pip install --no-cache-dir --no-compile '.[redis,notify,otel]' \
 && python -m compileall -q /opt/tagwright

FROM python:3.13-slim-bookworm
RUN apt-get update \
 && apt-get install -y --no-install-recommends git openssh-client ca-certificates \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --system --uid 65532 --home-dir /nonexistent --shell /usr/sbin/nologin tagwright
COPY --from=build /opt/tagwright /opt/tagwright
# Two arenas of memory instead of eight for each core: threads of the service leave a fifth less behind.
ENV PATH=/opt/tagwright/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 MALLOC_ARENA_MAX=2
USER 65532:65532
EXPOSE 8080
WORKDIR /tmp
ENTRYPOINT ["tagwright"]
CMD ["--help"]
