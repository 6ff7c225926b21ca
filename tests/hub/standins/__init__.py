"""Tests of `rookery.hub.standins`: pure rules, no waiting, no network."""
