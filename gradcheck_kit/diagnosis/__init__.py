"""Words for what the checks found, in the learner's language."""
