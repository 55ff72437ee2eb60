"""Knows Textual: paints what `view` computes, turns keys into actions, hands Intents and Wishes to the sink.

Never parses mail, never waits on disk or network on its event loop, never reaches behind the ports.
"""
