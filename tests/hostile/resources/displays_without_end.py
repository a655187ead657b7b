"""Displays something for ever, and puts ever more in the place of what it has displayed."""
# %% first
from IPython.display import HTML, display

handle = display("one", display_id="one")
size = 1000
while True:
    display(HTML("<p>more</p>" * 100))
    handle.update("x" * size)
    size = min(2 * size, 10_000_000)
