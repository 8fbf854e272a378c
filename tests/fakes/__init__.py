"""Panels made for tests of the shell: found like real ones, by folder."""
