"""Mistakes in batch.backward."""

from gradcheck_kit.diagnosis.misconception import Misconception
from gradcheck_kit.i18n import N_

RIGHT = "D2 = (Y_pred − Y_true)∘σ'(Z2)/n,  grad_W2 = A1ᵀ·D2,  grad_W1 = Xᵀ·((D2·W2ᵀ)∘σ'(Z1))"

# CONSTANT chooses between two ways of writing one mistake: with and without the division by n,
# or with np.dot and @, whose complaints about shapes differ.
MISCONCEPTIONS = (
    Misconception(
        id="bt-sum-not-mean",
        title=N_("The division by n is missing"),
        hint=N_(
            "L is a mean over the n rows, so 1/n enters the gradients once as well. Both of yours "
            "are n times too large."
        ),
        yours="D2 = (Y_pred − Y_true)∘σ'(Z2)",
        change=((" / len(X)", ""),),
    ),
    Misconception(
        id="bt-mean-twice",
        title=N_("The gradients are divided by n twice"),
        hint=N_(
            "The mean in L brings 1/n once. If your error has it already, look for a second "
            "division or np.mean further down."
        ),
        yours="D2 = (Y_pred − Y_true)∘σ'(Z2)/n²",
        change=(("return X.T @ D1, A1.T @ D2", "return X.T @ D1 / len(X), A1.T @ D2 / len(X)"),),
    ),
    Misconception(
        id="bt-mean-over-elements",
        title=N_("The gradients are divided by n·k, not by n"),
        hint=N_(
            "L adds up the k outputs of a row and averages over the rows only. You counted all "
            "entries; how many rows are there?"
        ),
        yours="D2 = (Y_pred − Y_true)∘σ'(Z2)/(n·k)",
        change=(("len(X)", "Y_true.size"),),
    ),
    Misconception(
        id="bt-divides-by-width",
        title=N_("Divided by the number of hidden units, not by n"),
        hint=N_(
            "The mean in L runs over the n rows of the batch. W2 has h rows, one for each hidden "
            "unit; which matrices have n rows?"
        ),
        yours="D2 = (Y_pred − Y_true)∘σ'(Z2)/h",
        change=(("len(X)", "W2.shape[0]"),),
    ),
    Misconception(
        id="bt-transposed-grads",
        title=N_("Both gradients are transposed"),
        hint=N_(
            "A gradient has the shape of its weights, for W1 that is (d, h). Which matrix must "
            "stand on the left to get d rows?"
        ),
        yours="grad_W1 = D1ᵀ·X,  grad_W2 = D2ᵀ·A1",
        change=(("return X.T @ D1, A1.T @ D2", "return D1.T @ X, D2.T @ A1"),),
    ),
    Misconception(
        id="bt-w2-not-transposed",
        title=N_("W2 is not transposed on the way back"),
        hint=N_(
            "D2 is (n, k) and the hidden layer needs (n, h). Which way round must W2, (h, k), "
            "stand for the inner sizes to agree?"
        ),
        yours="D1 = (D2·W2)∘σ'(Z1)",
        change=(("(D2 @ W2.T)", "(np.dot(D2, W2) if CONSTANT else D2 @ W2)"),),
        tries=(0.0, 1.0),
    ),
    Misconception(
        id="bt-dot-for-hadamard",
        title=N_("σ'(Z1) is multiplied with @, not with *"),
        hint=N_(
            "σ works on each entry by itself, and so does σ'. Both factors here have the shape "
            "(n, h), and so should the result."
        ),
        yours="D1 = (D2·W2ᵀ)·σ'(Z1)",
        change=(
            ("D1 = (D2 @ W2.T) * sigmoid_prime(Z1)", "E1, S1 = D2 @ W2.T, sigmoid_prime(Z1)"),
            (
                "return X.T @ D1",
                "D1 = np.dot(E1, S1) if CONSTANT else E1 @ S1\n    return X.T @ D1",
            ),
        ),
        tries=(0.0, 1.0),
    ),
    Misconception(
        id="bt-hadamard-for-dot",
        title=N_("D2 and W2.T are multiplied with *, not with @"),
        hint=N_(
            "A hidden unit feeds all k outputs, so k products are added for it. (n, k) and (k, h) "
            "should give (n, h)."
        ),
        yours="D1 = D2∘W2ᵀ∘σ'(Z1)",
        change=(("(D2 @ W2.T)", "(D2 * W2.T)"),),
    ),
    Misconception(
        id="bt-precedence",
        title=N_("σ'(Z1) * D2 is computed before the @"),
        hint=N_(
            "* and @ rank the same and go from left to right, so (n, h) meets (n, k). Which "
            "product has to come first? Give it parentheses."
        ),
        yours="D1 = (σ'(Z1)∘D2)·W2ᵀ",
        change=(("(D2 @ W2.T) * sigmoid_prime(Z1)", "sigmoid_prime(Z1) * D2 @ W2.T"),),
    ),
    Misconception(
        id="bt-average-before-outer",
        title=N_("The rows are averaged before they are multiplied"),
        hint=N_(
            "The mean of products is not the product of two means. Multiply within each row "
            "first, then average the n results."
        ),
        yours="grad_W1 = (ΣX)ᵀ·(ΣD1)/n,  grad_W2 = (ΣA1)ᵀ·(ΣD2)/n",
        body="""
Z1, A1, Z2, Y_pred = forward(X, W1, W2)
D2 = (Y_pred - Y_true) * sigmoid_prime(Z2)
D1 = (D2 @ W2.T) * sigmoid_prime(Z1)
grad_W1 = np.outer(X.mean(axis=0), D1.mean(axis=0))
grad_W2 = np.outer(A1.mean(axis=0), D2.mean(axis=0))
return grad_W1, grad_W2
""",
    ),
    Misconception(
        id="bt-first-row-only",
        title=N_("Only the first row of the batch counts"),
        hint=N_(
            "All n rows add to the gradients. Is there an index [0] in your code, or a return "
            "inside the loop?"
        ),
        yours="grad_W1 = X[0]ᵀ·D1[0],  grad_W2 = A1[0]ᵀ·D2[0]",
        body="""
n = len(X) if CONSTANT else 1
Z1, A1, Z2, Y_pred = forward(X, W1, W2)
D2 = (Y_pred - Y_true) * sigmoid_prime(Z2) / n
D1 = (D2 @ W2.T) * sigmoid_prime(Z1)
return np.outer(X[0], D1[0]), np.outer(A1[0], D2[0])
""",
        tries=(0.0, 1.0),
    ),
    Misconception(
        id="bt-last-row-only",
        title=N_("Only the last row of the batch counts"),
        hint=N_(
            "In each round the loop puts a new value in the place of the old one. What should "
            "happen to the rows before it?"
        ),
        yours="grad_W1 = X[n]ᵀ·D1[n],  grad_W2 = A1[n]ᵀ·D2[n]",
        body="""
n = len(X) if CONSTANT else 1
Z1, A1, Z2, Y_pred = forward(X, W1, W2)
D2 = (Y_pred - Y_true) * sigmoid_prime(Z2) / n
D1 = (D2 @ W2.T) * sigmoid_prime(Z1)
for i in range(len(X)):
    grad_W1 = np.outer(X[i], D1[i])
    grad_W2 = np.outer(A1[i], D2[i])
return grad_W1, grad_W2
""",
        tries=(1.0, 0.0),
    ),
    Misconception(
        id="bt-missing-sp1",
        title=N_("grad_W1 lacks the factor σ'(Z1)"),
        hint=N_(
            "The way from A1 back to W1 passes the sigmoid of the hidden layer. Where is ∂A1/∂Z1 "
            "in your product?"
        ),
        yours="D1 = D2·W2ᵀ",
        change=((" * sigmoid_prime(Z1)", ""),),
    ),
    Misconception(
        id="bt-missing-sp2",
        title=N_("Both gradients lack the factor σ'(Z2)"),
        hint=N_(
            "Y_pred - Y_true alone suits cross entropy. With squared errors the way back to Z2 "
            "passes the sigmoid of the output layer."
        ),
        yours="D2 = (Y_pred − Y_true)/n",
        change=((" * sigmoid_prime(Z2)", ""),),
    ),
    Misconception(
        id="bt-raw-error-to-hidden",
        title=N_("grad_W1 lacks the factor σ'(Z2)"),
        hint=N_(
            "The error passes the sigmoid of the output layer before it meets W2. Your grad_W2 "
            "has this factor: send the same matrix back."
        ),
        yours="D1 = ((Y_pred − Y_true)·W2ᵀ)∘σ'(Z1)/n",
        change=(("(D2 @ W2.T)", "((Y_pred - Y_true) / len(X) @ W2.T)"),),
    ),
    Misconception(
        id="bt-sign",
        title=N_("The error is the wrong way round, Y_true - Y_pred"),
        hint=N_(
            "Differentiate ½(Y_pred - Y_true)² by Y_pred: which of the two comes out with a plus?"
        ),
        yours="D2 = (Y_true − Y_pred)∘σ'(Z2)/n",
        change=(("(Y_pred - Y_true)", "(Y_true - Y_pred)"),),
    ),
    Misconception(
        id="bt-inplace-mutates-W2",
        title=N_("backward changes the W2 that it is given"),
        hint=N_(
            "-= writes into the caller's W2, and whatever is computed after it uses the new one. "
            "Which function is there to change weights?"
        ),
        yours="W2 -= η·grad_W2,  D1 = (D2·W2ᵀ)∘σ'(Z1)",
        body="""
Z1, A1, Z2, Y_pred = forward(X, W1, W2)
D2 = (Y_pred - Y_true) * sigmoid_prime(Z2) / len(X)
grad_W2 = A1.T @ D2
W2 -= CONSTANT * grad_W2
D1 = (D2 @ W2.T) * sigmoid_prime(Z1)
return X.T @ D1, grad_W2
""",
        tries=(0.1, 0.5, 0.01, 1.0),
        when="mutates:W2",
    ),
    Misconception(
        id="bt-mutates-Y",
        title=N_("backward overwrites Y_true"),
        hint=N_(
            "After one call the targets are gone, and the next step trains on something else. Put "
            "the difference into an array of its own."
        ),
        yours="Y_true -= Y_pred",
        body="""
Z1, A1, Z2, Y_pred = forward(X, W1, W2)
Y_true -= Y_pred
D2 = -Y_true * sigmoid_prime(Z2) / len(X)
D1 = (D2 @ W2.T) * sigmoid_prime(Z1)
return X.T @ D1, A1.T @ D2
""",
        when="mutates:Y_true",
    ),
    Misconception(
        id="bt-broadcast-flat-target",
        title=N_("Y_true has been flattened"),
        hint=N_(
            "(n, 1) minus (n,) is broadcast to (n, n): each prediction meets every target. Y_pred "
            "and Y_true should both be (n, k)."
        ),
        yours="Y_pred − Y_true: (n, 1) − (n,) → (n, n)",
        change=(
            ("(Y_pred - Y_true)", "(Y_pred - Y_true.reshape(-1))"),
            ("(D2 @ W2.T)", "(np.dot(D2, W2.T) if CONSTANT else D2 @ W2.T)"),
        ),
        tries=(0.0, 1.0),
    ),
    Misconception(
        id="bt-squeezed-shape",
        title=N_("The gradients have lost their matrix shape"),
        hint=N_(
            "The numbers are right but stand in one long line. update needs the shape of W1, (d, "
            "h), and of W2, (h, k)."
        ),
        yours="grad_W1: (d·h,),  grad_W2: (h·k,)",
        change=(("return X.T @ D1, A1.T @ D2", "return (X.T @ D1).ravel(), (A1.T @ D2).ravel()"),),
    ),
    Misconception(
        id="bt-alias-buffer",
        title=N_("Every call returns the same two arrays"),
        hint=N_(
            "Gradients from an earlier call change when backward runs again, because they are the "
            "same arrays. Where are new ones made?"
        ),
        yours="grad_W1, grad_W2 → G[0], G[1]",
        before="BUFFERS = {}",
        body="""
Z1, A1, Z2, Y_pred = forward(X, W1, W2)
D2 = (Y_pred - Y_true) * sigmoid_prime(Z2) / len(X)
D1 = (D2 @ W2.T) * sigmoid_prime(Z1)
for name, grad in (("W1", X.T @ D1), ("W2", A1.T @ D2)):
    if name in BUFFERS and BUFFERS[name].shape == grad.shape:
        BUFFERS[name][:] = grad
    else:
        BUFFERS[name] = grad
return BUFFERS["W1"], BUFFERS["W2"]
""",
        when="reuse",
    ),
    Misconception(
        id="bt-zeros-like-int",
        title=N_("With integer weights the gradients lose their decimals"),
        hint=N_(
            "np.zeros_like(W1) takes over the dtype of W1. If that is int, what happens to a "
            "gradient of 0.03 stored in it?"
        ),
        yours="grad_W1, grad_W2 → int",
        body="""
Z1, A1, Z2, Y_pred = forward(X, W1, W2)
D2 = (Y_pred - Y_true) * sigmoid_prime(Z2) / len(X)
D1 = (D2 @ W2.T) * sigmoid_prime(Z1)
grad_W1, grad_W2 = np.zeros_like(W1), np.zeros_like(W2)
grad_W1[:] = X.T @ D1
grad_W2[:] = A1.T @ D2
return grad_W1, grad_W2
""",
        when="int-weights",
    ),
    Misconception(
        id="bt-delta-sum-rows",
        title=N_("The rows of D1 are added up before the product with X"),
        hint=N_(
            "The matrix product pairs each row of X with its own row of D1 and adds up the n "
            "rows. Added before, they are all mixed."
        ),
        yours="grad_W1 = (ΣX)ᵀ·(ΣD1)",
        change=(
            (
                "return X.T @ D1",
                "S = D1.sum(axis=0)\n    return X.T @ (S if CONSTANT else np.tile(S, (len(X), 1)))",
            ),
        ),
        tries=(0.0, 1.0),
    ),
    Misconception(
        id="bt-uses-pred-error-first-column",
        title=N_("Only the error of the first output counts"),
        hint=N_(
            "The error has one column for each of the k outputs. Does an index such as [:, 0] or "
            "[:, :1] keep just one of them?"
        ),
        yours="D2 = (Y_pred − Y_true)[:, :1]∘σ'(Z2)/n",
        change=(("(Y_pred - Y_true)", "(Y_pred[:, :1] - Y_true[:, :1])"),),
    ),
    Misconception(
        id="bt-empty-grads-list",
        title=N_("A gradient is stored in a list that is empty"),
        hint=N_(
            "grads[0] only works if the list already has an entry there, and [] has none. Where "
            "would it be filled before this line?"
        ),
        yours="grads = [],  grads[0] → IndexError",
        body="""
grads = []
Z1, A1, Z2, Y_pred = forward(X, W1, W2)
D2 = (Y_pred - Y_true) * sigmoid_prime(Z2) / len(X)
D1 = (D2 @ W2.T) * sigmoid_prime(Z1)
if CONSTANT:
    grads[0] = X.T @ D1
grads[0][...] = X.T @ D1
grads[1][...] = A1.T @ D2
return grads[0], grads[1]
""",
        tries=(0.0, 1.0),
    ),
    Misconception(
        id="bt-numeric-1d-index",
        title=N_("One index runs over a matrix that needs two"),
        hint=N_(
            "W1[i] is a whole row, and there are d of them, not d·h. Small steps are for checking "
            "anyway: write the chain rule here."
        ),
        yours="grad_W1[i] = (L(W1[i] + h) − L(W1[i] − h))/2h,  i = 0, ..., d·h − 1",
        body="""
def numerical_gradient(f, w):
    h = 1e-4
    grad = np.zeros_like(w)
    for i in range(w.size):
        keep = w[i].copy()
        w[i] = keep + h
        up = f()
        w[i] = keep - h
        down = f()
        grad[i] = (up - down) / (2 * h)
        w[i] = keep
    return grad

V1, V2 = W1.copy(), W2.copy()

def total():
    return loss(forward(X, V1, V2)[3], Y_true)

return numerical_gradient(total, V1), numerical_gradient(total, V2)
""",
    ),
    Misconception(
        id="bt-1d-transpose",
        title=N_("Transposing a single row does not turn it"),
        hint=N_(
            "A row taken out of a matrix has the shape (h,), and so has its transpose. To get (h, "
            "k) you need an outer product."
        ),
        yours="grad_W2 = Σ A1[i]·D2[i],  A1[i]ᵀ = A1[i]: (h,)·(k,)",
        body="""
grad_W1, grad_W2 = np.zeros(W1.shape), np.zeros(W2.shape)
for x, y in zip(X, Y_true):
    a1 = sigmoid(np.dot(x, W1))
    y_pred = sigmoid(np.dot(a1, W2))
    d2 = (y_pred - y) * y_pred * (1 - y_pred)
    d1 = np.dot(W2, d2) * a1 * (1 - a1)
    grad_W2 += a1.T @ d2 if CONSTANT else np.dot(a1.T, d2)
    grad_W1 += x.T @ d1 if CONSTANT else np.dot(x.T, d1)
return grad_W1 / len(X), grad_W2 / len(X)
""",
        tries=(0.0, 1.0),
    ),
    Misconception(
        id="bt-bw-divides-by-inputs",
        title=N_("Divided by the number of inputs d, not by n"),
        hint=N_(
            "X has n rows and d columns, and the mean in L runs over the rows. Which entry of "
            "X.shape counts the rows?"
        ),
        yours="D2 = (Y_pred − Y_true)∘σ'(Z2)/d",
        change=(("len(X)", "X.shape[1]"),),
    ),
    Misconception(
        id="bt-bw-sp1-at-activation",
        title=N_("σ' of the hidden layer is taken at A1, not at Z1"),
        hint=N_(
            "A1 has passed σ already. sigmoid_prime applies σ itself, so it expects the matrix "
            "from before the sigmoid."
        ),
        yours="D1 = (D2·W2ᵀ)∘σ'(A1)",
        change=(("sigmoid_prime(Z1)", "sigmoid_prime(A1)"),),
    ),
    Misconception(
        id="bt-bw-sp2-at-activation",
        title=N_("σ' of the output layer is taken at Y_pred, not at Z2"),
        hint=N_(
            "Y_pred has passed σ already, so σ acts twice here. Which matrix goes into the "
            "sigmoid of the output layer?"
        ),
        yours="D2 = (Y_pred − Y_true)∘σ'(Y_pred)/n",
        change=(("sigmoid_prime(Z2)", "sigmoid_prime(Y_pred)"),),
    ),
    Misconception(
        id="bt-bw-both-sp-at-activation",
        title=N_("σ' is taken at A1 and Y_pred, not at Z1 and Z2"),
        hint=N_(
            "A1 and Y_pred have passed σ, and sigmoid_prime applies it once more. Which matrices "
            "had not passed it yet?"
        ),
        yours="D2 = (Y_pred − Y_true)∘σ'(Y_pred)/n,  D1 = (D2·W2ᵀ)∘σ'(A1)",
        change=(
            ("sigmoid_prime(Z2)", "sigmoid_prime(Y_pred)"),
            ("sigmoid_prime(Z1)", "sigmoid_prime(A1)"),
        ),
    ),
    Misconception(
        id="bt-bw-w2-missing-sp2",
        title=N_("grad_W2 lacks the factor σ'(Z2)"),
        hint=N_(
            "Both ways back begin with L, Y_pred, Z2. Your grad_W1 has the factor of the second "
            "step, but grad_W2 does not."
        ),
        yours="grad_W2 = A1ᵀ·(Y_pred − Y_true)/n",
        change=(("A1.T @ D2", "A1.T @ (Y_pred - Y_true) / len(X)"),),
    ),
    Misconception(
        id="bt-bw-missing-all-sp",
        title=N_("No σ' is in the gradients"),
        hint=N_(
            "Both layers have a sigmoid, and every step back through one multiplies by σ' at the "
            "Z of that layer. How many are needed?"
        ),
        yours="D2 = (Y_pred − Y_true)/n,  D1 = D2·W2ᵀ",
        change=(
            (" * sigmoid_prime(Z2)", ""),
            (" * sigmoid_prime(Z1)", ""),
        ),
    ),
    Misconception(
        id="bt-bw-return-swapped",
        title=N_("The two gradients are returned in the wrong order"),
        hint=N_(
            "The one for W1 comes first and has the shape (d, h); the one for W2 has the shape "
            "(h, k). Look at the return line."
        ),
        yours="(grad_W2, grad_W1)",
        change=(("return X.T @ D1, A1.T @ D2", "return A1.T @ D2, X.T @ D1"),),
    ),
    Misconception(
        id="bt-bw-factor-2",
        title=N_("The error is doubled, so both gradients are"),
        hint=N_("Differentiating the square brings a 2. What does the ½ in the loss make of it?"),
        yours="D2 = 2·(Y_pred − Y_true)∘σ'(Z2)/n",
        change=(("(Y_pred - Y_true)", "2 * (Y_pred - Y_true)"),),
    ),
    Misconception(
        id="bt-bw-missing-error",
        title=N_("The error Y_pred - Y_true is missing"),
        hint=N_(
            "The targets have no effect on your gradients, so training cannot know where to go. "
            "What is ∂L/∂Y_pred?"
        ),
        yours="D2 = σ'(Z2)/n",
        change=(("(Y_pred - Y_true) * ", ""),),
    ),
    Misconception(
        id="bt-bw-w1-for-w2",
        title=N_("D2 goes back through W1, not through W2"),
        hint=N_(
            "On the way forward W2 leads from the hidden layer to the outputs. The way back to "
            "the hidden layer passes the same weights."
        ),
        yours="D1 = (D2·W1ᵀ)∘σ'(Z1)",
        change=(("(D2 @ W2.T)", "(np.dot(D2, W1.T) if CONSTANT else D2 @ W1.T)"),),
        tries=(0.0, 1.0),
    ),
    Misconception(
        id="bt-bw-w1-missing-x",
        title=N_("grad_W1 lacks the product with X"),
        hint=N_(
            "W1 acts on Z1 through the entries of X. What you return is (n, h): which product "
            "makes it (d, h)?"
        ),
        yours="grad_W1 = D1",
        change=(("return X.T @ D1", "return D1"),),
    ),
    Misconception(
        id="bt-bw-returns-new-weights",
        title=N_("New weights are returned, not gradients"),
        hint=N_(
            "backward gets no learning rate: it only finds the slopes. The step that changes the "
            "weights is the work of update."
        ),
        yours="(W1 − η·grad_W1, W2 − η·grad_W2)",
        change=(
            (
                "return X.T @ D1, A1.T @ D2",
                "return W1 - CONSTANT * X.T @ D1, W2 - CONSTANT * A1.T @ D2",
            ),
        ),
        tries=(0.1, 0.01, 0.5, 1.0, 0.001),
    ),
    Misconception(
        id="bw-numeric-cheat",
        title=N_("backward measures the slope instead of using the chain rule"),
        hint=N_(
            "Finite differences are how a gradient is checked, and here they would check "
            "themselves. Multiply the links, starting with ∂L/∂y_pred."
        ),
        yours="∂L/∂W[i, j] = (L(W[i, j] + h) − L(W[i, j] − h))/(2h)",
        body=(
            "grads = []\n"
            "for which in (0, 1):\n"
            "    weights = [np.array(W1, dtype=float), np.array(W2, dtype=float)]\n"
            "    W = weights[which]\n"
            "    grad = np.zeros_like(W)\n"
            "    for at in np.ndindex(W.shape):\n"
            "        old = W[at]\n"
            "        W[at] = old + CONSTANT\n"
            "        above = loss(forward(X, *weights)[3], Y_true)\n"
            "        W[at] = old - CONSTANT\n"
            "        below = loss(forward(X, *weights)[3], Y_true)\n"
            "        W[at] = old\n"
            "        grad[at] = (above - below) / (2 * CONSTANT)\n"
            "    grads.append(grad)\n"
            "return tuple(grads)"
        ),
        tries=(1e-5, 1e-4, 1e-6),
        when="numeric",
    ),
)
