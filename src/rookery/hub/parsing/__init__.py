"""What is in attached files: their text, and facts about pictures, read by processes of their own."""
