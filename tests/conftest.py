"""One hypothesis profile for everybody: the same examples in every run, no deadlines."""

from hypothesis import settings

settings.register_profile("ci", deadline=None, derandomize=True)
settings.load_profile("ci")

pytest_plugins = ["pytester"]
