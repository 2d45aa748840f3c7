// image: 'redis:7.2'
{
  image: 'redis:7.2',
  other:: { web: 'ghcr.io/acme/web:1.2.0' },
  images: ['redis:7.2', 'acme/job:1.2.0'],
  values+: { image: { repository: "acme/job", tag: "1.2.0" } },
}
