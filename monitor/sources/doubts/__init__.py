"""Reasons not to believe a snapshot: one module a kind, found by its `KIND`. All are pure.

`doubt(snapshot, believed)` says what was got and what was expected, None = nothing speaks against it. `PATIENCE`: for
how long a source must stay as it is to be believed after all, None = it never is.
"""
