"""Every message is raised here, by a program, and its remedy can be pasted into that program and runs.

In a message, code that the reader is told to write stands in backticks after the word "write" (or "or", in a list of ways).
A message with such code has an entry in `TRIGGERS`: a program that raises it. The test pastes each piece of code into the
same program, and runs it. A message without such code is in `WORDS_ALONE`, also with a program that raises it; or in
`ELSEWHERE`, if another test does that. And no `raise` outside of the folder `messages` has a text of its own.
"""

import ast
import copy
import importlib
import inspect
import io
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from helpers import one_test_of

import tinygrad_lite as tg
from tinygrad_lite import messages

CODE = re.compile(r"\b(?:[Ww]rite|or|and|Did you mean) `([^`]+)`")

SETUP = """
x, X, rng, f = np.ones(3), np.eye(2), np.random.default_rng(0), io.BytesIO()
t, w, u = tg.Tensor([0.5, 1.0], name="t"), tg.Tensor(np.ones(3), name="w"), tg.Tensor(2.0, name="u")
low, high, mu, sigma = tg.Tensor(0.0), tg.Tensor(1.0), tg.Tensor(0.0), tg.Tensor(1.0)
y = t * t
c = np.zeros(2)
nn = tg.nn
"""
TRIGGERS = {
    "not_compiled": "tg.compile(f)(x)",
    "unsteady": "tg.compile(f)(x)",
    "random_numbers": "tg.compile(f)(x)",
    "changes_outside": "step = tg.compile(f)\nfor c[0] in range(20): step(x)",
    "changes_in_training": "tg.compile(f)(x)",
    "too_much_outside": "tg.compile(f)(x)",
    "asks_for_kinds": "tg.compile(f)(x, 1.5)",
    "too_many_variants": "step = tg.compile(f)\nfor i in range(20): step(2.0**-i)",
    "falls_back": "tg.compile(f, fallback=True)(x)",
    "no_such_class": "rules.nets.entropy.cross_entropy(tg.Tensor(np.eye(3)), targets)",
    "no_rule": "np.char.upper(t)",
    "where_of_ufunc": "np.sin(t, where=mask)",
    "unknown_keyword": 'np.sin(t, signature="d->d")',
    "writes_in_place": "np.multiply(t, t, out=c)",
    "not_a_switch": "tg.Tensor(1, 2, 3)",
    "not_of_backward": "t.backward(retain_graph=True)",
    "no_parentheses": "with tg.no_grad: t * 2",
    "not_a_function": "tg.grad(w)",
    "not_a_position": "tg.grad(loss, 'w')",
    "into_whole_numbers": "k[0] = t[0]",
    "leaf_in_place": "w -= 0.1",
    "view_of_leaf": "w[:2][0] = 5.0",
    "read_only": "t = np.diagonal(X * u); t[0] = 1.0",
    "stretched": "np.broadcast_to(y, (2, 2))[0] = 1.0",
    "list_of_numbers": "tg.grad(lambda p: p @ p)([1.0, 2.0])",
    "gradient_of_another_shape": "np.sum(w).backward()",
    "not_a_scalar": "y.backward()",
    "not_recorded": "t.detach().backward()",
    "not_a_number": "tg.grad(f)(x)",
    "into_a_plain_array": "np.put(array, [0], t[0])",
    "not_a_leaf": "y.data = x",
    "already_a_tensor": "tg.Tensor(t)",
    "power_modulo": "pow(t, 2, 3)",
    "cut_pseudo_inverse": "tg.grad(lambda a: np.sum(np.linalg.pinv(a, 0.5)))(a)",
    "writes_into_an_argument": "tg.checkpoint(lambda x: x.__setitem__(0, 1.0))(y)",
    "not_repeatable": "tg.checkpoint(f)(w).backward()",
    "steps_in_q": "np.quantile(t, q, method='lower').backward()",
    "polynomial_at_an_array": "np.polynomial.polynomial.polyval(x, c)",
    "looks_at_memory": "np.lib.stride_tricks.as_strided(t)",
    "no_vjp": "np.sum(w, initial=t)",
    "not_a_sequence": "tg.jvp(f, x, v)",
    "no_vector": "tg.hvp(f)(x)",
    "not_an_argument": "tg.checkpoint(lambda x: x * t)(u)",
    "without_walk": "tg.source(tg.trace(f)(x))",
    "lists_to_play": "tg.playground(f, a=2.0, x=v)",
    "which_to_play": "tg.playground(f, v, x=x)",
    "whole_to_play": "tg.playground(f, a=2.0, n=3)",
    "nothing_to_check": "tg.check_gradients(f, 2)",
    "not_an_array": "np.asarray(t)",
    "asked_by_list": "np.mean([u, u])",
    "asked_by_full": "np.full(3, u)",
    "asked_by_table": "df @ t",
    "asked_by_library": "np.testing.assert_array_equal(t, [0.5, 1.0])",
    "asked_by_statistics": "statistics.variance(w)",
    "asked_by_polynomial": "np.polynomial.chebyshev.chebder(w)",
    "asked_by_vectorize": "np.vectorize(lambda x: x)(t)",
    "asked_by_index_trick": "np.c_[t, t]",
    "asked_by_assignment": "c[:] = t",
    "asked_by_index": "X[t]",
    "asked_by_random": "rng.normal(u, 1.0)",
    "asked_by_method": "X.dot(t)",
    "sparse_operand": "S.multiply(t)",
    "refused": "np.savez(f, t=t)",
    "several_polynomials": "np.polynomial.polynomial.polyval(t, c)",
    "not_a_float": "math.hypot(u, 3.0)",
    "not_an_index": "[1, 2, 3][u]",
    "truth_of_several": "bool(t)",
    "compared_by_max": "max(0, t)",
    "compared_by_sorted": "sorted([t, y])",
    "equal_values": "np.sum(np.linalg.eigh(a)[1]).backward()",
    "zero_singular_value": "np.sum(np.linalg.svd(a, full_matrices=False)[0]).backward()",
    "too_few_vectors": "np.max(np.linalg.eigvals(a)).backward()",
    "no_attribute": "t.clamp(0, 1)",
    "no_public_name": "tg.Adam",
    "no_grad_of_generator": "tg.no_grad()(generator)",
    "wrong_seed": "t.backward(np.ones(3))",
    "no_primitive_rule": "untaught(t)",
    "not_a_real_dtype": "np.sum(t, dtype=complex)",
    "no_pair": "tg.minimize(f, x0, jac=True)",
    "no_complex_step": "tg.minimize(f, x0, jac='cs')",
    "not_for_spectra": "np.tan(z)",
    "sparse_takes_matrices": "x @ tg.Tensor(np.ones((2, 2, 2)))",
    "hermitian_svd": "np.linalg.svd(t, hermitian=True)",
    "free_vectors": "np.linalg.svd(t)",
    "free_columns": "np.linalg.qr(t, mode='complete')",
    "unequal_parts": "np.split(t, 3)",
    "zeros_of_a_matrix": "np.poly(t)",
    "compared_by_testing": "np.testing.assert_equal(t.detach(), t.detach())",
    "shuffled": "import random; random.Random(0).shuffle(y)",
    "several_results": "tg.source(f, 2.0)",
    "no_name_in_data": "tg.data.DataLoader(x)",
    "samples_in_a_tuple": "tg.data.batches((x, y))",
    "nothing_to_save": "tg.save('a.safetensors', x)",
    "no_state_to_save": "tg.save('a.safetensors', model, 0.1)",
    "no_folder": "tg.save('no/a.safetensors', {'x': x})",
    "nothing_to_load_into": "tg.load('file.safetensors', x)",
    "not_its_numbers": "tg.load('file.safetensors', tg.nn.Linear(2, 1, bias=False))",
    "no_optimizer_in_file": "tg.load('file.safetensors', model, optimizer)",
    "no_model": "tg.fit(1.0, (x, y), tg.nn.mse_loss, optimizer)",
    "no_loss": "tg.fit(model, (x, y), 0.5, optimizer)",
    "no_optimizer": "tg.fit(model, (x, y), tg.nn.mse_loss, model)",
    "no_epochs": "tg.fit(model, (x, y), tg.nn.mse_loss, optimizer, epochs=0)",
    "optimizer_of_another_model": "tg.fit(tg.nn.Linear(2, 1), (x, y), tg.nn.mse_loss, optimizer)",
    "trained_in_eval_mode": "tg.fit(model.eval(), (x, y), tg.nn.mse_loss, optimizer)",
    "metric_without_validation": "tg.fit(model, (x, y), tg.nn.mse_loss, optimizer, metric=metric)",
    "no_metric": "tg.fit(model, (x, y), tg.nn.mse_loss, optimizer, metric=0.5, validation=(x, y))",
    "no_targets": "tg.fit(model, (x,), tg.nn.mse_loss, optimizer)",
    "no_pairs": "tg.fit(model, x, tg.nn.mse_loss, optimizer)",
    "used_up_batches": "tg.fit(model, iter([(x, y)]), tg.nn.mse_loss, optimizer)",
    "several_losses": "tg.fit(model, (x, y), loss, optimizer)",
    "several_outputs": "tg.fit(pair, (x, y), lambda o, t: np.mean(o[0] - t), optimizer, validation=(x, y))",
    "no_snapshot": "tg.fit(model, (x, y), tg.nn.mse_loss, optimizer, snapshot='boundary')",
    "nothing_to_look_at": "tg.fit(model, batches, tg.nn.mse_loss, optimizer, snapshot=True)",
    "nothing_to_play": "tg.History().page('training.html')",
    "nothing_to_resume": "tg.fit(model, (x, y), tg.nn.mse_loss, optimizer, resume=True)",
    "no_checkpoint": "tg.fit(model, (x, y), tg.nn.mse_loss, optimizer, checkpoint='file.safetensors', resume=True)",
    "no_samples": "tg.data.batches('train.csv')",
    "no_arrays_given": "tg.data.train_test_split()",
    "no_batch_size": "tg.data.batches(x, batch_size=0)",
    "no_full_batch": "tg.data.batches(x, batch_size=4, drop_last=True)",
    "not_a_seed_of_data": "tg.data.batches(x, seed='0')",
    "no_test_size": "tg.data.train_test_split(x, test_size=1.0)",
    "no_noise": "tg.data.moons(noise=-1)",
    "one_parameter": "tg.optim.SGD(w)",
    "no_list_of_parameters": "tg.optim.SGD(model.parameters)",
    "not_parameters": "tg.optim.Adam({'w': w, 'u': u})",
    "no_parameters": "tg.optim.SGD(generator)",
    "not_a_parameter_tensor": "tg.optim.SGD([w, x])",
    "computed_parameter": "tg.optim.SGD([y])",
    "constant_parameter": "tg.optim.SGD([k])",
    "parameter_twice": "tg.optim.SGD([w, w])",
    "not_a_group": "tg.optim.SGD([{'lr': 0.1}])",
    "not_a_setting": "tg.optim.SGD([w], lr=-0.1)",
    "not_betas": "tg.optim.Adam([w], betas=(0.9, 1.0))",
    "nesterov_needs_momentum": "tg.optim.SGD([w], nesterov=True)",
    "no_gradients": "optimizer.step()",
    "not_a_closure": "optimizer.step(loss)",
    "gradient_does_not_fit": "w.grad = np.ones(5); optimizer.step()",
    "needs_a_closure": "tg.optim.LBFGS([w]).step()",
    "only_with_line_search": "tg.optim.LBFGS([w], lr=0.1)",
    "one_group_only": "tg.optim.LBFGS([{'params': [w]}, {'params': [u]}])",
    "not_a_limit": "tg.optim.clip_grad_norm_([w], -1.0)",
    "not_a_state": "optimizer.load_state_dict({'w': x})",
    "not_an_optimizer": "tg.optim.StepLR([w], 10)",
    "no_initial_rate": "tg.optim.StepLR(optimizer, 10, last_epoch=5)",
    "no_total_steps": "tg.optim.OneCycleLR(optimizer, max_lr=0.1, epochs=10)",
    "no_momentum_to_cycle": "tg.optim.OneCycleLR(tg.optim.Adagrad([w]), max_lr=0.1, total_steps=10)",
    "not_a_function_for_each": "tg.optim.LambdaLR(optimizer, 0.9)",
    "not_a_schedule_of_it": "tg.optim.SequentialLR(optimizer, [tg.optim.StepLR(tg.optim.SGD([w]), 10)], [])",
    "no_figure": "schedule.step()",
    "no_optimizer_called": "tg.optim.lr_scheduler",
    "parameter_rebound": "net.weight = net.weight - 0.1",
    "parameter_replaced": "net.weight = array",
    "parameter_computed": "list(net.parameters())",
    "not_a_dtype_of_parameters": "model.to('cuda')",
    "instead_of_a_layer": "nn.ReLU(x)",
    "not_this_state": "model.load_state_dict(state)",
    "not_a_layer": "nn.Sequential(layers)",
    "no_attribute_of_module": "model.register_buffer",
    "no_name_in_nn": "nn.MSELoss()",
    "wrong_width": "nn.Linear(64, 10)(images)",
    "not_floats": "nn.Linear(2, 3)(pixels)",
    "not_indices": "nn.Embedding(5, 2)(x)",
    "not_these_last_axes": "nn.LayerNorm(4)(x)",
    "no_such_approximation": "nn.functional.gelu(t, approximate='erf')",
    "tanh_or_relu": "nn.RNN(2, 3, nonlinearity='sin')",
    "not_a_pair_of_states": "nn.LSTM(2, 3)(np.ones((1, 1, 2)), h_0)",
    "heads_do_not_divide": "nn.MultiheadAttention(8, 3)",
    "no_such_reduction": "nn.mse_loss(t, t, reduction='average')",
    "loss_of_different_shapes": "nn.mse_loss(output, target)",
    "targets_of_another_shape": "nn.cross_entropy(output, target)",
    "classes_in_floats": "nn.cross_entropy(output, target)",
    "no_axes_to_flatten": "nn.Flatten(2)(x)",
    "mask_of_numbers": "nn.MultiheadAttention(2, 1)(X, X, X, attn_mask=mask)",
    "targets_beyond_0_and_1": "nn.binary_cross_entropy_with_logits(t, target)",
    "not_minus_one_or_one": "nn.hinge_loss(t, target)",
    "negative_probabilities": "nn.kl_div(t, target)",
    "not_a_weight": "nn.init.xavier_uniform_(bias)",
    "no_such_mode": "nn.init.kaiming_uniform_(tg.Tensor(X), mode='fan')",
    "other_channels": "conv2d(photo, np.ones((8, 3, 2, 2)))",
    "not_images": "conv2d(photo, np.ones((8, 1, 2, 2)))",
    "same_with_stride": "conv2d(np.ones((1, 1, 4, 4)), np.ones((1, 1, 2, 2)), padding='same', stride=2)",
    "padding_of_pool": "max_pool2d(np.ones((1, 1, 4, 4)), 2, padding=2)",
}
IMAGES = """
from tinygrad_lite.rules.nets.convolution import conv2d, conv2d_weight, conv_transpose2d
from tinygrad_lite.rules.nets.pooling import max_pool2d
"""
TRAINED = """
x, y, model, metric = np.ones((4, 2)), np.ones((4, 1)), tg.nn.Linear(2, 1, seed=0), lambda o, t: np.mean(o - t)
optimizer, loss, pair = tg.optim.SGD(model.parameters(), lr=0.1), lambda o, t: (o - t) ** 2, lambda x: (model(x), 1.0)
"""
OF_TRAINED = """
    no_state_to_save no_model no_loss no_optimizer no_epochs optimizer_of_another_model trained_in_eval_mode no_metric
    metric_without_validation no_targets no_pairs used_up_batches several_losses several_outputs nothing_to_resume
    schedule_of_another no_batches no_number_for_loss no_snapshot nothing_to_play
"""
SAVED = TRAINED + "tg.save('file.safetensors', model)"
CONTEXT = {  # what only one of them needs
    "not_compiled": "def f(x): return np.sum(tg.checkpoint(np.sin)(x))",
    "unsteady": "def f(x, calls=[]): calls.append(1); return np.sum(x * len(calls))",
    "random_numbers": "def f(x): return np.sum(x * rng.random(3))",
    "changes_outside": "def f(x): return np.sum(x) * c.max()",
    "changes_in_training": "model = tg.nn.Dropout(0.5)\ndef f(x): return np.sum(model(x))",
    "too_much_outside": "ws = [[x] for _ in range(20_000)]\ndef f(x): return np.sum(x * ws[0][0])",
    "asks_for_kinds": "def f(x, a): return np.sum(x) * (2 if isinstance(a, float) else 3)",
    "too_many_variants": "def f(a):\n    while a < 1: a = a * 2\n    return a",
    "falls_back": "def f(x): return np.sum(x * rng.random(3))",
    **dict.fromkeys(OF_TRAINED.split(), TRAINED),
    **dict.fromkeys(["nothing_to_load_into", "not_its_numbers", "no_optimizer_in_file", "no_checkpoint"], SAVED),
    **dict.fromkeys(["nothing_to_load_into", "no_optimizer_in_file", "no_checkpoint"], SAVED),
    "nothing_to_look_at": TRAINED + "import collections; batches = collections.deque([(x, y)])",
    "no_such_class": "import tinygrad_lite.rules.nets; from tinygrad_lite import rules; targets = np.array([1, 3, 2])",
    "into_whole_numbers": "k = tg.Tensor([1, 2], requires_grad=False)",
    "gradient_of_another_shape": "w.grad = np.ones(5)",
    "not_recorded": "w = np.ones(3); f = np.sum",
    "not_a_number": "def f(x): return 2 * x",
    "into_a_plain_array": "array = np.zeros(2)",
    "cut_pseudo_inverse": "a, b = np.diag([2.0, 2.0, 0.1]), x",
    "not_repeatable": "f = lambda x, drawn=None: np.sum(x * (rng.uniform(size=3) if drawn is None else drawn)); x = w",
    "asked_by_statistics": "import statistics",
    "asked_by_table": "import pandas; df = pandas.DataFrame(X)",
    "not_of_backward": "t = np.sum(w)",
    "not_a_function": "loss, t = np.sum, np.sum(t)",
    "not_a_position": "loss = np.sum",
    "asked_by_polynomial": "t = w",
    "steps_in_q": "q = tg.Tensor(0.3)",
    "polynomial_at_an_array": "c = tg.Tensor([1.0, 2.0])",
    "no_vjp": "t = u",
    "not_a_sequence": "f, v = np.sum, x",
    "no_vector": "f, v = np.sum, x",
    "which_to_play": "v = np.ones(3)\ndef f(v, x): return np.sum(v * x)",
    "whole_to_play": "def f(a, n): return sum(a**i for i in range(n))",
    "lists_to_play": "v = [1, 2]\ndef f(a, x): return np.sum(a * np.asarray(x))",
    "without_walk": "f, loss = np.sum, np.sum(w)",
    "nothing_to_check": "f = np.sin",
    "several_polynomials": "c = np.ones((3, 2))",
    "where_of_ufunc": "mask = np.array([True, False])",
    "sparse_operand": "import scipy.sparse; S = scipy.sparse.csr_array(X)",
    "asked_by_vectorize": "f = lambda x: x**2",
    "not_an_index": "i = 1",
    "no_grad_of_generator": "def generator(): yield 1",
    "wrong_seed": "t = t * 2",
    "no_primitive_rule": "@tg.primitive\ndef untaught(x): return 2 * x",
    "no_pair": "def f(x): return np.sum(x**2)\nx0 = x",
    "no_complex_step": "def f(x): return np.sum(x**2)\nx0 = x",
    "not_for_spectra": "z = np.fft.rfft(t)",
    "sparse_takes_matrices": "import scipy.sparse; x = scipy.sparse.csr_array(X)",
    "hermitian_svd": "t = tg.Tensor(X)",
    "free_vectors": "t = tg.Tensor(np.ones((3, 2)))",
    "free_columns": "t = tg.Tensor(np.ones((3, 2)))",
    "zeros_of_a_matrix": "t = tg.Tensor(X)",
    "shuffled": "y = np.ones((9, 2)) * t",
    "several_results": "x = 2.0\ndef f(x): return x, x * 2",
    "samples_in_a_tuple": "y = x",
    "equal_values": "a = tg.Tensor(np.eye(2))",
    "zero_singular_value": "a = tg.Tensor([[3.0, 0.0], [0.0, 0.0], [0.0, 0.0]])",
    "too_few_vectors": "a = tg.Tensor([[1.0, 1.0], [0.0, 1.0]])",
    "no_list_of_parameters": "class Model:\n    def parameters(self): yield w\nmodel = Model()",
    "not_parameters": "params = {'w': w, 'u': u}",
    "no_parameters": "generator = (p for p in [w]); list(generator)",
    "constant_parameter": "k = tg.Tensor(X, requires_grad=False)",
    "no_gradients": "optimizer = tg.optim.SGD([w]); loss = np.sum(w)",
    "not_a_closure": "optimizer = tg.optim.SGD([w]); loss = np.sum(w); loss.backward()",
    "gradient_does_not_fit": "optimizer = tg.optim.SGD([w])",
    "not_a_state": "optimizer = tg.optim.SGD([w]); saved = optimizer.state_dict()",
    "no_initial_rate": "optimizer = tg.optim.SGD([w]); saved = optimizer.state_dict()",
    "no_total_steps": "optimizer = tg.optim.SGD([w])",
    "no_momentum_to_cycle": "optimizer = tg.optim.SGD([w])",
    "not_a_function_for_each": "optimizer = tg.optim.SGD([w])",
    "not_a_schedule_of_it": "optimizer = tg.optim.SGD([w])",
    "no_figure": "schedule, loss = tg.optim.ReduceLROnPlateau(tg.optim.SGD([w])), np.sum(w)",
    "parameter_rebound": "net = nn.Linear(2, 3)",
    "parameter_replaced": "net = nn.Linear(2, 3); array = np.array(net.weight.data)",
    "parameter_computed": "net = nn.Module(); net.w = 0.1 * w",
    "not_a_dtype_of_parameters": "model = nn.Linear(2, 3)",
    "not_this_state": "model, state = nn.Linear(2, 3), {'bias': np.ones(3)}",
    "not_a_layer": "layers = [nn.ReLU(), np.tanh]",
    "no_attribute_of_module": "model = nn.Linear(2, 3)",
    "no_name_in_nn": "output, target = w, x",
    "wrong_width": "images = np.ones((32, 28, 28))",
    "not_floats": "pixels = np.array([[0, 255]])",
    "not_a_pair_of_states": "h_0 = np.zeros((1, 1, 3))",
    "loss_of_different_shapes": "output, target = tg.Tensor(np.ones((9, 1))), np.ones(9)",
    "targets_of_another_shape": "output, target = tg.Tensor(np.eye(3)), np.eye(3, dtype=int)",
    "mask_of_numbers": "mask = np.eye(2, dtype=int)",
    "classes_in_floats": "output, target = tg.Tensor(np.eye(2)), np.array([0.0, 1.0])",
    "targets_beyond_0_and_1": "target = np.array([1.0, -1.0])",
    "not_minus_one_or_one": "target = np.array([1.0, 0.0])",
    "negative_probabilities": "target = np.log([0.3, 0.7])",
    "not_a_weight": "bias = tg.Tensor(np.ones(3))",
    "other_channels": "photo = np.ones((1, 4, 4, 3))" + IMAGES,
    "not_images": "photo = np.ones((4, 4))" + IMAGES,
    "same_with_stride": IMAGES,
    "padding_of_pool": IMAGES,
}
OPERANDS = {  # not_an_operand: what a Tensor cannot be computed with, by the key of its remedy in REMEDIES or OF_DTYPE
    "matrix": "np.matrix(X)",
    "MaskedArray": "np.ma.masked_array([1.0, 2.0], [False, True])",
    "sparse": "scipy.sparse.csr_array(X)",
    "labels": "pandas.Series([1.0, 2.0], index=['a', 'b'])",
    "missing": "pandas.Series([1.0, 2.0, None])",
    "pandas": "pandas.DataFrame({'a': [1.0, 2.0], 'b': [3.0, 4.0]})",
    "xarray": "xarray.DataArray([1.0, 2.0])",
    "memoryview": "np.ones(2).data",
    "NoneType": "None",
    "str": "'2.5'",
    "dict": "{'a': 1.0, 'b': 2.0}",
    "callable": "np.sin",
    "iterable": "map(float, [1, 2])",
    "bytes": "b'2.5'",
    "O": "np.array([1.0, 2.0], dtype=object)",
    "tensors": "np.array([tg.Tensor(1.0, requires_grad=False), u.detach()], dtype=object)",
    "U": "np.array(['1.0', '2.0'])",
    "S": "np.array([b'1.0', b'2.0'])",
    "V": "np.zeros(2, dtype=[('height', float)])",
    "M": "np.array(['2026-01-01', '2026-01-03'], dtype='datetime64[D]')",
    "m": "np.array([1, 2], dtype='timedelta64[D]')",
}
ADVICE = {"list", "torch", "Quantity", "c"}  # words alone; or for packages that are not needed for the tests
WORDS_ALONE = {  # messages without code to paste
    "differentiates_self": "class Model:\n    @tg.compile\n    def loss(self, x): return x * x\nModel().loss(x)",
    "no_such_pass": "tg.compile(f, without=('folding',))",
    "failed_call": "t + w",
    "refused_call": "np.diff(t, n=-1)",
    "missing_argument": "tg.derivative(f := tg.primitive(f), x=lambda g: g); f(y=t)",
    "rule_for_unknown": "tg.derivative(tg.primitive(f), z=lambda g: g)",
    "rule_asks_unknown": "tg.derivative(tg.primitive(f), x=lambda g, z: g)",
    "wrong_shape": "tg.derivative(f := tg.primitive(f), x=lambda g: np.ones(7)); f(t).sum().backward()",
    "not_a_result": "tg.derivative(f := tg.primitive(lambda x: 'text'), x=lambda g: g); f(t)",
    "left_sideways": "l = []; (tg.checkpoint(lambda x: (l.append(x * 2), x * 3)[1])(u) + l[0]).backward()",
    "dependent_columns": "np.sum(np.linalg.qr(T)[0]).backward()",
    "not_differentiable": "tg.Tensor('2.5')",
    "left_alone": "t + pytest.approx(1.0)",
    "asked_by_masked": "np.ma.masked_array(t, [True, False])",
    "leaf_of_another_shape": "with tg.no_grad(): t += np.ones((3, 2))",
    "one_number": "list(u)",
    "not_a_matrix": "t.mT",
    "needs_a_copy": "t.detach().__array__(int, copy=False)",
    "no_such_argument": "tg.grad(f, 2)(x)",
    "not_one_direction_each": "tg.jvp(lambda a, b: a * b, [1.0, 2.0], [1.0])",
    "argument_twice": "tg.grad(f, (0, -1))(x)",
    "no_aux": "tg.grad(f, has_aux=True)(1.0)",
    "not_a_parameter": "tg.grad(f)('text')",
    "not_alike": "tg.hvp(np.sum)(x, c)",
    "not_a_direction": "tg.jvp(f, [x], [1j * x])",
    "no_derivative_of": "tg.grad(lambda x: x > 0)(1.0)",
    "constant_loss": "tg.minimize(lambda x: 1.0, x)",
    "not_the_form_of_x0": "tg.minimize(np.sum, x, jac=lambda x: c)",
    "not_one_for_each": "tg.check_gradients(lambda a, b: np.sum(a * b), x, x, gradient=x)",
    "nothing_at": "tg.check_gradients(np.sum, x, gradient=None_of)",
    "not_a_kernel": "conv2d(np.ones((1, 3, 4, 4)), np.ones((8, 3, 2)))",
    "no_pixels": "max_pool2d(np.ones((1, 3, 0, 4)), 2)",
    "uneven_groups": "conv2d(np.ones((1, 4, 4, 4)), np.ones((3, 2, 2, 2)), groups=2)",
    "other_bias": "conv2d(np.ones((1, 3, 4, 4)), np.ones((8, 3, 2, 2)), np.ones(3))",
    "kernel_too_large": "conv2d(np.ones((1, 3, 4, 4)), np.ones((8, 3, 5, 5)))",
    "not_a_pair": "conv2d(np.ones((1, 3, 4, 4)), np.ones((8, 3, 2, 2)), stride=0)",
    "output_padding_too_large": "conv_transpose2d(np.ones((1, 3, 4, 4)), np.ones((3, 1, 2, 2)), output_padding=1)",
    "other_gradient": "conv2d_weight(np.ones((1, 3, 4, 4)), np.ones((1, 8, 9, 9)), 2)",
    "no_order": "np.linalg.norm(t, ord='nuc')",
    "norm_of_many_axes": "np.linalg.norm(T, ord=2)",
    "other_operands": "np.einsum('i,i', t)",
    "other_axes": "np.tensordot(t, w, 1)",
    "not_two_or_three": "np.cross(T[0, 0][:1], T[0, 0][:1])",
    "no_norm": "np.fft.rfft(t, norm='other')",
    "no_points": "np.fft.rfft(t, n=0)",
    "no_axis": "np.fft.rfft(u)",
    "other_spacings": "np.gradient(T, 1.0, 2.0)",
    "axis_too_short": "np.gradient(t, edge_order=2)",
    "no_sections": "np.array_split(t, 0)",
    "no_pad": "np.pad(t, 1, mode='empty')",
    "other_functions": "np.piecewise(t, [t > 0], [1, 2, 3])",
    "nothing_to_apply_to": "np.apply_along_axis(np.sum, 1, T[:0, 0])",
    "removes_axes": "np.apply_over_axes(lambda a, axis: a.sum(), T, [0])",
    "no_spread": "np.polyfit([0.0, 1.0], t, 1, cov=True)",
    "no_result": "tg.trace(lambda x: 'text')(x)",
    "no_way_back": "tg.trace(lambda n: n * 2, backward=True)(3)",
    "no_value_called": "graph['z']",
    "no_input_called": "graph.replay(z=1.0)",
    "several_inputs_called": "tg.Graph.of(t * tg.Tensor(2.0, name='t')).replay(t=1.0)",
    "not_in_graph": "tg.explain(np.sum(t * t), wrt=w)",
    "not_a_name": "tg.explain(graph, wrt=1.5)",
    "no_element": "tg.explain(graph, wrt='x[7]')",
    "many_outputs": "tg.draw(y, wrt='t')",
    "no_path": "tg.draw(tg.trace(lambda x, y: x * 2)(1.0, 2.0), wrt='y')",
    "other_shape": "graph.replay(x=x)",
    "other_size": "tg.trace(lambda x: x[x > 0])(np.array([1.0, -1.0])).replay(x=np.ones(2))",
    "not_used": "tg.trace(lambda x, y: x * 2)(1.0, 2.0).replay(y=3.0)",
    "another_way": "tg.trace(lambda x: x if x > 1 else -x)(2.0).replay(x=0.0)",
    "neither_text_nor_file": "tg.Graph.from_json('no such file')",
    "other_format": "tg.Graph.from_json('[]')",
    "newer_version": "tg.Graph.from_json(graph.to_json().replace('\"version\": 1', '\"version\": 99'))",
    "bad_data": "tg.Graph.from_json('{')",
    "not_json": "tg.Graph.from_json('[NaN]')",
    "no_direction": "tg.draw(y, direction='RL')",
    "no_depth": "tg.draw(y, depth=-1)",
    "too_large_to_draw": "tg.draw(y, max_nodes=1)",
    "unknown_format": "tg.draw(y, 'picture.gif')",
    "nothing_shown": "tg.explain(graph, limit=0)",
    "not_whole_numbers": "tg.explain(graph, element='a')",
    "no_arrays": "tg.explain(graph, element=(1,))",
    "in_no_array": "tg.explain(np.sum(y), element=(7,))",
    "not_a_page": "tg.step_through(np.sum(y), 'page.svg')",
    "not_in_a_playground": "tg.playground(np.linalg.det, X)",
    "no_optimizer_to_play": "tg.playground(f, 2.0, optimizer='sgd')",
    "no_rate_to_play": "tg.playground(f, 2.0, learning_rate=0)",
    "several_to_play": "tg.playground(lambda x: (x, x), 2.0)",
    "no_parameter_to_play": "tg.playground(f, 2.0, ranges={'y': (0, 1)})",
    "not_two_to_play": "tg.playground(f, 2.0, contours=('x', 'x'))",
    "no_range_to_play": "tg.playground(f, 2.0, ranges={'x': (8, 0)})",
    "too_large_to_play": "tg.playground(np.sum, np.ones(6000))",
    "no_such_order": "tg.source(f, 2.0, order=3)",
    "nothing_to_write": "tg.source(2.0)",
    "not_called": "tg.source(np.sum(y), 2.0)",
    "no_source_of": "exec(TYPED); tg.source(lambda x: typed(x) * x, 2.0)",
    "computes_again": "tg.source(tg.checkpoint(np.sin), 2.0)",
    "got_bad": "with tg.debug(): tg.Tensor(np.inf) * 2",
    "made_bad": "with tg.debug(), np.errstate(all='ignore'): np.log(t - 0.5)",
    "became_bad": "with tg.debug(), np.errstate(all='ignore'): np.sqrt(t - 0.5).sum().backward()",
    "name_is_taken": "tg.save('a.safetensors', {'optimizer/x': x})",
    "same_names": "tg.save('a.safetensors', {'a.b': 1.0, 'a': {'b': 2.0}})",
    "not_a_saved_dtype": "tg.save('a.safetensors', {'z': x * 1j})",
    "not_a_note": "tg.save('a.safetensors', {'x': x}, note=print)",
    "too_deep_to_save": "ring = []; ring.append(ring); tg.save('a.safetensors', {'x': x}, ring=ring)",
    "schedule_of_another": "tg.fit(model, (x, y), tg.nn.mse_loss, optimizer, schedule=0.9)",
    "no_batches": "tg.fit(model, [], tg.nn.mse_loss, optimizer)",
    "no_number_for_loss": "tg.fit(model, (x, y), lambda o, t: None, optimizer)",
    "started_bad": "with tg.debug(): y.backward(np.array([np.nan, 1.0]))",
    "ragged_samples": "tg.data.batches([[1.0], [1.0, 2.0]])",
    "unequal_lengths": "tg.data.batches(x, np.eye(4))",
    "no_rows": "tg.data.batches(np.ones((0, 2)))",
    "no_state_of_batches": "tg.data.batches(x).load_state_dict({'epoch': -1, 'seed': 0})",
    "no_order_to_stratify": "tg.data.train_test_split(x, shuffle=False, stratify=x)",
    "class_of_one": "tg.data.train_test_split(x, stratify=[0, 0, 1])",
    "too_few_for_classes": "tg.data.train_test_split(np.arange(4), test_size=1, stratify=[0, 0, 1, 1])",
    "other_classes": "tg.data.train_test_split(x, stratify=[0, 1])",
    "no_count": "tg.data.spirals(2)",
    "no_float_dtype": "tg.data.digits(dtype=int)",
    "no_such_folder": "tg.data.mnist('no such folder')",
    "not_train_or_test": "tg.data.mnist(train='test')",
    "no_size": "tg.data.image_folder('.', size=0)",
    "no_mode": "tg.data.image_folder('.', mode='BGR')",
    "misspelt_option": "tg.optim.SGD([{'params': [w], 'weigth_decay': 0.1}])",
    "norm_not_finite": "w.grad = np.full(3, np.inf); tg.optim.clip_grad_norm_([w], 1.0, error_if_nonfinite=True)",
    "other_state": "tg.optim.SGD([w]).load_state_dict(tg.optim.Adam([w, u]).state_dict())",
    "other_schedule": "tg.optim.StepLR(tg.optim.SGD([w]), 10).load_state_dict({'gamma': 0.1})",
    "not_a_count": "tg.optim.StepLR(tg.optim.SGD([w]), 0)",
    "not_a_factor": "tg.optim.ExponentialLR(tg.optim.SGD([w]), -0.5)",
    "not_one_of": "tg.optim.ReduceLROnPlateau(tg.optim.SGD([w]), 'least')",
    "a_step_too_many": "tg.optim.OneCycleLR(tg.optim.SGD([w]), 0.1, 10).go_to(11)",
    "not_one_rate_each": "tg.optim.OneCycleLR(tg.optim.SGD([w]), [0.1, 0.2], 10)",
    "no_rates_before": "tg.optim.ReduceLROnPlateau(tg.optim.SGD([w])).rates(3)",
    "not_between_schedules": "o = tg.optim.SGD([w]); tg.optim.SequentialLR(o, [tg.optim.StepLR(o, 10)], [5])",
    "nothing_to_compute": "nn.Module()(x)",
    "no_such_index": "nn.Embedding(5, 2)(np.array([5]))",
    "not_a_probability": "nn.Dropout(1.5)",
    "one_value_per_channel": "nn.BatchNorm1d(3)(np.ones((1, 3)))",
    "not_these_channels": "nn.BatchNorm1d(3)(np.ones((2, 4)))",
    "not_sequences": "nn.GRU(2, 3)(x)",
    "no_steps": "nn.GRU(2, 3)(np.ones((0, 1, 2)))",
    "not_a_hidden_state": "nn.GRU(2, 3)(np.ones((1, 1, 2)), x)",
    "not_sequences_of_vectors": "nn.MultiheadAttention(4, 2)(X, X, X)",
    "keys_and_values_differ": "nn.MultiheadAttention(2, 1)(X, X, X[:1])",
    "not_a_mask": "nn.MultiheadAttention(2, 1)(X, X, X, attn_mask=np.ones((3, 3), bool))",
    "delta_not_positive": "nn.huber_loss(t, t, delta=0)",
    "not_a_weight_for_each_class": "nn.cross_entropy(X, np.array([0, 1]), weight=np.ones(3))",
    "no_such_nonlinearity": "nn.init.calculate_gain('sin')",
    "nothing_between": "nn.init.trunc_normal_(w, a=40, b=41)",
}
CONTEXT_OF_ALL = (
    IMAGES
    + """
T, None_of = tg.Tensor(np.ones((2, 2, 2))), lambda x: None
graph = tg.trace(lambda x: x * x, backward=True)(2.0)
def f(x): return x * 2
TYPED = "@tg.primitive\\ndef typed(x): return x + 1\\ntg.derivative(typed, x=lambda g: g)"
"""
)
ELSEWHERE = """
    repeated_index no_attribute_of_spectrum unknown_kind not_of_kind wrong_id wrong_kind wrong_numbers no_such_node
    wrong_field unknown_function several_of_this_name not_plain_data not_a_folder no_classes no_images broken_image
    too_many_pixels several_sizes no_idx_file not_in_cache broken_idx not_an_image image_of_floats not_idx
    promises_too_much other_than_promised unlike_labels no_cache_folder no_mirrors no_download not_https other_range
    other_length more_bytes fewer_bytes other_bytes too_slow not_a_read_dtype not_installed no_graphviz no_pdf
    graphviz_failed too_large_to_step uses_a_value not_a_literal no_counterpart changed_in_place header_too_long
    newer_file other_checkpoint unreadable bad_json not_the_elements disagrees
"""


