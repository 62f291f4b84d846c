"""Clinical facts as received: observations, conditions, medication. Corrected by newer facts, never overwritten."""
