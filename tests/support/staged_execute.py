"""Starts a flow process of a staged home: through the staged warm process, or cold with the stage set."""

from flows import execute


def cold() -> None:
    """Set the stage, then run the engine here."""
    from tests.support.stage import set_stage

    set_stage()
    real()


real = execute.run_engine
execute.run_engine = cold

if __name__ == "__main__":
    execute.main()
