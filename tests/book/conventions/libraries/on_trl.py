"""TRL: `GRPOTrainer` itself, on a model of a few hundred weights that is made here.

What the trainer makes of rewards is read from the table of completions that it writes after one step. What
it makes of log-probabilities comes from its own `compute_loss`; the log-probabilities are given to it.
"""

import math
import os
import tempfile
from pathlib import Path

os.environ.update(HF_HUB_OFFLINE="1", TRL_EXPERIMENTAL_SILENCE="1", CUDA_VISIBLE_DEVICES="")

import datasets
import inputs
import pandas as pd
import torch
import transformers
from tokenizers import Tokenizer, models, pre_tokenizers
from trl import GRPOConfig, GRPOTrainer

datasets.disable_progress_bars()
WORDS = ("<pad>", "<eos>", "one", "two", "three")


def _tokenizer():
    made = Tokenizer(models.WordLevel({word: number for number, word in enumerate(WORDS)}, unk_token="one"))
    made.pre_tokenizer = pre_tokenizers.Whitespace()
    return transformers.PreTrainedTokenizerFast(
        tokenizer_object=made, pad_token="<pad>", eos_token="<eos>", unk_token="one"
    )


def _model(folder):
    """Write the model into `folder` and return its path: with β > 0 the trainer reads its reference there."""
    torch.manual_seed(0)
    size = {"hidden_size": 8, "intermediate_size": 8, "num_hidden_layers": 1, "num_attention_heads": 1}
    config = transformers.LlamaConfig(
        vocab_size=len(WORDS), pad_token_id=0, eos_token_id=1, bos_token_id=1, **size
    )
    transformers.LlamaForCausalLM(config).save_pretrained(Path(folder, "model"))
    return str(Path(folder, "model"))


class _Given(GRPOTrainer):
    """The trainer with log-probabilities that are given in place of a model's."""

    given = None

    def _get_per_token_logps_and_entropies(self, *args, **options):
        return self.given, torch.zeros_like(self.given), None


def _trainer(folder, rewards, kind=GRPOTrainer, **options):
    settings = {
        "num_generations": len(rewards),
        "per_device_train_batch_size": len(rewards),
        "max_completion_length": 4,
        "max_steps": 1,
        "logging_steps": 1,
        "log_completions": True,
        "report_to": "none",
        "save_strategy": "no",
        "use_cpu": True,
        "bf16": False,
        "disable_tqdm": True,
        "learning_rate": 0.0,
        **options,
    }
    return kind(
        model=_model(folder),
        reward_funcs=lambda completions, **_: rewards,
        args=GRPOConfig(folder, **settings),
        train_dataset=datasets.Dataset.from_dict({"prompt": ["one two"] * len(rewards)}),
        processing_class=_tokenizer(),
    )


def _trained(rewards, **options):
    """Return the advantages and the log of one training step with these rewards."""
    with tempfile.TemporaryDirectory() as folder:
        trainer = _trainer(folder, rewards, **options)
        trainer.train()
        (table,) = Path(folder, "completions").glob("*.parquet")
        return pd.read_parquet(table)["advantage"].tolist(), trainer.state.log_history[0]


def group_of_two():
    return _trained(inputs.PAIR)[0][1]


def equal_rewards():
    return {name: _trained(rewards)[0][0] for name, rewards in inputs.EQUAL.items()}


def equal_rewards_in_training():
    advantages, log = _trained(inputs.EQUAL_IN_TRAINING)
    return {
        "advantage": advantages[0],
        "share of groups": log["frac_reward_zero_std"],
    }


def reward_not_a_number():
    return _trained(inputs.BROKEN)[0]


def single_answer():
    try:
        return _trained(inputs.SINGLE)[0][0]
    except ValueError:
        return "refused"


def _loss(log_ratios, advantages, mask=None, old=0.0, **options):
    """Return the loss of given tokens, its gradient in their log-probabilities, and the trainer's metrics."""
    new = torch.tensor(log_ratios, dtype=torch.float64) + old
    new.requires_grad_()
    mask = torch.ones_like(new) if mask is None else torch.tensor(mask, dtype=torch.float64)
    with tempfile.TemporaryDirectory() as folder:
        trainer = _trainer(folder, inputs.PAIR, kind=_Given, **options)
        trainer.given, trainer.current_gradient_accumulation_steps = new, 1
        tokens = torch.ones(new.shape, dtype=torch.long)
        batch = {
            "prompt_ids": tokens[:, :1],
            "prompt_mask": tokens[:, :1],
            "completion_ids": tokens,
            "completion_mask": mask,
            "advantages": torch.tensor(advantages, dtype=torch.float64),
            "old_per_token_logps": torch.full_like(new, old).detach(),
            "ref_per_token_logps": torch.full_like(new, inputs.LOGP_REF).detach(),
            "num_items_in_batch": mask.sum(),
        }
        trainer.model.train()
        loss = trainer.compute_loss(trainer.model, batch)
        (gradient,) = torch.autograd.grad(loss, new)
        return loss.detach(), gradient, trainer._metrics["train"]


def _slope(log_ratio, advantage):
    gradient = _loss([[log_ratio]], [advantage], loss_type="grpo")[1]
    return -gradient[0, 0] / (math.exp(log_ratio) * advantage)


def clip_edge():
    return [_slope(*edge) for edge in inputs.EDGES]


def dual_clip():
    return _slope(*inputs.FAR)


def clip_fraction():
    metrics = _loss([[math.log(each)] for each in inputs.RATIOS], inputs.RATIO_ADVANTAGES)[2]
    return metrics["clip_ratio/region_mean"][0]


def clip_range():
    with tempfile.TemporaryDirectory() as folder:
        trainer = _trainer(folder, inputs.PAIR)
        return [trainer.epsilon_low, trainer.epsilon_high]


def cispo_weight():
    ratios = (1.0, inputs.RATIOS[1])
    return [-_loss([[math.log(each)]], [1.0], loss_type="cispo")[1][0, 0] for each in ratios]


def _aggregated(mask, **options):
    losses = -torch.tensor(inputs.VALUES, dtype=torch.float64)
    return _loss(torch.zeros_like(losses).tolist(), losses.tolist(), mask, **options)[0]


def aggregation_default():
    return _aggregated(inputs.MASK)


def empty_answer():
    return _aggregated(inputs.HALF_EMPTY, loss_type="grpo")


def empty_batch():
    return {f"`{kind}`": _aggregated(inputs.EMPTY, loss_type=kind) for kind in ("grpo", "dapo", "dr_grpo")}


def dr_grpo():
    options = {"loss_type": "dr_grpo"}
    return {
        "tokens": _aggregated(inputs.MASK, **options),
        "advantage": _trained(inputs.PAIR, **options)[0][1],
        'advantage with `scale_rewards="none"`': _trained(inputs.PAIR, scale_rewards="none", **options)[0][1],
    }


def kl_loss():
    loss, gradient, _ = _loss([[0.0]], [0.0], old=inputs.LOGP, loss_type="grpo", beta=1.0)
    return [loss, gradient[0, 0]]


def mismatch_correction():
    config = GRPOConfig("unused", report_to="none", use_cpu=True, bf16=False)
    if not config.vllm_importance_sampling_correction:
        return "off"
    return {f"on, `{config.vllm_importance_sampling_mode}` above": config.vllm_importance_sampling_clip_max}


if __name__ == "__main__":
    transformers.logging.set_verbosity_error()
    inputs.report(globals(), "trl", "transformers", "torch")
