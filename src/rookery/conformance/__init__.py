"""Protocol conformance of a bot server in any language: rules as data, and the engine that tries them.

    rules ──► engine ──► checks/* ──► bench (requests, bounded in time and bytes) ──► bot server
                │           │ finding      └── exchange ──► answers (faults of a stream, pure)
                └──► Report: one Verdict for each rule

Speaks only the protocol, from a platform's side; knows no hub and no command line. The door is
`engine.check_bot_server`.
"""
