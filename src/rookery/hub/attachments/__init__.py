"""What a bot gets of the files in a conversation: links that work, texts, descriptions of pictures."""
