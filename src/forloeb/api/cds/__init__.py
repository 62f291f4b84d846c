"""CDS Hooks 2.0: a record system asks while it shows a patient or orders medicine, and gets cards.

Cards are made by the same reading and the same engine as `forloeb evaluate`. What is not known is said in a card.
"""
