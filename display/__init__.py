"""What the customer sees and touches: scenes (meaning) -> layouts (where) -> painters (pixels), words, theme, input.

It knows nothing of cards, storage or network, and decides nothing: it shows what it is given.
"""
