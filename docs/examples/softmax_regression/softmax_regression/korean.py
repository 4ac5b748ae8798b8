"""The course in Korean: titles and hints of mistakes, and the docstrings of the stubs."""

WORDS = {
    "with one row": "행이 하나일 때",
    # softmax
    "The sum runs down the columns, not along each row": "행이 아니라 열을 따라 더했어요",
    "Each row is one example, and its probabilities add up to 1. Which axis runs along a row?": (
        "행 하나가 예시 하나이고, 그 확률은 더하면 1이에요. 행을 따라가는 축은 어느 것인가요?"
    ),
    "The sum runs over the whole matrix, not over each row": "행마다가 아니라 행렬 전체를 더했어요",
    "Print P.sum(axis=1) for two rows: each number should be 1. What does sum do without an axis?": (
        "행 두 개로 P.sum(axis=1)을 출력해 보세요. 모두 1이어야 해요. 축이 없으면 sum은 무엇을 더하나요?"
    ),
    "e^z overflows where z is large": "z가 크면 e^z가 넘쳐요",
    "Subtracting one number from all of a row changes nothing in the fraction. Which number keeps "
    "every exponent at 0 or below?": (
        "한 행 전체에서 같은 수를 빼도 분수는 그대로예요. 어떤 수를 빼면 지수가 모두 0 이하가 되나요?"
    ),
    "The exponentials are not divided by their sum": "지수를 그 합으로 나누지 않았어요",
    "Probabilities of one example add up to 1. Do yours?": (
        "예시 하나의 확률은 더하면 1이에요. 지금 코드에서도 그런가요?"
    ),
    "Each entry goes through the sigmoid by itself": "값마다 따로 시그모이드를 지나요",
    "With more than two classes the entries of a row compete: one probability can only rise where "
    "another falls.": (
        "클래스가 여럿이면 한 행의 값들은 서로 겨뤄요. 한 확률이 커지면 다른 확률은 작아져야 해요."
    ),
    # cross_entropy
    "The loss is a sum over the rows, not a mean": "손실이 행의 평균이 아니라 합이에요",
    "If every row stood there twice, L should stay the same, but yours doubles.": (
        "모든 행이 두 번씩 있어도 L은 그대로여야 하는데, 지금은 두 배가 돼요."
    ),
    "The loss is divided by n·k, not by n": "손실을 n이 아니라 n·k로 나눴어요",
    "np.mean over the whole matrix counts the zeros of Y too. How many examples are there?": (
        "행렬 전체의 np.mean은 Y의 0까지 세요. 예시는 몇 개인가요?"
    ),
    "The minus in front of the sum is missing": "합 앞의 빼기 부호가 빠졌어요",
    "The logarithm of a probability is never above 0, and a loss is never below.": (
        "확률의 로그는 0보다 클 수 없고, 손실은 0보다 작을 수 없어요."
    ),
    "The logarithm has another base than e": "로그의 밑이 e가 아니에요",
    "np.log is the natural logarithm; np.log2 and np.log10 are not.": (
        "자연로그는 np.log예요. np.log2와 np.log10은 아니에요."
    ),
    "It is the squared error, not the cross-entropy": "교차 엔트로피가 아니라 제곱 오차예요",
    "Only the probability of the right class counts here, and it counts through its logarithm.": (
        "여기서는 정답 클래스의 확률만, 그것도 로그를 거쳐서 손실에 들어가요."
    ),
    "The other classes count too, through log(1 − P)": "다른 클래스도 log(1 − P)로 더해졌어요",
    "That is the loss for independent yes-or-no answers. Here one class is right, and the others "
    "only show in its probability.": (
        "그것은 따로따로 예/아니요를 고를 때의 손실이에요. 여기서는 정답이 하나이고, 다른 클래스는 그 "
        "확률을 통해서만 나타나요."
    ),
    "The logarithms of all classes are added up": "모든 클래스의 로그를 더했어요",
    "Y picks the right class of each row: it is 1 there and 0 elsewhere. Where does Y enter your "
    "sum?": "Y는 행마다 정답에서 1, 다른 곳에서 0이에요. 합의 어디에 Y가 들어가 있나요?",
    # forward
    "The bias b is left out": "편향 b가 빠졌어요",
    "The bias b is subtracted, not added": "편향 b를 더하지 않고 뺐어요",
    "With X = 0 every score is b. What do you get?": (
        "X가 0이면 점수는 모두 b예요. 지금 코드에서는 무엇이 나오나요?"
    ),
    "P and Z come back in each other's place": "P와 Z의 자리가 바뀌어 있어요",
    "The docstring lists what to return, in order: which one is first?": (
        "독스트링에 돌려줄 것이 차례대로 적혀 있어요. 어느 것이 먼저인가요?"
    ),
    "softmax is applied twice": "softmax를 두 번 거쳤어요",
    "Is what you hand to softmax the scores, or already the probabilities?": (
        "softmax에 넘기는 것은 점수인가요, 이미 확률인가요?"
    ),
    # gradient
    "Both gradients have the wrong sign": "두 기울기의 부호가 반대예요",
    "Raise the score of a wrong class: does L rise or fall? ∂L/∂Z has that sign.": (
        "틀린 클래스의 점수를 올리면 L은 커지나요, 작아지나요? ∂L/∂Z의 부호가 그래요."
    ),
    "The division by n is missing": "n으로 나누지 않았어요",
    "L is a mean over the n rows, so 1/n enters both gradients once.": (
        "L은 n개 행의 평균이니까 두 기울기에 1/n이 한 번씩 들어가요."
    ),
    "The gradients are divided by n·k, not by n": "기울기를 n이 아니라 n·k로 나눴어요",
    "L is a mean over the rows only. How many rows are there?": (
        "L은 행에 대해서만 평균을 내요. 행은 몇 개인가요?"
    ),
    "Y is not subtracted from P": "P에서 Y를 빼지 않았어요",
    "Where the prediction is perfect, the gradient is 0. Is yours?": (
        "예측이 완벽하면 기울기는 0이에요. 지금 코드에서도 그런가요?"
    ),
    "P·(1 − P) is multiplied in once more": "P·(1 − P)가 한 번 더 곱해졌어요",
    "The slope of softmax and the slope of the logarithm cancel, and P − Y is what is left. Is "
    "P·(1 − P) in it still?": (
        "softmax의 기울기와 로그의 기울기가 서로 지워지고 P − Y가 남아요. P·(1 − P)가 아직 있나요?"
    ),
    "dW lacks the inputs X": "dW에 입력 X가 없어요",
    "An input of 0 leaves its weights without any effect. How does that show in your dW?": (
        "입력이 0이면 그 가중치는 아무 영향이 없어요. 지금 dW에서는 그것이 어떻게 나타나나요?"
    ),
    "db is a mean over the rows of D, which has its 1/n already": (
        "이미 1/n이 들어간 D의 행을 또 평균 냈어요"
    ),
    "D was divided by n before. What is left to do for b: to add up or to average?": (
        "D는 앞에서 n으로 나눴어요. b에는 더하기가 남았나요, 평균이 남았나요?"
    ),
    "db has a row for each example": "db에 예시마다 행이 있어요",
    "b has k entries and every row uses the same ones, so their effects add up.": (
        "b에는 값이 k개 있고 모든 행이 같은 b를 써요. 그래서 영향이 더해져요."
    ),
    "db is one number: the sum runs over everything": "모두 더해서 db가 수 하나예요",
    "b has one entry for each class, and db has its shape. Which axis holds the examples?": (
        "b에는 클래스마다 값이 하나씩 있고 db도 같은 모양이에요. 예시가 늘어선 축은 어느 것인가요?"
    ),
    "dW is transposed": "dW가 전치되어 있어요",
    "A gradient has the shape of its weights, (d, k). Which matrix must stand on the left to get "
    "d rows?": (
        "기울기는 가중치처럼 (d, k) 모양이에요. 행이 d개가 되려면 어떤 행렬이 왼쪽에 와야 하나요?"
    ),
    # update
    "The step goes uphill": "오르막으로 갔어요",
    "The gradient points to where L grows. Which way do you want to go?": (
        "기울기는 L이 커지는 쪽을 가리켜요. 어느 쪽으로 가고 싶은가요?"
    ),
    "The learning rate is left out": "학습률이 빠졌어요",
    "With lr = 0 nothing should move. Does it?": (
        "lr이 0이면 아무것도 움직이지 않아야 해요. 지금은 그런가요?"
    ),
    "The step comes back, not the new weights": "새 가중치가 아니라 걸음이 돌아와요",
    "With a gradient of 0 the weights stay. What do you return then?": (
        "기울기가 0이면 가중치는 그대로예요. 그때 무엇을 돌려주나요?"
    ),
    # train
    "Each loss is recorded after its step, not before": "손실을 걸음 전이 아니라 뒤에 적었어요",
    "The first loss belongs to the W and b that came in.": (
        "첫 손실은 처음에 받은 W와 b에서 나온 것이에요."
    ),
    "db is taken after W has changed already": "W가 바뀐 뒤에 db를 구했어요",
    "Both gradients belong to the same W and b. Call gradient once for each step.": (
        "두 기울기는 같은 W와 b에서 구해요. 한 걸음에 gradient를 한 번만 부르세요."
    ),
    "b never changes": "b가 바뀌지 않아요",
    "Two things are learned here, W and b. Which of them does a step change?": (
        "배우는 것은 W와 b 두 가지예요. 한 걸음에 어느 것이 바뀌나요?"
    ),
    "One step too many or too few": "걸음이 하나 많거나 적어요",
    "With steps = 1 there is one loss and one update.": (
        "steps가 1이면 손실도 하나, 갱신도 한 번이에요."
    ),
}

