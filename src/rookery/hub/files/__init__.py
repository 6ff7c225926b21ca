"""Files of people and bots: kept once per content, reached by signed links."""
