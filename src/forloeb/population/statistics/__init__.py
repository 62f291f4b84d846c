"""The national statistics of plans: the four published reports, closed months, and figures about the people behind."""
