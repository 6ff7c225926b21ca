"""`rookery trace`: what a query asked, what came when, and what hangs below it."""
