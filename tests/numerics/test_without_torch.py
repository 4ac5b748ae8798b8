"""Without PyTorch nothing is missing: the kit never imports it, and asks for none."""

import os
import subprocess
import sys
import types

import numpy as np
import pytest

from gradcheck_kit import check_gradient
from gradcheck_kit.numerics.torch_functions import as_array, is_module, is_tensor, loaded_torch

SCRIPT = """
import sys
import numpy as np
from gradcheck_kit import assert_gradient, check_vjp, numerical_gradient
w = np.array([1.0, 2.0])
numerical_gradient(lambda w: (w**2).sum(), w)
assert_gradient(lambda w: (w**2).sum(), 2 * w, w)
assert check_vjp(lambda x: x * 2, lambda u, x: u * 2, (w,)).verdict == "ok"
"""


def run_with_fake_torch(folder, script):
    """Run a script where ``import torch`` would find a file that says that it was imported."""
    (folder / "torch.py").write_text("print('torch was imported')\n", encoding="utf-8")
    path = os.pathsep.join([str(folder), *filter(None, sys.path)])
    return subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True,
        env={**os.environ, "PYTHONPATH": path},
    ).stdout  # fmt: skip


def test_the_kit_never_imports_torch(tmp_path):
    assert run_with_fake_torch(tmp_path, SCRIPT) == ""


def test_an_import_would_be_seen(tmp_path):
    assert run_with_fake_torch(tmp_path, SCRIPT + "import torch") == "torch was imported\n"


@pytest.mark.parametrize(
    "module", [None, types.ModuleType("torch")], ids=["blocked", "not the real one"]
)
def test_a_module_that_is_not_pytorch(monkeypatch, module):
    """A learner's own torch.py, or one that is being imported just now, is let be."""
    monkeypatch.setitem(sys.modules, "torch", module)
    assert loaded_torch() is None
    assert not is_tensor(1.0)
    assert not is_module(1.0)
    np.testing.assert_array_equal(as_array([1.0, 2.0]), [1.0, 2.0])
    assert check_gradient(lambda w: w**2, lambda w: 2 * w, 3.0).verdict == "ok"