def program(names: dict[str, Any], code: str, place: str) -> None:
    """Run code that has a source, as a file has it: the messages read the user's line."""
    import linecache

    linecache.cache[place] = (len(code), None, [line + "\n" for line in code.splitlines()], place)
    exec(compile(code, place, "exec"), names)


def start(name: str, context: str = "") -> dict[str, Any]:
    names: dict[str, Any] = {"np": np, "tg": tg, "io": io, "copy": copy, "pytest": pytest}
    exec("import math\n" + SETUP + context + CONTEXT.get(name, ""), names)
    return names


def all_messages() -> list[str]:
    """What makes an error: what is a `Message`, and the functions that say that they return one."""
    named = {name: getattr(messages, name) for name in dir(messages)}
    texts = [name for name, made in named.items() if isinstance(made, messages.Message)]
    functions = {name: f.__annotations__.get("return", "") for name, f in named.items() if inspect.isfunction(f)}
    return sorted([*texts, *(name for name, kind in functions.items() if kind.endswith(("Error", "Exception")))])


def test_no_two_files_have_a_message_of_the_same_name() -> None:
    for file in messages.FILES:
        for name, made in vars(importlib.import_module(f"tinygrad_lite.messages.{file}")).items():
            if isinstance(made, messages.Message):
                assert getattr(messages, name) is made, (
                    f"{name} of messages/{file}.py hides one of another file, or is hidden."
                )


