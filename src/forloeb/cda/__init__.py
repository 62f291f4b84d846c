"""CPD-DK 2.0.0: the CDA document that forløbsplaner travel in, read and written. No I/O.

docs/reference/cpd-dk.md lays down what stands where.
"""
