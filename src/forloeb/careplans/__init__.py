"""Care plans: one per disease under one view, in immutable versions; goals, statements, agreements, reviews, drafts."""
