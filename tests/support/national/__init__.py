"""National services, invented: processes of their own that speak as docs/how-to/connect-nationally.md says."""
