"""The ledger stage: keyed by record key, the authority on the customer's side of a verdict.

``memory`` remembers event ids, ``account`` is the state of one key, ``fold`` takes events into it,
``judge`` turns it into add candidates for the staff stage.
"""
