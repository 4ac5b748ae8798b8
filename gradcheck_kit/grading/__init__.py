"""Grading a class, and the command line."""
