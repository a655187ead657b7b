"""Never ends a cell."""
# %% first
while True:
    pass
