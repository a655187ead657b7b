#!/usr/bin/env bash
# torchrl 0.14.1 with PyTorch 2.13.0, `CISPOLoss` beside `GRPOLoss`. (PyPI's PyTorch for Linux takes some gigabytes.)
#
# CISPO (arXiv 2506.13585, which the class names) clips the weight of a token, holds it constant, and multiplies it
# by log π: every token keeps a gradient, and that is what it is for. `CISPOLoss` differentiates the clipped weight
# itself. A token outside of the clip range has no gradient, on either side: not where GRPO cuts it (ratio 1.5 and a
# good token), and not where GRPO lets it live (ratio 0.5 and a good token).
#
# Output seen, the gradient of the loss in the logit of a good token whose probability is 0.5:
#   ratio 0.5: GRPOLoss -0.250, CISPOLoss 0.000, by the paper -0.400
#   ratio 1.0: GRPOLoss -0.500, CISPOLoss -0.500, by the paper -0.500
#   ratio 1.5: GRPOLoss 0.000, CISPOLoss 0.000, by the paper -0.600
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet --disable-pip-version-check numpy torch==2.13.0 torchrl==0.14.1 tensordict==0.14.3 2>/dev/null
"$folder/env/bin/python" -W ignore - <<'PYTHON'
import sys

import torch
from tensordict import TensorDict
from torchrl.modules.distributions import LLMMaskedCategorical
from torchrl.objectives.llm import CISPOLoss, GRPOLoss


class Actor(torch.nn.Module):
    """A policy over two tokens, both with probability 0.5."""

    in_keys = []

    def __init__(self):
        super().__init__()
        self.logits = torch.nn.Parameter(torch.zeros(1, 1, 2))

    def get_dist(self, tensordict, **_):
        return LLMMaskedCategorical(logits=self.logits, mask=torch.ones(1, 1, dtype=torch.bool))


def gradient(kind, ratio):
    actor = Actor()
    data = TensorDict(
        {
            ("tokens", "full"): torch.zeros(1, 1, dtype=torch.long),
            ("log_probs", "full"): torch.log(torch.tensor([[0.5 / ratio]])),
            "advantage": torch.ones(1, 1, 1),
        },
        batch_size=[1],
    )
    kind(actor, clip_epsilon=0.2, entropy_bonus=False)(data).loss_objective.backward()
    return actor.logits.grad[0, 0, 0].item()


seen = []
for ratio in (0.5, 1.0, 1.5):
    grpo, cispo = gradient(GRPOLoss, ratio), gradient(CISPOLoss, ratio)
    paper = -min(max(ratio, 0.8), 1.2) * (1 - 0.5)  # d log π / d logit is 1 − π
    print(f"ratio {ratio}: GRPOLoss {grpo:.3f}, CISPOLoss {cispo + 0:.3f}, by the paper {paper:.3f}")
    seen.append((round(grpo, 3), round(cispo, 3)))
sys.exit(seen != [(-0.25, 0.0), (-0.5, -0.5), (0.0, 0.0)])
PYTHON
