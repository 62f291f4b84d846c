"""The words every room shares: answers, codes, identifiers, quantities and periods. Knows no other room."""
