"""A reader and cards without hardware: a radio field on the loopback network that nfcpy's own code reads, and a driver in pure memory.

These parts ship with the product (demonstration, `doctor`, scripts) and pass the same contract tests as the real ones.
"""
