// The optimizers. Flows in: a gradient, the learning rate, and what the optimizer remembers. Flows out: the move, which is
// subtracted from the parameters, and what is remembered next. Nothing is changed in place, so the next step can be asked for
// without taking it. They are those of tinygrad_lite.optim: SGD(lr), SGD(lr, momentum=0.9), Adam(lr).

const BETAS = [0.9, 0.999];

const optimizers = {
  descent: (gradient, rate, memory) => ({ move: gradient.map((g) => rate * g), memory }),

  momentum(gradient, rate, memory) {
    const velocity = memory ? gradient.map((g, i) => 0.9 * memory[i] + g) : gradient.slice();
    return { move: velocity.map((v) => rate * v), memory: velocity };
  },

  adam(gradient, rate, memory) {
    const { t: before, m: means, v: squares } = memory || { t: 0, m: gradient.map(() => 0), v: gradient.map(() => 0) };
    const t = before + 1;
    const m = means.map((mean, i) => BETAS[0] * mean + (1 - BETAS[0]) * gradient[i]);
    const v = squares.map((mean, i) => BETAS[1] * mean + (1 - BETAS[1]) * gradient[i] ** 2);
    const scale = rate / (1 - BETAS[0] ** t);
    const move = m.map((mean, i) => (scale * mean) / (Math.sqrt(v[i]) / Math.sqrt(1 - BETAS[1] ** t) + 1e-8));
    return { move, memory: { t, m, v } };
  },
};