MODULE = """Softmax regression by hand: the class of each example, one out of k.

    Z = X @ W + b     P = softmax(Z)     L = −(1/n)·Σ Y·log P

There are n examples with d inputs each, and k classes:

    X (n, d)   W (d, k)   b (k,)   Z, P, Y (n, k)

Y is 1 at the class of each example and 0 elsewhere. Return new arrays: the arrays that come in
must stay as they are. Start with softmax and go down the file."""
MODULE_KO = """손으로 만드는 소프트맥스 회귀: 예시마다 k개 가운데 한 클래스를 골라요.

    Z = X @ W + b     P = softmax(Z)     L = −(1/n)·Σ Y·log P

예시는 n개이고 저마다 입력이 d개, 클래스는 k개예요.

    X (n, d)   W (d, k)   b (k,)   Z, P, Y (n, k)

Y는 예시의 클래스에서 1이고 다른 곳에서 0이에요. 받은 배열은 그대로 두고 새 배열을 돌려주세요.
softmax부터 파일을 따라 내려가며 쓰세요."""

SOFTMAX = """Return the probabilities of the classes, row by row.

P[i, j] = e^Z[i, j] / (the sum of e^Z[i, m] over all classes m)

Parameters
----------
Z : ndarray, shape (n, k)
    Scores, any numbers, large ones too.

Returns
-------
ndarray, shape (n, k)
    Probabilities; each row adds up to 1."""
