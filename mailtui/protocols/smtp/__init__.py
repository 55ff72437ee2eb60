"""Knows mail submission: what an answer means, the link that hands a message over phase by phase, the sending worker.

The pure modules never open a socket; the link never decides what to send, nor whether to send it again.
"""
