"""What Git remembers: what was written back, what people took back, what stands on a branch of ours.

past.py        the questions, each answered once and remembered by head
answered.py    what people answered to our pull requests
chronicle.py   what the messages of commits say
moves.py       how a reference moved, and which of its versions people took back
"""
