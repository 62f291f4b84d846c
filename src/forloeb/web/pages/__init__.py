"""One module per page: it reads the request, asks or acts, and hands plain data to a template."""
