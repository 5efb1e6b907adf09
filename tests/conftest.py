"""Property tests run the same examples every time, on machines of any speed."""

from hypothesis import settings

settings.register_profile("repository", deadline=None, derandomize=True)
settings.load_profile("repository")
