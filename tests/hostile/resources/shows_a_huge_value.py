"""Shows a text of twenty million characters as the value of a cell."""
# %% first
class Huge:
    def _repr_html_(self):
        return "x" * 20_000_000

    __repr__ = _repr_html_


Huge()
