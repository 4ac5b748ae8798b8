"""Loading and calling learner code: in this process, or in a worker process of its own."""
