"""`python -m multigan` is `multigan`."""

from multigan.cli import main

if __name__ == "__main__":
    main()
