"""`python -m svhn_lib` is the `svhn` command; the command itself is in `cli`."""

from svhn_lib.cli import main

if __name__ == "__main__":
    main()
