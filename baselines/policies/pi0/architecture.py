"""Configurations of `PI0ForConditionalGeneration`, from a few thousand parameters to a few million."""

from __future__ import annotations

import torch
from torch.nn import functional
from transformers import PI0Config, PI0ForConditionalGeneration
from transformers.models.gemma.modeling_gemma import GemmaRMSNorm

from baselines.policies.pi0 import attention
from baselines.policies.pi0.rms_norm import Norm
from baselines.policies.pi0.sizes import Size
from baselines.policies.pi0.tokenizer import IMAGE_ID, PAD_ID
from harness.core.specs import EEF_STATE, OSC_POSE


def make_config(size: Size, vocabulary: int) -> PI0Config:
    """The transformers configuration of `size` for a vocabulary of that many tokens.

    State and action widths are the real ones: with padding the loss would also count padded dimensions.
    """
    text = {
        "model_type": "gemma",
        "hidden_size": size.width,
        "num_hidden_layers": size.layers,
        "intermediate_size": size.ff,
        "num_attention_heads": size.heads,
        "num_key_value_heads": 1,
        "head_dim": size.head_dim,
        "vocab_size": vocabulary,
        "pad_token_id": PAD_ID,
    }
    vision = {
        "model_type": "siglip_vision_model",
        "hidden_size": size.vision_width,
        "num_hidden_layers": size.vision_layers,
        "intermediate_size": size.vision_ff,
        "num_attention_heads": size.vision_heads,
        "patch_size": size.patch,
        "image_size": size.image_size,
        "vision_use_head": False,
    }
    expert = {**text, "hidden_size": size.expert_width, "intermediate_size": size.expert_ff}
    return PI0Config(
        vlm_config={
            "model_type": "paligemma",
            "text_config": text,
            "vision_config": vision,
            "projection_dim": size.width,
            "image_token_id": IMAGE_ID,
        },
        dit_config=expert,
        chunk_size=size.horizon,
        max_state_dim=EEF_STATE.size,
        max_action_dim=OSC_POSE.size,
    )


def build(config: PI0Config, seed: int) -> PI0ForConditionalGeneration:
    """A model with fresh weights drawn from `seed`; torch's global generator is left as it was."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = PI0ForConditionalGeneration(config)
        # Not the fused kernel: its backward pass took half of a training step on CPU.
        model.set_attn_implementation(attention.NAME)
        embeddings = model.model.vlm.vision_tower.embeddings
        embeddings.patch_embedding = PatchLinear.like(embeddings.patch_embedding)
        for parent in list(model.modules()):
            for name, module in parent.named_children():
                if type(module) is GemmaRMSNorm:
                    setattr(parent, name, Norm.like(module))
    return model


class PatchLinear(torch.nn.Conv2d):
    """A convolution whose stride is its kernel, as one matrix product.

    Same parameters and result; the general convolution's backward pass took a fifth of a training step.
    """

    @classmethod
    def like(cls, layer: torch.nn.Conv2d) -> PatchLinear:
        """With the parameters of `layer`."""
        own = cls(
            layer.in_channels,
            layer.out_channels,
            (layer.kernel_size[0], layer.kernel_size[1]),
            (layer.stride[0], layer.stride[1]),
            device="meta",
        )
        own.weight, own.bias = layer.weight, layer.bias
        return own

    def forward(self, pixels: torch.Tensor) -> torch.Tensor:
        """[batch, channels, height, width] to [batch, features, height / stride, width / stride]."""
        batch, _, height, width = pixels.shape
        patches = functional.unfold(pixels, self.kernel_size, stride=self.stride).transpose(1, 2)
        features = functional.linear(patches, self.weight.flatten(1), self.bias).transpose(1, 2)
        return features.reshape(batch, -1, height // self.stride[0], width // self.stride[1])