def test_every_message_is_raised_here() -> None:
    known = [*TRIGGERS, *WORDS_ALONE, *ELSEWHERE.split(), "not_an_operand"]
    assert sorted(known) == all_messages(), (
        f"Not here: {set(all_messages()) - set(known)}; not in messages: {set(known) - set(all_messages())}. Give TRIGGERS "
        f"in {__file__} a program that raises it. Code that its reader can paste is in backticks after the word 'write'."
    )


def raised(name: str, code: str, context: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """The text of a message, which a program raises."""
    made, function = [], getattr(messages, name)

    def noted(*arguments: Any, **keywords: Any) -> Exception:
        made.append(function(*arguments, **keywords))
        return made[-1]

    noted.__code__ = noted.__code__.replace(co_filename=messages.__file__)  # its variables are not those of a user
    monkeypatch.setattr(messages, name, noted)
    with pytest.raises(Exception):  # noqa: B017, PT011 - NumPy may put an error of its own around ours
        program(start(name, context), code, f"<trigger {name}>")
    assert made, f"{code!r} does not raise messages.{name}"
    return str(made[-1])


@pytest.mark.parametrize("name", sorted(TRIGGERS))
def test_a_remedy_runs_where_it_is_pasted(name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)  # some write files
    for package in ("scipy.sparse", "pandas"):
        if package in CONTEXT.get(name, ""):
            pytest.importorskip(package)
    text = raised(name, TRIGGERS[name], "", monkeypatch)
    remedies = CODE.findall(text)
    assert remedies, text
    for remedy in remedies:
        names = start(name)
        if ".item()" in remedy:  # "for a single one", the message says
            names["t"] = names["u"]
        try:
            program(names, remedy, f"<remedy of {name}>")
        except Exception as error:
            raise AssertionError(f"{remedy!r}, the remedy of messages.{name}, does not run: {error!r}\n{text}") from error


def test_a_parameter_whose_name_was_given_to_a_constant() -> None:
    code = "for _ in range(2):\n    np.sum(w * x).backward()\n    with tg.no_grad():\n        w = w - 0.1 * w.grad"
    names = start("", "x = tg.Tensor(x, requires_grad=False)\n")
    with pytest.raises(TypeError, match=r"`w = w - 0.1 \* w.grad` bound the name w to a new") as error:
        program(names, code, "<rebound>")
    program(start(""), "w.sum().backward(); " + CODE.findall(str(error.value))[0].replace("with", "\nwith"), "<remedy>")


@pytest.mark.parametrize("code", ["total += w", "total[:2] *= w[:2] + 1", "total **= -w"])
def test_an_array_that_is_changed_in_place(code: str) -> None:
    names = start("", "total = np.ones(3)\n")
    with pytest.raises(TypeError, match=re.escape(f"`{code}`")) as error:
        program(names, code, f"<{code}>")
    expected = eval(code.replace("=", "").replace("w", "np.ones(3)"), names)
    if "[" not in code:
        program(names, CODE.findall(str(error.value))[0], "<remedy>")
        assert names["total"].requires_grad
        assert names["total"].data.tolist() == expected.tolist()


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("name", sorted(WORDS_ALONE))
def test_a_message_without_code(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if "minimize" in WORDS_ALONE[name]:
        pytest.importorskip("scipy.optimize")
    text = raised(name, WORDS_ALONE[name], CONTEXT_OF_ALL, monkeypatch)
    if name not in ("not_differentiable", "left_alone", "asked_by_masked"):  # whose code is for the operand, see below
        assert not CODE.findall(text), f"There is code to paste in it: move it to TRIGGERS.\n{text}"


PACKAGE = Path(tg.__file__).parent


@one_test_of(sorted(PACKAGE.rglob("*.py")), lambda file: str(file.relative_to(PACKAGE)))
def test_no_raise_has_a_text_of_its_own(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    if file.parent.name in ("messages", "command") or "raise " not in text:
        return
    nodes = list(ast.walk(ast.parse(text)))
    functions = [node for node in nodes if isinstance(node, ast.FunctionDef)]
    primitives = [f for f in functions if "primitive" in map(ast.unparse, f.decorator_list)]
    names = {node.id for f in primitives for node in ast.walk(f) if isinstance(node, ast.Name)}
    primitives += [f for f in functions if f.name in names]  # `tg.source` writes them into programs that import NumPy alone
    in_programs = {node for f in primitives for node in ast.walk(f)}
    for node in nodes:
        if not isinstance(node, ast.Raise) or not isinstance(node.exc, ast.Call) or node in in_programs:
            continue
        texts = [part.value for part in ast.walk(node.exc) if isinstance(part, ast.Constant) and isinstance(part.value, str)]
        few = 3 if ast.unparse(node.exc.func).startswith("messages.") else 0  # it may say what is there, "copy.deepcopy"
        assert sum(len(text.split()) for text in texts) <= few, (
            f"{file}, line {node.lineno}: {ast.unparse(node)[:90]}\nPut the text into a file of tinygrad_lite/messages, and "
            "add how to trigger it to TRIGGERS in tests/test_remedies.py."
        )


def test_every_remedy_for_an_operand_is_known_here() -> None:
    assert {*messages.REMEDIES, *messages.OF_DTYPE} == {*OPERANDS, *ADVICE}


@pytest.mark.filterwarnings("ignore:the matrix subclass:PendingDeprecationWarning")
@pytest.mark.parametrize("key", OPERANDS)
def test_a_remedy_for_an_operand_makes_one_that_a_tensor_takes(key: str) -> None:
    names = start("")
    for package in ("scipy.sparse", "pandas", "xarray"):
        if package.split(".")[0] in OPERANDS[key]:
            names[package.split(".")[0]] = pytest.importorskip(package) and __import__(package)
    exec(f"x = {OPERANDS[key]}", names)
    with pytest.raises(TypeError) as error:
        exec("t * x" if key != "sparse" else "t + x", names)
    remedy = next(
        code for code in re.findall(r"`([^`]+)`", str(error.value)) if code.startswith("x = ") or key == "MaskedArray"
    )
    exec(remedy if remedy.startswith("x = ") else f"x = {remedy}", names)
    assert isinstance(eval("t * x", names), tg.Tensor)


def test_complex_numbers_can_be_kept_in_two_parts() -> None:
    names = start("")
    with pytest.raises(TypeError) as error:
        exec("t * 1j", names)
    parts, length = re.findall(r"write `([^`]+)`", str(error.value))
    exec(f"x = t; {parts}; z = {length}", names)
    assert names["z"].requires_grad
