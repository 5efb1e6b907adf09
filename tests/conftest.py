"""Property tests run the same examples every time, on machines of any speed; shapes in signatures are checked."""

from hypothesis import settings
from jaxtyping import install_import_hook

settings.register_profile("repository", deadline=None, derandomize=True)
settings.load_profile("repository")
install_import_hook("kbert", "beartype.beartype(conf=beartype.BeartypeConf(is_pep484_tower=True))")
