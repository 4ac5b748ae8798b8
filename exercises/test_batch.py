"""Checks of batch.py. Run them with: pytest exercises"""

import pytest


@pytest.mark.points(2)
def test_sigmoid(learner, gradcheck):
    gradcheck.values(learner, "sigmoid")


@pytest.mark.points(2)
def test_sigmoid_prime(learner, gradcheck):
    gradcheck.values(learner, "sigmoid_prime")


@pytest.mark.points(5)
def test_forward(learner, gradcheck):
    gradcheck.values(learner, "forward")


@pytest.mark.points(4)
def test_loss(learner, gradcheck):
    gradcheck.values(learner, "loss")


@pytest.mark.points(6)
def test_grad_W2(learner, gradcheck):
    gradcheck.gradient(learner, "backward", wrt="W2")


@pytest.mark.points(6)
def test_grad_W1(learner, gradcheck):
    gradcheck.gradient(learner, "backward", wrt="W1")


@pytest.mark.points(2)
def test_update(learner, gradcheck):
    gradcheck.update(learner)


@pytest.mark.points(3)
def test_train(learner, gradcheck):
    gradcheck.training(learner)
