"""What a draft of a guideline would change among a practice's people, before it is published."""
