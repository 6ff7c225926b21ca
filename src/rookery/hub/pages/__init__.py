"""The hub's own pages: plain HTML made on the server, which works without a build and without scripts."""
