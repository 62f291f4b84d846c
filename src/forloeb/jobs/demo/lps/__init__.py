"""A small record system (LPS) as a process of its own: the counterpart that the demo and the tests connect to.

It imports nothing of Forløb, so that the two can only agree on what the standards say.
`python -m forloeb.jobs.demo.lps --port 8300 --store lps.sqlite3`
"""
