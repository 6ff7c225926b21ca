"""Tests of `rookery.protocol`: pure code, no waiting, no network."""
