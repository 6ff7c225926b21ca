"""`rookery chat`: a message or a conversation in the terminal.

command ──► interactive ──► session ──► answer ──► follow ──► the hub
(arguments) (prompt loop)   (history)   (reading)  (reconnecting)
                                           │
                                           └──► screens (a terminal, a pipe, JSON)
"""
