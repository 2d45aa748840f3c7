"""Git without a work tree, and everything about talking to a remote.

mirror.py      a bare, shallow repository of one remote: commit, push
copy.py        what it has of the remote: fetch, read
refs.py        where the remote's branches are
history.py     what was committed before, without the files: a second, partial repository
trail.py       the commits of a branch as they come, of a remote or of a clone on this machine
ledger.py      what no commit carries, on a ref of its own, by compare-and-swap
commands.py    one git command: its process, its environment and its end (the only GitPython import)
address.py     what a repository's address may be
access.py      who we are to a remote, and the closed environment every git process runs in
keys.py        whether ssh can use a key
errors.py      what git says, in our words
refusals.py    what a server means that refuses a push
blobs.py       the contents of blobs and commits
text.py        what git prints and reads
signing.py     signatures of commits, by ssh-keygen and gpg
cache.py       the folder a mirror is kept in
processes.py   the git processes that run now, so that a signal can end them
"""
