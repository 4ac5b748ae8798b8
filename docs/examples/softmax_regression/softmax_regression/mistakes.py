"""The mistakes that learners make. Each holds code that makes it, or the links that are off."""

from gradcheck_kit import Misconception, Mistakes

_SHIFT = " - Z.max(axis=1, keepdims=True)"
_SUM = " / E.sum(axis=1, keepdims=True)"

MISTAKES = {
    "softmax.softmax": Mistakes(
        right="P[i, j] = e^Z[i, j] / Σ_m e^Z[i, m]",
        entries=(
            Misconception(
                id="sm-columns",
                title="The sum runs down the columns, not along each row",
                hint="Each row is one example, and its probabilities add up to 1. Which axis "
                "runs along a row?",
                yours="P[i, j] = e^Z[i, j] / Σ_m e^Z[m, j]",
                body="E = np.exp(Z - Z.max(axis=CONSTANT, keepdims=True))\n"
                "return E / E.sum(axis=0, keepdims=True)",
                tries=(0, 1),
            ),
            Misconception(
                id="sm-whole-matrix",
                title="The sum runs over the whole matrix, not over each row",
                hint="Print P.sum(axis=1) for two rows: each number should be 1. What does sum "
                "do without an axis?",
                yours="P[i, j] = e^Z[i, j] / Σ e^Z",
                body="E = np.exp(Z - Z.max())\nreturn E / E.sum()",
            ),
            Misconception(
                id="sm-overflows",
                title="e^z overflows where z is large",
                hint="Subtracting one number from all of a row changes nothing in the fraction. "
                "Which number keeps every exponent at 0 or below?",
                yours="P = e^Z / Σ e^Z, computed as it stands",
                change=((_SHIFT, ""),),
            ),
            Misconception(
                id="sm-not-divided",
                title="The exponentials are not divided by their sum",
                hint="Probabilities of one example add up to 1. Do yours?",
                yours="P[i, j] = e^Z[i, j]",
                body="return np.exp(Z - Z.max(axis=1, keepdims=True) if CONSTANT else Z)",
                tries=(1, 0),
            ),
            Misconception(
                id="sm-sigmoid",
                title="Each entry goes through the sigmoid by itself",
                hint="With more than two classes the entries of a row compete: one probability "
                "can only rise where another falls.",
                yours="P[i, j] = 1/(1 + e^−Z[i, j])",
                body="return 1 / (1 + np.exp(-Z))",
            ),
        ),
    ),
    "softmax.cross_entropy": Mistakes(
        right="L = −(1/n)·Σ Y·log P",
        entries=(
            Misconception(
                id="ce-sum",
                title="The loss is a sum over the rows, not a mean",
                hint="If every row stood there twice, L should stay the same, but yours doubles.",
                yours="L = −Σ Y·log P",
                change=((" / len(Y)", ""),),
            ),
            Misconception(
                id="ce-mean-of-all",
                title="The loss is divided by n·k, not by n",
                hint="np.mean over the whole matrix counts the zeros of Y too. How many examples "
                "are there?",
                yours="L = −(1/(n·k))·Σ Y·log P",
                change=((" / len(Y)", " / Y.size"),),
            ),
            Misconception(
                id="ce-sign",
                title="The minus in front of the sum is missing",
                hint="The logarithm of a probability is never above 0, and a loss is never below.",
                yours="L = (1/n)·Σ Y·log P",
                change=(("-np.sum", "np.sum"),),
            ),
            Misconception(
                id="ce-base",
                title="The logarithm has another base than e",
                hint="np.log is the natural logarithm; np.log2 and np.log10 are not.",
                yours="L = −(1/n)·Σ Y·log₂ P",
                change=(("np.log(P)", "(np.log2(P) if CONSTANT else np.log10(P))"),),
                tries=(1, 0),
            ),
            Misconception(
                id="ce-squared",
                title="It is the squared error, not the cross-entropy",
                hint="Only the probability of the right class counts here, and it counts through "
                "its logarithm.",
                yours="L = (1/n)·Σ (P − Y)²",
                body="return CONSTANT * np.sum((P - Y) ** 2) / len(Y)",
                tries=(1.0, 0.5),
            ),
            Misconception(
                id="ce-binary",
                title="The other classes count too, through log(1 − P)",
                hint="That is the loss for independent yes-or-no answers. Here one class is right, "
                "and the others only show in its probability.",
                yours="L = −(1/n)·Σ (Y·log P + (1 − Y)·log(1 − P))",
                change=(("Y * np.log(P)", "Y * np.log(P) + (1 - Y) * np.log(1 - P)"),),
            ),
            Misconception(
                id="ce-every-class",
                title="The logarithms of all classes are added up",
                hint="Y picks the right class of each row: it is 1 there and 0 elsewhere. Where "
                "does Y enter your sum?",
                yours="L = −(1/n)·Σ log P",
                change=(("Y * np.log(P)", "np.log(P)"),),
            ),
        ),
    ),
    "softmax.forward": Mistakes(
        right="Z = X·W + b,  P = softmax(Z)",
        entries=(
            Misconception(
                id="fw-no-bias",
                title="The bias b is left out",
                hint="With X = 0 every score is b. What do you get?",
                yours="Z = X·W",
                change=((" + b", ""),),
            ),
            Misconception(
                id="fw-bias-subtracted",
                title="The bias b is subtracted, not added",
                hint="With X = 0 every score is b. What do you get?",
                yours="Z = X·W − b",
                change=((" + b", " - b"),),
            ),
            Misconception(
                id="fw-swapped",
                title="P and Z come back in each other's place",
                hint="The docstring lists what to return, in order: which one is first?",
                yours="(P, Z)",
                change=(("return Z, softmax(Z)", "return softmax(Z), Z"),),
            ),
            Misconception(
                id="fw-twice",
                title="softmax is applied twice",
                hint="Is what you hand to softmax the scores, or already the probabilities?",
                yours="P = softmax(softmax(Z))",
                change=(("return Z, softmax(Z)", "return Z, softmax(softmax(Z))"),),
            ),
        ),
    ),
    "softmax.gradient": Mistakes(
        right="D = (P − Y)/n,  dW = Xᵀ·D,  db = Σ of the rows of D",
        entries=(
            Misconception(
                id="gr-sign",
                title="Both gradients have the wrong sign",
                hint="Raise the score of a wrong class: does L rise or fall? ∂L/∂Z has that sign.",
                yours="D = (Y − P)/n",
                links={"dW": {-1: 1}, "db": {-1: 1}},
            ),
            Misconception(
                id="gr-not-divided",
                title="The division by n is missing",
                hint="L is a mean over the n rows, so 1/n enters both gradients once.",
                yours="D = P − Y",
                change=((" / len(X)", ""),),
            ),
            Misconception(
                id="gr-divided-by-all",
                title="The gradients are divided by n·k, not by n",
                hint="L is a mean over the rows only. How many rows are there?",
                yours="D = (P − Y)/(n·k)",
                change=((" / len(X)", " / Y.size"),),
            ),
            Misconception(
                id="gr-no-target",
                title="Y is not subtracted from P",
                hint="Where the prediction is perfect, the gradient is 0. Is yours?",
                yours="D = P/n",
                links={"dW": {"P - Y": -1, "P": 1}, "db": {"P - Y": -1, "P": 1}},
            ),
            Misconception(
                id="gr-slope-of-sigmoid",
                title="P·(1 − P) is multiplied in once more",
                hint="The slope of softmax and the slope of the logarithm cancel, and P − Y is "
                "what is left. Is P·(1 − P) in it still?",
                yours="D = (P − Y)∘P∘(1 − P)/n",
                change=(("(P - Y)", "(P - Y) * P * (1 - P)"),),
            ),
            Misconception(
                id="gr-no-input",
                title="dW lacks the inputs X",
                hint="An input of 0 leaves its weights without any effect. How does that show in "
                "your dW?",
                yours="dW[i, j] = Σ D[:, j]",
                links={"dW": {"X": -1}},
            ),
            Misconception(
                id="gr-bias-mean",
                title="db is a mean over the rows of D, which has its 1/n already",
                hint="D was divided by n before. What is left to do for b: to add up or to "
                "average?",
                yours="db = (1/n)·Σ of the rows of D",
                change=(("D.sum(axis=0)", "D.mean(axis=0)"),),
            ),
            Misconception(
                id="gr-bias-not-summed",
                title="db has a row for each example",
                hint="b has k entries and every row uses the same ones, so their effects add up.",
                yours="db = D",
                change=(("D.sum(axis=0)", "D"),),
            ),
            Misconception(
                id="gr-bias-one-number",
                title="db is one number: the sum runs over everything",
                hint="b has one entry for each class, and db has its shape. Which axis holds "
                "the examples?",
                yours="db = Σ D",
                change=(("D.sum(axis=0)", "D.sum()"),),
            ),
            Misconception(
                id="gr-transposed",
                title="dW is transposed",
                hint="A gradient has the shape of its weights, (d, k). Which matrix must stand on "
                "the left to get d rows?",
                yours="dW = Dᵀ·X",
                change=(("X.T @ D", "D.T @ X"),),
            ),
        ),
    ),
    "softmax.update": Mistakes(
        right="w − η·∂L/∂w",
        entries=(
            Misconception(
                id="up-ascends",
                title="The step goes uphill",
                hint="The gradient points to where L grows. Which way do you want to go?",
                yours="w + η·∂L/∂w",
                change=(("w - lr", "w + lr"),),
            ),
            Misconception(
                id="up-no-rate",
                title="The learning rate is left out",
                hint="With lr = 0 nothing should move. Does it?",
                yours="w − ∂L/∂w",
                change=(("lr * grad", "grad"),),
            ),
            Misconception(
                id="up-step-only",
                title="The step comes back, not the new weights",
                hint="With a gradient of 0 the weights stay. What do you return then?",
                yours="η·∂L/∂w",
                body="return CONSTANT * lr * grad",
                tries=(1.0, -1.0),
            ),
        ),
    ),
    "softmax.train": Mistakes(
        right="for each step: record L,  take both gradients,  update W and b",
        entries=(
            Misconception(
                id="tr-loss-after",
                title="Each loss is recorded after its step, not before",
                hint="The first loss belongs to the W and b that came in.",
                yours="losses[s] = L after step s + 1",
                body="losses = []\n"
                "for _ in range(steps):\n"
                "    dW, db = gradient(X, Y, W, b)\n"
                "    W, b = update(W, dW, lr), update(b, db, lr)\n"
                "    losses.append(cross_entropy(forward(X, W, b)[1], Y))\n"
                "return W, b, losses",
            ),
            Misconception(
                id="tr-one-after-the-other",
                title="db is taken after W has changed already",
                hint="Both gradients belong to the same W and b. Call gradient once for each step.",
                yours="db = ∂L/∂b at the new W",
                body="losses = []\n"
                "for _ in range(steps):\n"
                "    losses.append(cross_entropy(forward(X, W, b)[1], Y))\n"
                "    W = update(W, gradient(X, Y, W, b)[0], lr)\n"
                "    b = update(b, gradient(X, Y, W, b)[1], lr)\n"
                "return W, b, losses",
            ),
            Misconception(
                id="tr-bias-stays",
                title="b never changes",
                hint="Two things are learned here, W and b. Which of them does a step change?",
                yours="b stays",
                change=(("W, b = update(W, dW, lr), update(b, db, lr)", "W = update(W, dW, lr)"),),
            ),
            Misconception(
                id="tr-one-step-more",
                title="One step too many or too few",
                hint="With steps = 1 there is one loss and one update.",
                yours="steps ± 1 steps",
                change=(("range(steps)", "range(steps + CONSTANT)"),),
                tries=(1, -1),
            ),
        ),
    ),
}
