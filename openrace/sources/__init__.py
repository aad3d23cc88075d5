"""From what upstreams publish to tidy rows: a file per upstream."""
