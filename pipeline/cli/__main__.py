"""``python -m pipeline.cli`` is the ``truefriend`` command."""

from pipeline.cli.main import main

main()