SOFTMAX_KO = """행마다 클래스의 확률을 돌려줘요.

P[i, j] = e^Z[i, j] / (모든 클래스 m에 대한 e^Z[i, m]의 합)

Parameters
----------
Z : ndarray, 모양 (n, k)
    점수. 어떤 수든, 아주 큰 수도 와요.

Returns
-------
ndarray, 모양 (n, k)
    확률. 행마다 더하면 1이에요."""

CROSS_ENTROPY = """Return the loss, a mean over the rows.

L = −(1/n)·Σ Y·log P

Parameters
----------
P : ndarray, shape (n, k)
    Probabilities, above 0.
Y : ndarray, shape (n, k)
    1 at the class of each row, 0 elsewhere.

Returns
-------
float
    The loss, 0 or more."""
CROSS_ENTROPY_KO = """행에 대해 평균 낸 손실을 돌려줘요.

L = −(1/n)·Σ Y·log P

Parameters
----------
P : ndarray, 모양 (n, k)
    0보다 큰 확률.
Y : ndarray, 모양 (n, k)
    행마다 그 클래스에서 1, 다른 곳에서 0.

Returns
-------
float
    0 이상인 손실."""

FORWARD = """Return the scores and the probabilities.

Z = X @ W + b,  P = softmax(Z)

Parameters
----------
X : ndarray, shape (n, d)
    The inputs, one row for each example.
W : ndarray, shape (d, k)
    The weights.
b : ndarray, shape (k,)
    The biases.

Returns
-------
Z, P : ndarray, shape (n, k)
    Scores and probabilities."""
