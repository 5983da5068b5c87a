"""`python -m docurift` is `docurift`, wherever the script was installed."""

from docurift.cli import main

main()
