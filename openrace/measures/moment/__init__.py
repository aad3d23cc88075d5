"""Was January 2025 a break, and in what? Everything the chapter on the DeepSeek moment calls.

A part is a module with the part's name: `market`, `releases` (its breaks in `breaks`), `quality`
(with `race`, `lags` and `arena`), `price` (with `prices` and their readings), `timeline` (with
`coverage`).
"""