FORWARD_KO = """점수와 확률을 돌려줘요.

Z = X @ W + b,  P = softmax(Z)

Parameters
----------
X : ndarray, 모양 (n, d)
    입력. 예시마다 한 행이에요.
W : ndarray, 모양 (d, k)
    가중치.
b : ndarray, 모양 (k,)
    편향.

Returns
-------
Z, P : ndarray, 모양 (n, k)
    점수와 확률."""

GRADIENT = """Return the gradients of the loss by W and by b.

The slopes of softmax and of the logarithm cancel: ∂L/∂Z is (P − Y)/n.

Parameters
----------
X : ndarray, shape (n, d)
    The inputs.
Y : ndarray, shape (n, k)
    1 at the class of each row, 0 elsewhere.
W : ndarray, shape (d, k)
    The weights.
b : ndarray, shape (k,)
    The biases.

Returns
-------
dW : ndarray, shape (d, k)
    ∂L/∂W.
db : ndarray, shape (k,)
    ∂L/∂b."""
GRADIENT_KO = """손실을 W와 b로 미분한 기울기를 돌려줘요.

softmax의 기울기와 로그의 기울기가 서로 지워져서 ∂L/∂Z는 (P − Y)/n이에요.

Parameters
----------
X : ndarray, 모양 (n, d)
    입력.
Y : ndarray, 모양 (n, k)
    행마다 그 클래스에서 1, 다른 곳에서 0.
W : ndarray, 모양 (d, k)
    가중치.
b : ndarray, 모양 (k,)
    편향.

Returns
-------
dW : ndarray, 모양 (d, k)
    ∂L/∂W.
db : ndarray, 모양 (k,)
    ∂L/∂b."""

UPDATE = """Return weights after one step of gradient descent.

w − lr·∂L/∂w

Parameters
----------
w, grad : ndarray, the same shape
    Weights or biases, and the gradient by them.
lr : float
    The learning rate.

Returns
-------
ndarray, shape of w
    The new ones."""
UPDATE_KO = """경사 하강법으로 한 걸음 간 뒤의 가중치를 돌려줘요.

w − lr·∂L/∂w

Parameters
----------
w, grad : ndarray, 같은 모양
    가중치나 편향, 그리고 그것으로 미분한 기울기.
lr : float
    학습률.

Returns
-------
ndarray, w와 같은 모양
    새 값."""

TRAIN = """Repeat: record the loss, take both gradients, update W and b.

Parameters
----------
X, Y : ndarray, shapes (n, d) and (n, k)
    Inputs and classes.
W, b : ndarray, shapes (d, k) and (k,)
    Where to start.
lr : float
    The learning rate.
steps : int
    How many steps.

Returns
-------
W, b : ndarray
    After the last step.
losses : list of float
    The loss before each step."""
TRAIN_KO = """되풀이해요: 손실을 적고, 두 기울기를 구하고, W와 b를 갱신해요.

Parameters
----------
X, Y : ndarray, 모양 (n, d)와 (n, k)
    입력과 클래스.
W, b : ndarray, 모양 (d, k)와 (k,)
    시작할 값.
lr : float
    학습률.
steps : int
    걸음 수.

Returns
-------
W, b : ndarray
    마지막 걸음 뒤의 값.
losses : list of float
    걸음마다 그 전의 손실."""

KOREAN = {
    **WORDS,
    MODULE: MODULE_KO,
    SOFTMAX: SOFTMAX_KO,
    CROSS_ENTROPY: CROSS_ENTROPY_KO,
    FORWARD: FORWARD_KO,
    GRADIENT: GRADIENT_KO,
    UPDATE: UPDATE_KO,
    TRAIN: TRAIN_KO,
}
