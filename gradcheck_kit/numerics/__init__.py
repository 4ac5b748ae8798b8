"""Numerical differentiation and comparison. Needs numpy only and knows nothing of pytest."""
