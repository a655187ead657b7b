"""Calls a function of NumPy that computes for minutes and looks for no interrupt meanwhile."""
# %% td_target
def td_target(rewards, next_q, terminated, gamma):
    return np.correlate(np.ones(1_000_000), np.ones(1_000_000), "full")
