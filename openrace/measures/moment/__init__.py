"""Was January 2025 a break, and in what? Everything the chapter on the DeepSeek moment calls."""
