"""What stands beside a value and says whose it is, or which policy rules it: comments, and lines of the configuration.

markers   what a comment says                      binding   which value it means, and what it makes of it
values    the values of a file by position         bound     values that a line of the configuration binds
"""
