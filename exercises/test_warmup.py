"""Checks of warmup.py. Run them with: pytest exercises"""

import pytest


@pytest.mark.points(6)
def test_df_dx(learner, gradcheck):
    gradcheck.values(learner, "df_dx")


@pytest.mark.points(6)
def test_df_dy(learner, gradcheck):
    gradcheck.values(learner, "df_dy")


@pytest.mark.points(8)
def test_chain_rule(learner, gradcheck):
    gradcheck.values(learner, "chain_rule")
