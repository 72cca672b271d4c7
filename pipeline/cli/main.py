"""The ``truefriend`` command: finds the subcommand, turns errors into sentences and exit codes.

Exit codes: 0 done; 2 wrong use; 1 anything that stopped the work.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module

import click

from pipeline.core.errors import TruefriendError

__all__ = ["main"]

_COMMANDS = {
    "replay": "pipeline.cli.replay:command",
    "report": "pipeline.cli.report:report",
    "explain": "pipeline.cli.explain:command",
    "close": "pipeline.cli.close:command",
    "diff": "pipeline.cli.diff:command",
    "evaluate": "pipeline.cli.evaluate:command",
    "case": "pipeline.cli.case:case",
    "alerts": "pipeline.cli.alerts:alerts",
    "policy": "pipeline.cli.policy:policy",
    "simulate": "sources.simulate.command:simulate_command",
    "demo": "pipeline.cli.demo:command",
    "kafka": "pipeline.cli.kafka:kafka",
    "topics": "pipeline.cli.topics:topics",
    "run": "pipeline.cli.run:command",
    "worker": "pipeline.cli.worker:command",
    "sink": "pipeline.cli.sink:command",
    "status": "pipeline.cli.status:command",
    "produce": "pipeline.cli.produce:command",
    "dead-letters": "pipeline.cli.dead_letters:dead_letters",
}
"""Subcommand to the module and name of its click command; loaded only when asked for."""


class _LazyGroup(click.Group):
    """Loads a subcommand's module when it is run: DuckDB and charts take a second to import."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        place = _COMMANDS.get(cmd_name)
        if place is None:
            return None
        module, name = place.split(":")
        found: click.Command = getattr(import_module(module), name)
        return found


@click.group(cls=_LazyGroup)
@click.version_option(package_name="truefriend")
def cli() -> None:
    """Tells real WeCom friend adds from fake ones for a bank, as they happen."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Runs a command and exits."""
    try:
        code = cli.main(arguments, standalone_mode=False)  # the code of Context.exit, or None
        sys.exit(code if isinstance(code, int) else 0)
    except click.exceptions.Exit as stop:
        sys.exit(stop.exit_code)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        click.echo("Stopped. Run the same command again to go on.", err=True)
        sys.exit(1)
    except TruefriendError as error:
        click.echo(f"Error: {error}", err=True)
        sys.exit(error.exit_code)
    except OSError as error:
        click.echo(f"Error: {_sentence(error)}", err=True)
        sys.exit(1)


def _sentence(error: OSError) -> str:
    name = f"{error.filename}: " if error.filename else ""
    return f"{name}{error.strerror or error}. See to it and run the command again."
