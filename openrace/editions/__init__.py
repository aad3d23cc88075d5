"""Editions: the book frozen under its data date, and what moves from one to the next.

`published/` in git records each edition, so that any copy can be proved to be the one published.
"""
