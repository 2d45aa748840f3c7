"""Replay of recorded update commits: the files before, the images that moved, and the files after, byte for byte.

    python -m tests.replay [FILE …] [--kind K] [--every N] [--show]

Reads records as `../shared/research/corpus.md` describes them (JSON lines, gzipped or not). Each case is
given to `tagwright set --batch` on a folder that holds its files; what comes out is compared with what
the commit made of them.
"""
