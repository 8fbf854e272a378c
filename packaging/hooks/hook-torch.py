"""What torch needs at run time. The common hook takes every module and test; this one what is imported."""

from PyInstaller.utils.hooks import PY_DYLIB_PATTERNS, collect_data_files, collect_dynamic_libs

module_collection_mode = "pyz+py"
warn_on_missing_hiddenimports = False
datas = collect_data_files("torch", includes=["bin/torch_shm_manager*", "_inductor/**/*.json", "version.py"])
binaries = collect_dynamic_libs("torch", search_patterns=[*PY_DYLIB_PATTERNS, "*.so.*"])
hiddenimports = ["torch._C", "torch.testing", "torch.ao", "torchgen", "torch._inductor"]
# torch finds its libraries beside each other; links to them elsewhere confuse it.
bindepend_symlink_suppression = ["**/torch/lib/*.so*"]
