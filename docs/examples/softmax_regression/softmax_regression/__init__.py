"""Softmax regression by hand: a course on gradcheck-kit."""
