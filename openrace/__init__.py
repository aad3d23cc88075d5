"""The Open Race: an executable report on open-weight models, rebuilt from dated public data."""
