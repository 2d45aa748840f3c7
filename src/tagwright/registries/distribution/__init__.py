"""The OCI distribution API, as every registry speaks it.

conversation.py   one registry, asked one thing at a time
lists.py          tags
manifests.py      what a tag points at
"""
