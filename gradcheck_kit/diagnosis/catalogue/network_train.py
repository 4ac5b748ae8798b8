"""Mistakes in network.train."""

from gradcheck_kit.diagnosis.misconception import Misconception
from gradcheck_kit.i18n import N_

RIGHT = "w1' = w1 − η·∂L/∂w1(w1, w2),  w2' = w2 − η·∂L/∂w2(w1, w2),  losses[k] = L(w1, w2)"

MISCONCEPTIONS = (
    Misconception(
        id="tr-stale-order",
        title=N_("w2 is changed before grad_w1 is computed"),
        hint=N_(
            "w2 is a link of grad_w1, so it must still be the weight that forward used. In which "
            "order do you compute and update?"
        ),
        yours="w2' = w2 − η·∂L/∂w2(w1, w2),  w1' = w1 − η·∂L/∂w1(w1, w2')",
        # CONSTANT chooses between the two ways it is written: 1 where everything is computed
        # again with the new w2, 0 where only the link w2 is new.
        body=(
            "losses = []\n"
            "for _ in range(steps):\n"
            "    z1, a1, z2, y_pred = forward(x, w1, w2)\n"
            "    losses.append(loss(y_pred, y_true))\n"
            "    delta2 = (y_pred - y_true) * sigmoid_prime(z2)\n"
            "    w2 = update(w2, delta2 * a1, lr)\n"
            "    if CONSTANT:\n"
            "        z1, a1, z2, y_pred = forward(x, w1, w2)\n"
            "        delta2 = (y_pred - y_true) * sigmoid_prime(z2)\n"
            "    w1 = update(w1, delta2 * w2 * sigmoid_prime(z1) * x, lr)\n"
            "return w1, w2, losses"
        ),
        tries=(1.0, 0.0),
    ),
    Misconception(
        id="tr-stale-order-w1-first",
        title=N_("w1 is changed before grad_w2 is computed"),
        hint=N_(
            "Both gradients belong to the same point (w1, w2). After w1 has moved, backward "
            "answers for another point."
        ),
        yours="w1' = w1 − η·∂L/∂w1(w1, w2),  w2' = w2 − η·∂L/∂w2(w1', w2)",
        change=(
            (
                "grad_w1, grad_w2 = backward(x, y_true, w1, w2)",
                "w1 = update(w1, backward(x, y_true, w1, w2)[0], lr)",
            ),
            (
                "w1, w2 = update(w1, grad_w1, lr), update(w2, grad_w2, lr)",
                "w2 = update(w2, backward(x, y_true, w1, w2)[1], lr)",
            ),
        ),
    ),
    Misconception(
        id="tr-swapped-grads",
        title=N_("The two gradients are exchanged"),
        hint=N_(
            "Each weight is updated with the gradient of the other. In which order does backward "
            "return them, and in which do you take them?"
        ),
        yours="w1' = w1 − η·∂L/∂w2,  w2' = w2 − η·∂L/∂w1",
        change=(("grad_w1, grad_w2 =", "grad_w2, grad_w1 ="),),
    ),
    Misconception(
        id="tr-only-w2",
        title=N_("w1 is never updated"),
        hint=N_(
            "The first layer stays as it was at the start. Does its new value go back into w1, or "
            "is there no line for it?"
        ),
        yours="w1' = w1,  w2' = w2 − η·∂L/∂w2",
        change=(
            (
                "w1, w2 = update(w1, grad_w1, lr), update(w2, grad_w2, lr)",
                "w2 = update(w2, grad_w2, lr)",
            ),
        ),
    ),
    Misconception(
        id="tr-only-w1",
        title=N_("w2 is never updated"),
        hint=N_(
            "The second layer stays as it was at the start. Does its new value go back into w2, "
            "or is there no line for it?"
        ),
        yours="w1' = w1 − η·∂L/∂w1,  w2' = w2",
        change=(
            (
                "w1, w2 = update(w1, grad_w1, lr), update(w2, grad_w2, lr)",
                "w1 = update(w1, grad_w1, lr)",
            ),
        ),
    ),
    Misconception(
        id="tr-grad-once",
        title=N_("The gradients are computed only once"),
        hint=N_(
            "After a step the weights are somewhere else, and the slope there is another one. Is "
            "the call of backward inside the loop?"
        ),
        yours="w1' = w1 − η·∂L/∂w1(w1[0], w2[0]),  w2' = w2 − η·∂L/∂w2(w1[0], w2[0])",
        change=(
            ("        grad_w1, grad_w2 = backward(x, y_true, w1, w2)\n", ""),
            ("losses = []", "losses = []\n    grad_w1, grad_w2 = backward(x, y_true, w1, w2)"),
        ),
    ),
    Misconception(
        id="tr-resets-weights",
        title=N_("Every step starts again from the first weights"),
        hint=N_(
            "The second step should go on from where the first one ended. Are the new weights "
            "kept under the names that the next round uses?"
        ),
        yours="w1' = w1[0] − η·∂L/∂w1(w1[0], w2[0]),  w2' = w2[0] − η·∂L/∂w2(w1[0], w2[0])",
        change=(
            ("w1, w2 = update", "new_w1, new_w2 = update"),
            ("return w1, w2", "return new_w1, new_w2"),
        ),
    ),
    Misconception(
        id="tr-off-by-one",
        title=N_("The loop runs one step too few"),
        hint=N_(
            "losses should have one entry for each step. For steps = 3, how many rounds does the "
            "range in your loop give?"
        ),
        yours="len(losses) = steps − 1",
        change=(("range(steps)", "range(steps - 1)"),),
    ),
    Misconception(
        id="tr-lr-twice",
        title=N_("lr is multiplied in twice: in train and in update"),
        hint=N_(
            "update multiplies by lr already, so it should get the gradient just as backward "
            "returns it."
        ),
        yours="w1' = w1 − η²·∂L/∂w1,  w2' = w2 − η²·∂L/∂w2",
        change=(
            (
                "update(w1, grad_w1, lr), update(w2, grad_w2, lr)",
                "update(w1, lr * grad_w1, lr), update(w2, lr * grad_w2, lr)",
            ),
        ),
    ),
    Misconception(
        id="tr-discards-update",
        title=N_("What update returns is thrown away"),
        hint=N_(
            "update does not change the number you give it; it returns a new one. Where does that "
            "new weight go in your loop?"
        ),
        yours="w1' = w1,  w2' = w2",
        change=(
            (
                "w1, w2 = update(w1, grad_w1, lr), update(w2, grad_w2, lr)",
                "update(w1, grad_w1, lr)\n        update(w2, grad_w2, lr)",
            ),
        ),
    ),
    Misconception(
        id="tr-return-none",
        title=N_("train returns nothing"),
        hint=N_(
            "All the work of the loop is lost at the end. Hand back both weights and the list of "
            "losses."
        ),
        yours="None",
        change=(("\n    return w1, w2, losses", ""),),
        when="none",
    ),
    Misconception(
        id="tr-returns-early",
        title=N_("The return is inside the loop, so only one step runs"),
        hint=N_(
            "A return ends the function at once. How far must it be indented so that it waits for "
            "the loop to finish?"
        ),
        yours="len(losses) = 1",
        change=(("    return w1, w2, losses", "        return w1, w2, losses"),),
    ),
    Misconception(
        id="tr-history-after",
        title=N_("The loss is recorded after the step, not before it"),
        hint=N_(
            "losses[0] should belong to the weights at the start. By the time you record it, they "
            "have changed."
        ),
        yours="losses[k] = L(w1 − η·∂L/∂w1, w2 − η·∂L/∂w2)",
        change=(
            ("        losses.append(loss(forward(x, w1, w2)[3], y_true))\n", ""),
            (
                "w1, w2 = update(w1, grad_w1, lr), update(w2, grad_w2, lr)",
                (
                    "w1, w2 = update(w1, grad_w1, lr), update(w2, grad_w2, lr)\n"
                    "        losses.append(loss(forward(x, w1, w2)[3], y_true))"
                ),
            ),
        ),
    ),
    Misconception(
        id="tr-one-step-more",
        title=N_("The loop runs one step too many"),
        hint=N_(
            "losses should have one entry for each step. For steps = 3, from which number to "
            "which does your loop count?"
        ),
        yours="len(losses) = steps + 1",
        change=(("range(steps)", "range(steps + 1)"),),
    ),
    Misconception(
        id="tr-same-grad-twice",
        title=N_("w2 is updated with grad_w1"),
        hint=N_(
            "Every weight goes down its own slope. Was the line for w1 copied and not changed in "
            "full?"
        ),
        yours="w1' = w1 − η·∂L/∂w1,  w2' = w2 − η·∂L/∂w1",
        change=(("update(w2, grad_w2, lr)", "update(w2, grad_w1, lr)"),),
    ),
    Misconception(
        id="tr-ignores-lr",
        title=N_("train passes a fixed number to update, not lr"),
        hint=N_(
            "The caller chooses the learning rate, but here it has no effect. What is the third "
            "argument of update in your loop?"
        ),
        yours="w1' = w1 − c·∂L/∂w1,  w2' = w2 − c·∂L/∂w2",
        change=(
            (
                "update(w1, grad_w1, lr), update(w2, grad_w2, lr)",
                "update(w1, grad_w1, CONSTANT), update(w2, grad_w2, CONSTANT)",
            ),
        ),
        tries=(0.01, 0.1, 0.001, 0.05, 0.5, 1.0),
    ),
)
