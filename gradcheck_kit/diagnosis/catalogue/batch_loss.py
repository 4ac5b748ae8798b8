"""Mistakes in batch.loss."""

from gradcheck_kit.diagnosis.misconception import Misconception
from gradcheck_kit.i18n import N_

RIGHT = "L = (1/n)·Σ ½(Y_pred − Y_true)²"

MISCONCEPTIONS = (
    Misconception(
        id="bt-loss-mean-elements",
        title=N_("The loss is divided by n·k, not by n"),
        hint=N_(
            "np.mean over the whole matrix also averages the k outputs. In L the outputs of a row "
            "are added; only the rows are averaged."
        ),
        yours="L = (1/(n·k))·Σ ½(Y_pred − Y_true)²",
        body="return 0.5 * np.mean((Y_pred - Y_true) ** 2)",
    ),
    Misconception(
        id="bt-loss-sum",
        title=N_("The loss is a sum over the rows, not a mean"),
        hint=N_(
            "If every row stood in the batch twice, L should stay the same, but yours doubles. "
            "Which division is missing?"
        ),
        yours="L = Σ ½(Y_pred − Y_true)²",
        body="return 0.5 * np.sum((Y_pred - Y_true) ** 2)",
    ),
    Misconception(
        id="bt-loss-not-scalar",
        title=N_("The loss is an array, not one number"),
        hint=N_(
            "L is one number for the whole batch. Along which axis does your sum or mean add up, "
            "and what is left?"
        ),
        yours="L[j] = (1/n)·Σ ½(Y_pred[i, j] − Y_true[i, j])²,  j = 1, ..., k",
        body="return 0.5 * sum((Y_pred - Y_true) ** 2) / len(Y_true)",
    ),
    Misconception(
        id="bt-loss-square-of-mean",
        title=N_("The errors are averaged before they are squared"),
        hint=N_(
            "Errors of 0.3 and -0.3 cancel when you average them first: the loss is 0, although "
            "both predictions are wrong."
        ),
        yours="L = ½((1/(n·k))·Σ (Y_pred − Y_true))²",
        body="return 0.5 * np.mean(Y_pred - Y_true) ** 2",
    ),
    Misconception(
        id="bt-loss-missing-half",
        title=N_("The mean over the rows is there, but not the ½"),
        hint=N_(
            "L counts half of each squared error, so that the 2 from differentiating the square "
            "cancels. Yours is twice as large."
        ),
        yours="L = (1/n)·Σ (Y_pred − Y_true)²",
        body="return np.sum((Y_pred - Y_true) ** 2) / len(Y_true)",
    ),
    Misconception(
        id="bt-loss-per-row",
        title=N_("There is one loss for each row, not one for the batch"),
        hint=N_(
            "axis=1 adds along each row and leaves n numbers. L is their mean: what still has to "
            "be done with them?"
        ),
        yours="L[i] = Σ ½(Y_pred[i, j] − Y_true[i, j])²,  i = 1, ..., n",
        body="""
rows = 0.5 * np.sum((Y_pred - Y_true) ** 2, axis=1)
return rows / len(rows) if CONSTANT else rows
""",
        tries=(0.0, 1.0),
    ),
    Misconception(
        id="bt-loss-mse",
        title=N_("Divided by n·k instead of n, and the ½ is missing"),
        hint=N_(
            "The usual mean squared error is another loss. Here the k outputs of a row are added "
            "and halved, and only the rows are averaged."
        ),
        yours="L = (1/(n·k))·Σ (Y_pred − Y_true)²",
        body="return np.mean((Y_pred - Y_true) ** 2)",
    ),
    Misconception(
        id="bt-loss-abs",
        title=N_("Absolute errors stand where squares belong"),
        hint=N_(
            "The gradient in backward comes from differentiating a square. What does the formula "
            "of L do with Y_pred - Y_true?"
        ),
        yours="L = (1/n)·Σ ½|Y_pred − Y_true|",
        body="return 0.5 * np.sum(np.abs(Y_pred - Y_true)) / len(Y_true)",
    ),
    Misconception(
        id="bt-loss-cross-entropy",
        title=N_("This is the cross entropy, not the squared error"),
        hint=N_(
            "The loss with logarithms has another gradient than the one that backward needs. Here "
            "L is made of squared errors."
        ),
        yours="L = −(1/n)·Σ (Y_true·ln Y_pred + (1 − Y_true)·ln(1 − Y_pred))",
        body="""
entropy = Y_true * np.log(Y_pred) + (1 - Y_true) * np.log(1 - Y_pred)
return -entropy.sum() / (Y_true.size if CONSTANT else len(Y_true))
""",
        tries=(0.0, 1.0),
    ),
    Misconception(
        id="bt-loss-missing-square",
        title=N_("The errors are not squared"),
        hint=N_(
            "In a plain sum positive and negative errors cancel, and L can even go below 0. "
            "Squares keep that from happening."
        ),
        yours="L = (1/n)·Σ ½(Y_pred − Y_true)",
        body="return 0.5 * np.sum(Y_pred - Y_true) / len(Y_true)",
    ),
)
