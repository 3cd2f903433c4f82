"""Games that tell which of their options they read."""

__all__ = ["watched"]


def watched(game_class: type, read: set[str]) -> type:
    """Returns a subclass whose instances add to `read` the name of every option that is read from `self.options`."""

    class Options(dict):
        def __getitem__(self, key):
            read.add(key)
            return super().__getitem__(key)

        def get(self, key, default=None):
            read.add(key)
            return super().get(key, default)

    class Watched(game_class):
        def __setattr__(self, name, value):
            # Past Keras, which would keep a dict of its own.
            if name == "options":
                object.__setattr__(self, name, Options(value))
            else:
                super().__setattr__(name, value)

    return Watched
