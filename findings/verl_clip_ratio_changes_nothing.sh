#!/usr/bin/env bash
# verl 0.9.1, `clip_ratio` of an actor. (PyPI's PyTorch for Linux takes some gigabytes.)
#
# `clip_ratio` is described as PPO's clipping ratio. The loss takes `clip_ratio_low` and `clip_ratio_high`, and
# `clip_ratio` where they are not set; but both are always set, to 0.2. So who sets `clip_ratio=0.1` trains with 0.2
# and is not told.
#
# Output seen, for a good token whose probability has grown by the factor 1.15, beyond 1 + 0.1:
#   clip_ratio=0.1: gradient -1.15, though it is clipped
#   clip_ratio_low=0.1, clip_ratio_high=0.1: gradient 0.00
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet --disable-pip-version-check torch==2.13.0 verl==0.9.1 tensordict==0.10.0 \
    transformers==5.10.4 2>/dev/null
cd "$folder"
"$folder/env/bin/python" -W ignore - 2>/dev/null <<'PYTHON'
import sys

import torch
from verl.trainer.ppo.core_algos import get_policy_loss_fn
from verl.workers.config import FSDPActorConfig


def gradient(**clip):
    config = FSDPActorConfig(strategy="fsdp", ppo_micro_batch_size_per_gpu=1, rollout_n=1, **clip)
    logp = torch.log(torch.tensor([[0.5 * 1.15]])).requires_grad_()
    old, ones = torch.log(torch.tensor([[0.5]])), torch.ones(1, 1)
    loss, _ = get_policy_loss_fn("vanilla")(old, logp, ones, ones, config=config)
    loss.backward()
    return logp.grad.item()


one, two = gradient(clip_ratio=0.1), gradient(clip_ratio_low=0.1, clip_ratio_high=0.1)
print(f"clip_ratio=0.1: gradient {one:.2f}, though it is clipped")
print(f"clip_ratio_low=0.1, clip_ratio_high=0.1: gradient {two:.2f}")
sys.exit(not (round(one, 2) == -1.15 and two == 0))
PYTHON
