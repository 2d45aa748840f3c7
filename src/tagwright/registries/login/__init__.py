"""Logging in to a registry.

challenges.py     what a 401 asks for
token_server.py   where tokens come from
tokens.py         the login itself, and tokens kept until they run out
"""
