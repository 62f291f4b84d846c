"""The versions of guidelines: what is published and from when it holds, drafts, and who may change them."""
