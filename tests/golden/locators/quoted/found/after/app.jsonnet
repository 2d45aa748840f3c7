// image: 'redis:7.2'
{
  image: 'redis:7.4',
  other:: { web: 'ghcr.io/acme/web:1.3.0' },
  images: ['redis:7.4', 'acme/job:1.3.0@sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb'],
  values+: { image: { repository: "acme/job", tag: "1.3.0@sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb" } },
}
