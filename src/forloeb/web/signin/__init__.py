"""The way in: OpenID Connect, and in a demo a choice of invented people."""
