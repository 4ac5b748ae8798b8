"""Mistakes in batch.train."""

from gradcheck_kit.diagnosis.misconception import Misconception
from gradcheck_kit.i18n import N_

RIGHT = "losses[t] = L(W1, W2);  W1 → W1 − η·∂L/∂W1,  W2 → W2 − η·∂L/∂W2"

MISCONCEPTIONS = (
    Misconception(
        id="bt-tr-stale-order",
        title=N_("W2 changes before grad_W1 is computed"),
        hint=N_(
            "Both gradients belong to the same weights. Once W2 has moved, backward sees another "
            "network, so what has to come first?"
        ),
        yours="W2 → W2 − η·∂L/∂W2,  W1 → W1 − η·∂L/∂W1(W1, W2)",
        change=(
            (
                "grad_W1, grad_W2 = backward(X, Y_true, W1, W2)",
                "W2 = update(W2, backward(X, Y_true, W1, W2)[1], lr)",
            ),
            (
                "W1, W2 = update(W1, grad_W1, lr), update(W2, grad_W2, lr)",
                "W1 = update(W1, backward(X, Y_true, W1, W2)[0], lr)",
            ),
        ),
    ),
    Misconception(
        id="bt-tr-stale-order-w1-first",
        title=N_("W1 changes before grad_W2 is computed"),
        hint=N_(
            "grad_W2 should belong to the W1 from before the step. How many times do you call "
            "backward in one step?"
        ),
        yours="W1 → W1 − η·∂L/∂W1,  W2 → W2 − η·∂L/∂W2(W1, W2)",
        change=(
            (
                "grad_W1, grad_W2 = backward(X, Y_true, W1, W2)",
                "W1 = update(W1, backward(X, Y_true, W1, W2)[0], lr)",
            ),
            (
                "W1, W2 = update(W1, grad_W1, lr), update(W2, grad_W2, lr)",
                "W2 = update(W2, backward(X, Y_true, W1, W2)[1], lr)",
            ),
        ),
    ),
    Misconception(
        id="bt-tr-grad-once",
        title=N_("The gradients are computed only once"),
        hint=N_(
            "Every step changes the weights, and with them the slopes. Which line has to move "
            "into the loop?"
        ),
        yours="W1 → W1 − t·η·∂L/∂W1(0),  W2 → W2 − t·η·∂L/∂W2(0)",
        body="""
losses = []
grad_W1, grad_W2 = backward(X, Y_true, W1, W2)
for _ in range(steps):
    losses.append(loss(forward(X, W1, W2)[3], Y_true))
    W1, W2 = update(W1, grad_W1, lr), update(W2, grad_W2, lr)
return W1, W2, losses
""",
    ),
    Misconception(
        id="bt-tr-history-after",
        title=N_("The loss is recorded after the step"),
        hint=N_(
            "losses[0] should be the loss of the weights that came in. Where in the loop do you "
            "append?"
        ),
        yours="losses[t] = L(W1 − η·∂L/∂W1, W2 − η·∂L/∂W2)",
        body="""
losses = []
for _ in range(steps):
    grad_W1, grad_W2 = backward(X, Y_true, W1, W2)
    W1, W2 = update(W1, grad_W1, lr), update(W2, grad_W2, lr)
    losses.append(loss(forward(X, W1, W2)[3], Y_true))
return W1, W2, losses
""",
    ),
    Misconception(
        id="bt-tr-off-by-one",
        title=N_("One step too few is taken"),
        hint=N_(
            "range(5) already runs 5 times, from 0 to 4. How often does your loop run when steps "
            "is 1?"
        ),
        yours="t = 0, ..., steps − 2",
        change=(("range(steps)", "range(steps - 1)"),),
    ),
    Misconception(
        id="bt-tr-only-w1",
        title=N_("Only W1 is updated"),
        hint=N_(
            "W2 is still what it was at the start. In every step both matrices move, each by its "
            "own gradient."
        ),
        yours="W1 → W1 − η·∂L/∂W1,  W2 → W2",
        change=(
            (
                "W1, W2 = update(W1, grad_W1, lr), update(W2, grad_W2, lr)",
                "W1 = update(W1, grad_W1, lr)",
            ),
        ),
    ),
    Misconception(
        id="bt-tr-only-w2",
        title=N_("Only W2 is updated"),
        hint=N_(
            "W1 never changes, so the hidden layer does not learn. Is what update returns for W1 "
            "stored in W1 again?"
        ),
        yours="W1 → W1,  W2 → W2 − η·∂L/∂W2",
        change=(
            (
                "W1, W2 = update(W1, grad_W1, lr), update(W2, grad_W2, lr)",
                "W2 = update(W2, grad_W2, lr)",
            ),
        ),
    ),
    Misconception(
        id="bt-tr-returns-early",
        title=N_("train returns inside the loop, after one step"),
        hint=N_(
            "A return ends the function at once, so the remaining steps never run. How far should "
            "that line be indented?"
        ),
        yours="t = 0",
        change=(("    return W1, W2, losses", "        return W1, W2, losses"),),
    ),
)
