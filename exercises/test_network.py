"""Checks of network.py. Run them with: pytest exercises"""

import pytest


@pytest.mark.points(4)
def test_sigmoid(learner, gradcheck):
    gradcheck.values(learner, "sigmoid")


@pytest.mark.points(4)
def test_sigmoid_prime(learner, gradcheck):
    gradcheck.values(learner, "sigmoid_prime")


@pytest.mark.points(8)
def test_forward(learner, gradcheck):
    gradcheck.values(learner, "forward")


@pytest.mark.points(4)
def test_loss(learner, gradcheck):
    gradcheck.values(learner, "loss")


@pytest.mark.points(10)
def test_grad_w2(learner, gradcheck):
    gradcheck.gradient(learner, "backward", wrt="w2")


@pytest.mark.points(10)
def test_grad_w1(learner, gradcheck):
    gradcheck.gradient(learner, "backward", wrt="w1")


@pytest.mark.points(4)
def test_update(learner, gradcheck):
    gradcheck.update(learner)


@pytest.mark.points(6)
def test_train(learner, gradcheck):
    gradcheck.training(learner)
