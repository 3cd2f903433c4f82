"""A scope that collects what a function would do to variables, instead of doing it."""

import keras

__all__ = ["Recorder"]


class Recorder(keras.StatelessScope):
    """Collects updates of variables; inside it, variables read as their newest collected value.

    Scopes of Keras do not inherit, so a recorder starts with a copy of what the enclosing recorder holds.

    Args:
        values: pairs `(variable, tensor)` that the scope starts with, on top of the enclosing recorder's.
    """

    _open: list["Recorder"] = []

    def __init__(self, values=()):
        super().__init__()
        if Recorder._open:
            self.state_mapping.update(Recorder._open[-1].state_mapping)
        self.state_mapping.update({id(variable): value for variable, value in values})
        self._updated = {}

    def __enter__(self):
        Recorder._open.append(self)
        return super().__enter__()

    def __exit__(self, *error):
        Recorder._open.pop()
        return super().__exit__(*error)

    def add_update(self, update):
        """Keras calls this for every `variable.assign(value)` inside the scope."""
        variable, _ = update
        self._updated[id(variable)] = variable
        super().add_update(update)

    @property
    def updated(self) -> list:
        """The variables that were assigned inside the scope, in the order of their first assignment."""
        return list(self._updated.values())

    def value_of(self, variable):
        """The variable's value as the scope sees it."""
        value = self.state_mapping.get(id(variable))
        return variable.value if value is None else value
