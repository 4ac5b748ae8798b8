"""What courses register: their problems, mistakes, words and report formats, checked."""
