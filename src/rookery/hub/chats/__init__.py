"""Conversations: chats, messages as a tree, search, export."""
