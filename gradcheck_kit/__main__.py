"""``python -m gradcheck_kit`` is the command gradcheck-kit."""

import sys

from gradcheck_kit.cli import main

if __name__ == "__main__":
    sys.exit(main())
