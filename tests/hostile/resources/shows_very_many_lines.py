# %% last
from IPython.display import HTML, display

display(HTML("x" + "\n" * 1_500_000 + "x"))
# %% last
display(HTML("<svg " * 100_000))
