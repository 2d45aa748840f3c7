"""Policies tried on lists of tags, without a registry.

lists.py          one list, or JSON lines of them, for `choose`
files.py          files of cases, with every mistake at its line
expectations.py   what people expect of their configuration, and what came of it
"""
