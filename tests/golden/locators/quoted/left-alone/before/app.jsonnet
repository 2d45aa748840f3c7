/* image: 'redis:7.2' */
{
  cache: 'redis:7.2',
  image: 'redis',
  url: 'https://ghcr.io/acme/web:1.2.0',
  image2: 'ghcr.io/acme/web:' + version,
  ports: ['80:80'],
}
