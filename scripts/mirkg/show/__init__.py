"""Show: what was asked, as text, html and drawings."""
