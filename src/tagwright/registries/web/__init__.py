"""HTTP as registries need it.

http.py         any host, redirects;  connections.py  one host: its pool, retries, limits
answers.py      a body, whole or an error
origin.py       where to;  proxies.py  what stands between
patience.py     how long;  pace.py  whose turn it is;  allowance.py  what a host still allows
watch.py        a limit for whole exchanges
accounts.py     every request is counted: for whom, and of whom
"""
