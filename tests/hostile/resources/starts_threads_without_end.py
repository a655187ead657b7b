"""A thread bomb: says how many there were, then lets them all compute."""
# %% first
import threading

go = threading.Event()


def compute():
    go.wait()
    while True:
        pass


threads = 0
try:
    while threads < 10_000:
        threading.Thread(target=compute, daemon=True).start()
        threads += 1
except RuntimeError:
    pass
print(threads)
go.set()
