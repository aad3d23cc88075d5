"""Citing: what a figure, a number, a claim or the book is cited by, in every form."""
