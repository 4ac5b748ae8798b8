"""What the course registers; the modules behind it are imported when they are asked for."""


def pytest_gradcheck_problems():
    """Return the course's one problem."""
    from softmax_regression.problem import PROBLEM

    return [PROBLEM]


def pytest_gradcheck_misconceptions():
    """Return the mistakes that learners make, by function."""
    from softmax_regression.mistakes import MISTAKES

    return MISTAKES


def pytest_gradcheck_translations(language):
    """Return the course's words in another language."""
    from softmax_regression.korean import KOREAN

    return KOREAN if language == "ko" else {}
