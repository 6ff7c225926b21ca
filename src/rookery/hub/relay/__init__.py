"""Running queries: one person's message, and everything that bots call below it."""
