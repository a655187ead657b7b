"""Makes ever larger byte arrays, in a cell and in a graded function."""
# %% first
def fill():
    kept = []
    while True:
        kept.append(bytearray(b"1") * 5_000_000)

# %% td_target
def td_target(rewards, next_q, terminated, gamma):
    fill()

# %% last
fill()
