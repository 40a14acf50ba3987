"""Names from other libraries, and what to write here: for people who come from PyTorch, TensorFlow, JAX, MyGrad or NumPy.

Flows out: code for messages about a name that does not exist: an attribute of a Tensor, a name in the package, or a keyword
of a function. What follows two spaces and `#` is a remark in words. A test runs every line: `t` is a Tensor of shape (2, 2),
`v` and `w` have three elements, `x` and `data` are arrays, `loss` is a function, `f` is a file.
"""

from __future__ import annotations


def table(text: str) -> dict[str, str]:
    """Read lines of names, two spaces or more, and the code to write instead, in which ``{}`` is the name."""
    rows = [line.split("  ", 1) for line in map(str.strip, text.strip().splitlines())]
    return {name: code.strip().replace("{}", name) for names, code in rows for name in names.split()}


OF_ONE = """
    arccos arcsin arctan arccosh arcsinh arctanh cbrt ceil cos cosh deg2rad rad2deg exp exp2 expm1 fabs floor isfinite
    isinf isnan log log10 log1p log2 reciprocal sign sin sinc sinh sqrt square tan tanh trunc amax amin median nanmean
    nansum tril triu diff flip fliplr flipud rot90 sort argwhere count_nonzero
"""
OF_TWO = """
    logaddexp maximum minimum fmax fmin hypot arctan2 outer inner kron isclose allclose array_equal
"""
ATTRIBUTES = {
    **{name: f"np.{name}(t)" for name in OF_ONE.split()},
    **{name: f"np.{name}(t, t)" for name in OF_TWO.split()},
    **{f"a{name}": f"np.arc{name}(t)" for name in ["cos", "sin", "tan", "cosh", "sinh", "tanh"]},
    **table("""
        abs absolute                              np.abs(t)
        atan2                                     np.arctan2(t, t)
        neg negative                              -t
        add                                       t + t
        sub subtract                              t - t
        mul multiply                              t * t
        div divide true_divide                    t / t
        floor_divide                              t // t
        remainder fmod                            t % t
        pow power                                 t**2
        rsqrt                                     1 / np.sqrt(t)
        frac                                      t - np.trunc(t)
        lerp                                      t + 0.5 * (t - t)
        mm matmul bmm                             t @ t
        mv                                        t @ t[0]
        ger                                       np.outer(t, t)
        addmm                                     t + t @ t
        t H                                       t.T
        adjoint                                   np.swapaxes(t, -1, -2)
        matrix_power                              np.linalg.matrix_power(t, 2)
        norm det slogdet qr svd                   np.linalg.{}(t)
        logdet                                    np.linalg.slogdet(t)[1]
        inverse inv                               np.linalg.inv(t)
        pinverse                                  np.linalg.pinv(t)
        cholesky                                  np.linalg.cholesky(t @ t.T)
        clamp                                     np.clip(t, 0, 1)
        clamp_min                                 np.maximum(t, 0)
        clamp_max                                 np.minimum(t, 1)
        eq                                        t == t
        ne                                        t != t
        lt                                        t < t
        le                                        t <= t
        gt                                        t > t
        ge                                        t >= t
        equal                                     np.array_equal(t, t)
        cross                                     np.cross(v, v)
        sgn                                       np.sign(t)
        round_                                    np.round(t)
        masked_fill at                            np.where(t > 0, 0.0, t)
        masked_select                             t[t > 0]
        where                                     np.where(t > 0, t, 0.0)
        index_select                              np.take(t, [0, 1], axis=0)
        gather                                    np.take_along_axis(t, np.array([[0], [1]]), axis=1)
        topk                                      np.sort(t, axis=-1)[..., -1:]
        partition                                 np.partition(t, 1)
        unbind                                    list(t)
        chunk split                               np.split(t, 2)
        cat concat                                np.concatenate([t, t])
        stack                                     np.stack([t, t])
        roll                                      np.roll(t, 1)
        tile                                      np.tile(t, 2)
        expand expand_as broadcast_to             np.broadcast_to(t, t.shape)
        aminmax                                   np.min(t), np.max(t)
        logcumsumexp                              np.log(np.cumsum(np.exp(t)))
        moveaxis movedim                          np.moveaxis(t, 0, 1)
        swapdims                                  np.swapaxes(t, 0, 1)
        relu relu_                                tg.relu(t)
        sigmoid sigmoid_                          tg.sigmoid(t)
        softplus softmax log_softmax logsumexp    tg.{}(t)
        logsigmoid                                -tg.softplus(-t)
        silu                                      t * tg.sigmoid(t)
        leaky_relu                                np.where(t > 0, t, 0.01 * t)
        elu                                       np.where(t > 0, t, np.expm1(t))
        logit                                     np.log(t / (1 - t))
        polygamma                                 tg.polygamma(1, t)
        view resize                               t.reshape(-1)
        view_as reshape_as                        t.reshape(t.shape)
        permute                                   t.transpose(1, 0)
        unsqueeze expand_dims                     np.expand_dims(t, 0)
        contiguous conjugate conj                 t
        cpu cuda block_until_ready                t  # it is ready, in the memory of the processor
        dim ndimension rank                       t.ndim
        numel nelement                            t.size
        get_shape                                 t.shape
        element_size itemsize                     t.data.itemsize
        is_contiguous                             t.data.flags.c_contiguous
        gradient retain_grad retains_grad         t.grad
        null_grad null_gradients zero_            t.zero_grad()
        requires_grad_                            t.requires_grad = True
        constant                                  not t.requires_grad
        trainable                                 t.requires_grad
        clear_graph detach_ stop_gradient         t.detach()
        creator grad_fn                           t.node
        assign copy_ set_                         t.data = np.zeros(t.shape)
        assign_sub                                t.data = t.data - 0.1
        assign_add                                t.data = t.data + 0.1
        fill fill_                                t.data = np.full(t.shape, 1.0)
        normal_                                   t.data = np.random.default_rng().normal(size=t.shape)
        uniform_                                  t.data = np.random.default_rng().uniform(size=t.shape)
        numpy                                     t.to_numpy()
        values value read_value put to_device     t.data
        type float                                t.astype(np.float32)
        to                                        t.astype(np.float32)  # there are no devices to move it to
        double                                    t.astype(np.float64)
        half                                      t.astype(np.float16)
        int                                       t.astype(int)
        long                                      t.astype(np.int64)
        bool                                      t.astype(bool)
        type_as                                   t.astype(t.dtype)
        clone copy                                copy.copy(t)
        tobytes dumps byteswap setflags           t.data.{}()
        nbytes flags                              t.data.{}
        strides stride                            t.data.strides
        flat                                      t.ravel()
        base                                      t.data.base
        ctypes                                    t.data.ctypes
        data_ptr                                  t.data.ctypes.data
        dump                                      np.save(f, t.detach())
        tofile                                    t.data.tofile(f)
        getfield                                  t.data.getfield(t.dtype)
        device                                    t.data
        bincount                                  np.bincount(t.astype(int).ravel())
        unique                                    np.unique(t.detach())
        histc                                     np.histogram(t.detach())
        quantile                                  np.quantile(t.detach(), 0.5)
        add_                                      with tg.no_grad(): t += 0.1
        sub_                                      with tg.no_grad(): t -= 0.1
        mul_                                      with tg.no_grad(): t *= 0.1
        div_                                      with tg.no_grad(): t /= 0.1
        pow_                                      with tg.no_grad(): t **= 0.1
        setfield                                  y = np.copy(t); y[...] = 1.0
        itemset                                   y = np.copy(t); y[0, 0] = 1.0
        newbyteorder                              t.data.view(t.dtype.newbyteorder())
        tostring                                  t.data.tobytes()
        clamp_                                    t.data = np.clip(t.data, 0, 1)
    """),
}
NAMES = table("""
    tensor Variable variable Parameter        tg.Tensor(data)
    from_numpy as_tensor asarray array        tg.Tensor(data)
    zero_grad                                 w.zero_grad()
    SGD Adam AdamW RMSprop Adagrad LBFGS      tg.optim.{}([w])
    sgd GradientDescent                       tg.optim.SGD([w])
    adam                                      tg.optim.Adam([w])
    optimizers                                tg.optim
    Adadelta NAdam RAdam Adamax Rprop         tg.optim.Adam([w])  # there is no {} here, and Adam is the nearest
    GradientTape                              tg.value_and_grad(loss)(w)
    enable_grad                               w.requires_grad = True
    set_grad_enabled                          tg.no_grad()
    cross_entropy                             tg.nn.cross_entropy(scores, labels)
    mse_loss                                  tg.nn.mse_loss(w, np.zeros(3))
    Module Linear Sequential                  from tinygrad_lite.nn import {}
    jacrev jacfwd                             tg.jacobian(loss)(w)
    gradient                                  tg.grad(loss)(w)
    detach                                    w.detach()
    randn                                     tg.Tensor(np.random.default_rng(0).normal(size=3))
    rand                                      tg.Tensor(np.random.default_rng(0).uniform(size=3))
    numpy                                     import numpy as np
    float                                     np.float64
    gradcheck                                 tg.check_gradients(loss, w)
    custom_vjp                                tg.primitive
    backward                                  loss(w).backward()
""")
NETWORKS = table("""
    CrossEntropyLoss CELoss                   nn.cross_entropy(logits, classes)  # losses are functions here
    MSELoss                                   nn.mse_loss(output, target)  # losses are functions here
    RMSELoss                                  nn.rmse_loss(output, target)  # losses are functions here
    L1Loss MAELoss mae_loss                   nn.l1_loss(output, target)  # losses are functions here
    HuberLoss SmoothL1Loss smooth_l1_loss     nn.huber_loss(output, target)  # losses are functions here
    NLLLoss                                   nn.nll_loss(tg.log_softmax(logits), classes)  # losses are functions here
    BCEWithLogitsLoss                         nn.binary_cross_entropy_with_logits(output, yes)  # losses are functions here
    BCELoss binary_cross_entropy              nn.binary_cross_entropy_with_logits(output, yes)  # before the sigmoid
    HingeEmbeddingLoss                        nn.hinge_loss(output, 2 * yes - 1)  # losses are functions here
    KLDivLoss                                 nn.kl_div(tg.log_softmax(logits), tg.softmax(logits))
    Parameter                                 tg.Tensor(data)  # an attribute of a module that is a Tensor is a parameter
    Buffer                                    tg.Tensor(data, requires_grad=False)  # a constant Tensor is a buffer
    ModuleList ParameterList                  layers = [nn.Linear(2, 2), nn.Linear(2, 2)]  # modules are found in lists
    ModuleDict ParameterDict                  heads = {"left": nn.Linear(2, 1), "right": nn.Linear(2, 1)}  # in a dict
    Conv1d                                    nn.Conv2d(1, 8, (1, 3))  # for images of height 1: x[:, :, None]
    ConvTranspose1d                           nn.ConvTranspose2d(1, 8, (1, 3))  # for images of height 1: x[:, :, None]
    MaxPool1d                                 nn.MaxPool2d((1, 2))  # for images of height 1: x[:, :, None]
    AvgPool1d                                 nn.AvgPool2d((1, 2))  # for images of height 1: x[:, :, None]
    AdaptiveAvgPool2d                         nn.Sequential(lambda x: np.mean(x, axis=(2, 3), keepdims=True))
    AdaptiveMaxPool2d                         nn.Sequential(lambda x: np.max(x, axis=(2, 3), keepdims=True))
    Dropout1d Dropout2d Dropout3d AlphaDropout  nn.Dropout(0.5)
    Unflatten                                 nn.Sequential(lambda x: x.reshape(-1, 1, 28, 28))
    Upsample UpsamplingNearest2d              nn.Sequential(lambda x: np.repeat(np.repeat(x, 2, axis=-2), 2, axis=-1))
    ZeroPad2d                                 nn.Sequential(lambda x: np.pad(x, ((0, 0), (0, 0), (1, 1), (1, 1))))
    GroupNorm InstanceNorm2d RMSNorm          nn.LayerNorm(16)
    ReLU6 Hardtanh                            nn.Sequential(lambda x: np.clip(x, 0, 6))  # a function may be a layer
    Mish                                      nn.Sequential(lambda x: x * np.tanh(tg.softplus(x)))
    LogSigmoid                                nn.Sequential(lambda x: -tg.softplus(-x))  # a function may be a layer
    Softsign                                  nn.Sequential(lambda x: x / (1 + np.abs(x)))  # a function may be a layer
    Swish                                     nn.SiLU()
    Dense                                     nn.Linear(2, 3)
    Lambda                                    nn.Sequential(lambda x: x**2)  # a function may be a layer
    RNNCell LSTMCell GRUCell                  nn.GRU(2, 3)  # for one step, give it a sequence of length 1, x[None]
    Transformer TransformerEncoderLayer       nn.MultiheadAttention(8, 2)  # a transformer is made of these
    relu sigmoid softmax log_softmax softplus logsumexp    tg.{}(x)
    tanh                                      np.tanh(x)
    parameter                                 tg.Tensor(data)
    utils                                     tg.optim  # gradient clipping is there
""")
OF_MODULES = table("""
    register_parameter                        model.height = tg.Tensor(0.5)  # a Tensor that is an attribute is a parameter
    register_buffer                           model.mean = tg.Tensor(0.5, requires_grad=False)  # constants are buffers
    register_module add_module                model.extra = nn.Linear(2, 2)  # a module that is an attribute is found
    get_parameter                             dict(model.named_parameters())["0.weight"]
    get_buffer                                dict(model.named_buffers())
    get_submodule                             dict(model.named_modules())["0"]
    float                                     model.to(np.float32)
    double                                    model.to(np.float64)
    half                                      model.to(np.float16)
    cuda cpu                                  model  # there are no devices to move it to
    forward predict                           model(x)
    weights trainable_weights variables trainable_variables    list(model.parameters())
    summary extra_repr                        print(model)
    init_weights reset_parameters             nn.init.xavier_uniform_(model[0].weight)
    fit                                       tg.fit
    save                                      tg.save
    load                                      tg.load
    append                                    nn.Sequential(*model, nn.ReLU())
""")
KEYWORDS = {  # of functions
    "dim": "axis={}", "dims": "axis={}", "keepdim": "keepdims={}", "unbiased": "ddof={:d}",
}  # fmt: skip

NAMES_OF_DATA = table("""
    DataLoader dataloader TensorDataset Dataset batch     tg.data.batches(x, batch_size=32, shuffle=True, seed=0)
    random_split split                                    x_train, x_test = tg.data.train_test_split(x)
    make_moons two_moons                                  tg.data.moons(200)
    make_spirals two_spirals                              tg.data.spirals(200, classes=2)
    load_digits                                           tg.data.digits()
    MNIST FashionMNIST load_mnist                         tg.data.mnist  # Fashion-MNIST is read from its folder
    ImageFolder                                           tg.data.image_folder
    decode_image imread load_image                        tg.data.read_image
""")


def written(hint: str) -> str:
    """A hint as a sentence."""
    code, _, words = hint.partition("  # ")
    return f"Write `{code}`{': ' * bool(words)}{words}."
