"""The checks: contract, values, gradient, update, training, and blame by substitution."""
