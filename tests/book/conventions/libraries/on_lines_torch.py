"""Run each line of PyTorch and write what it gives."""

import inputs
import lines
import torch

LEAVES = ("theta", "w1", "w2", "z", "logits", "logp_new", "Q")


def _names():
    """Return what the lines are given, with `J`, `L`, and the gradients that are there already."""
    names = {name: torch.tensor(value, dtype=torch.float64) for name, value in lines.GIVEN.items()}
    names |= {name: torch.tensor(value) for name, value in (lines.INTEGERS | lines.FLAGS).items()}
    names |= lines.NUMBERS | {"torch": torch}
    for name in LEAVES:
        names[name].requires_grad_()

    def objective(theta):
        return -((theta - names["c"]) ** 2).sum() + theta[0] * theta[1] ** 2

    def loss(w1, w2):
        return 0.5 * ((torch.tanh(names["x"] @ w1) @ w2 - names["target"]) ** 2).sum(-1).mean()

    (names["g"],) = torch.autograd.grad(objective(names["theta"]), names["theta"])
    names["theta"].grad = names["g"].clone()
    names["w1"].grad, names["w2"].grad = torch.autograd.grad(
        loss(names["w1"], names["w2"]), (names["w1"], names["w2"])
    )
    names["ratio"] = torch.exp(names["logp_new"] - names["logp_old"])
    names["G"] = names["A"] = torch.zeros(names["T"] + 1, dtype=torch.float64)
    return names | {"J": objective, "L": loss}


def _run(line):
    names = _names()
    exec(f"{line.torch}\n{line.read_torch}", names)
    return [each.detach() for each in names["result"]]


def results():
    return {name: _run(line) for name, line in lines.LINES.items()}


if __name__ == "__main__":
    inputs.report(globals(), "torch")
