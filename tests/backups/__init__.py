"""Backups: what a copy holds, what a death in the middle leaves, what a restored ledger says."""
