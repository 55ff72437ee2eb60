"""Knows what kind of mail a message is: spam, advertising, a mailing list, and how one gets off it.

Pure: reads no clock, no disk, keeps no state. What was learned comes in as counts, what is known of people as values.
Never raises on anything that arrived from outside, and its work is bounded whatever the size of a message.
"""
