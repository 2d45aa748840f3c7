"""What people want of references, as they write it: configuration files and markers, with every mistake at its line.

loading.py          a file -> Config; a repository's own file laid over its target; the schema
options.py          every key, once; policy_options.py and window_options.py are parts of it
shapes.py           what a value may be; checks.py: single texts; times.py: durations and moments
documents.py        YAML -> nodes (nodes.py) with their lines
rules.py            which policy rules a reference; markers.py: what a marker asks for
"""
