"""Checks of softmax.py. Run them with: pytest exercises"""

import pytest


@pytest.mark.points(4)
def test_softmax(learner, gradcheck):
    gradcheck.values(learner, "softmax")


@pytest.mark.points(3)
def test_cross_entropy(learner, gradcheck):
    gradcheck.values(learner, "cross_entropy")


@pytest.mark.points(3)
def test_forward(learner, gradcheck):
    gradcheck.values(learner, "forward")


@pytest.mark.points(4)
def test_dW(learner, gradcheck):
    gradcheck.gradient(learner, wrt="W")


@pytest.mark.points(3)
def test_db(learner, gradcheck):
    gradcheck.gradient(learner, wrt="b")


@pytest.mark.points(1)
def test_update(learner, gradcheck):
    gradcheck.update(learner)


@pytest.mark.points(2)
def test_train(learner, gradcheck):
    gradcheck.training(learner)
