"""The measures: pure functions from tables to finished tables and numbers, a file per chapter."""
