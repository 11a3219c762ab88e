import json
from dataclasses import replace

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from baselines.methods import GROUPS
from baselines.policies.pi0 import checkpoint
from baselines.policies.sources import hub
from baselines.policies.sources import spec as loading
from harness.core import registry
from harness.core.errors import UserError
from harness.core.rng import derive_rng


@pytest.fixture
def folder(policy, tmp_path):
    policy.profile = replace(policy.profile, name="mine", replan=4)
    checkpoint.save(policy, tmp_path / "mine", torch.float32)
    return tmp_path / "mine"


def test_names() -> None:
    assert {name for group in GROUPS.values() for name in group} <= set(registry.names("method"))
    scores = [
        "ablation",
        "centroid",
        "fisher",
        "gradient",
        "knn",
        "knn-greedy",
        "layers",
        "random",
        "variance",
    ]
    assert registry.names("selector") == [*scores, "worst"]
    assert {"fake", "pi0-small"} <= set(registry.names("policy"))
    for kind in ("policy", "method", "selector", "checkpoint"):
        for name in registry.names(kind):
            assert registry.find(kind, name).name == name


def test_round_trip(folder, policy, observations) -> None:
    loaded = loading.load_policy(str(folder), "cpu")
    rngs = [[derive_rng(i) for i in range(3)] for _ in range(2)]
    assert np.array_equal(loaded.act(observations, rngs[0]), policy.act(observations, rngs[1]))
    assert (loaded.name, loaded.profile.replan, loaded.horizon) == ("mine", 4, 10)


def test_describe_agrees_with_the_policy(folder) -> None:
    for spec in ("fake", str(folder)):
        about, loaded = loading.describe(spec), loading.load_policy(spec, "cpu")
        assert about.total_params == sum(value.numel() for value in loaded.model.parameters())
        for name in ("name", "image_size", "render", "horizon"):
            assert getattr(about, name) == getattr(loaded.profile, name)
        assert about.replan_steps == loaded.profile.replan
        assert about.needs == loaded.needs
        assert about.streams == tuple(stream.info for stream in loaded.streams.values())
        assert about.sha256


def test_lacking_files_are_named(folder) -> None:
    (folder / "model.safetensors").unlink()
    with pytest.raises(UserError, match=r"lacks model\.safetensors"):
        loading.describe(str(folder))


def test_the_first_misfit_is_named(folder) -> None:
    weights = load_file(folder / "model.safetensors")
    weights["action_out_proj.weight"] = weights["action_out_proj.weight"][:, :5].contiguous()
    save_file(weights, folder / "model.safetensors")
    with pytest.raises(UserError, match=r"'action_out_proj\.weight' has shape \(7, 5\).* \(7, 16\)") as error:
        loading.load_policy(str(folder), "cpu")
    assert "\n" not in str(error.value)
    del weights["action_out_proj.weight"]
    save_file(weights, folder / "model.safetensors")
    with pytest.raises(UserError, match=r"lacks tensor 'action_out_proj\.weight'"):
        loading.load_policy(str(folder), "cpu")


def altered(name, change):
    def harm(folder):
        content = json.loads((folder / name).read_text())
        change(content)
        (folder / name).write_text(json.dumps(content))

    return harm


def half(name):
    return lambda folder: (folder / name).write_bytes(
        (folder / name).read_bytes()[: (folder / name).stat().st_size // 2]
    )


def flip(folder):
    content = bytearray((folder / "model.safetensors").read_bytes())
    content[-1] ^= 1
    (folder / "model.safetensors").write_bytes(content)


def rewritten(**values):
    return altered("policy.json", lambda content: content.update(values))


HARMS = {
    "half the weights": (half("model.safetensors"), r"model\.safetensors is damaged or not whole"),
    "no weights": (lambda folder: (folder / "model.safetensors").write_bytes(b""), "damaged or not whole"),
    "one bit": (flip, "is not the one that policy.json was written with"),
    "half the manifest": (half("policy.json"), r"policy\.json is damaged"),
    "half the config": (half("config.json"), r"config\.json is damaged"),
    "no words": (altered("policy.json", lambda content: content.pop("words")), "it lacks 'words'"),
    "a path": (rewritten(name="../x"), "its name cannot be part"),
    "a size": (rewritten(image_size=10**9), "no whole number"),
    "another sum": (rewritten(total_params=9), "says 9 parameters"),
    "layers": (
        altered("config.json", lambda config: config["dit_config"].update(num_hidden_layers=10**9)),
        "num_hidden_layers is more than 1000",
    ),
}  # fmt: skip


@pytest.mark.parametrize("harm", HARMS)
def test_a_damaged_checkpoint_is_refused_before_a_study(folder, harm) -> None:
    do, complaint = HARMS[harm]
    do(folder)
    with pytest.raises(UserError, match=complaint) as error:
        loading.describe(str(folder))
    assert "\n" not in str(error.value)
    assert str(folder) in str(error.value)


def test_a_published_directory_is_known_by_its_weights(policy, tmp_path) -> None:
    policy.model.save_pretrained(tmp_path)
    assert len(loading.describe(str(tmp_path)).sha256) == 64
    half("model.safetensors")(tmp_path)
    with pytest.raises(UserError, match="damaged or not whole"):
        loading.describe(str(tmp_path))


def test_unknown_policy_lists_the_known() -> None:
    with pytest.raises(UserError, match="unknown policy 'nope'; known: fake, fake-planar, pi0-small"):
        loading.load_policy("nope")


def test_no_network_is_one_line(monkeypatch) -> None:
    monkeypatch.setattr(hub, "reachable", lambda: False)
    for call in (loading.load_policy, loading.describe):
        with pytest.raises(UserError, match="cannot load policy 'nobody/pi0_missing'") as error:
            call("nobody/pi0_missing")
        assert "\n" not in str(error.value)


def test_transformers_directories_load_too(policy, observations, tmp_path) -> None:
    """The format of published checkpoints: no policy.json, a tokenizer of its own."""
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    policy.model.save_pretrained(tmp_path)
    inner = Tokenizer(models.WordLevel({"<pad>": 0, "<bos>": 1, "open": 5, "<unk>": 2}, "<unk>"))
    inner.pre_tokenizer = pre_tokenizers.Whitespace()
    PreTrainedTokenizerFast(
        tokenizer_object=inner, pad_token="<pad>", bos_token="<bos>", unk_token="<unk>"
    ).save_pretrained(tmp_path)
    loaded = loading.load_policy(str(tmp_path), "cpu")
    assert loaded.act(observations, [derive_rng(i) for i in range(3)]).shape == (3, 10, 7)
    config = json.loads((tmp_path / "config.json").read_text())
    config["max_action_dim"] = 9
    (tmp_path / "config.json").write_text(json.dumps(config))
    with pytest.raises(UserError, match=r"tensor '.*' has shape .* its config.json asks for"):
        loading.load_policy(str(tmp_path), "cpu")
