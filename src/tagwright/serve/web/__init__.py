"""The web side of the service: how it is told of things, and how people look at it.

app.py         the routes of every room, under one edge
edge.py        what holds for every request: size, time, headers, failures;  strangers.py  who may ask too much
listening.py   the server, in a thread of its own;  wire.py  how it speaks
health.py      /healthz, /readyz
measuring.py   /metrics
page.py        / and the pages below it;  access.py  who may see them;  readers.py  how many at once
announcing.py  /announce
hooks.py       /hooks/NAME;  commands.py  what people ask for in a comment;  whose.py  which targets a repository is
"""
