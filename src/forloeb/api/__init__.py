"""What other systems speak with: CDS Hooks for record systems."""
