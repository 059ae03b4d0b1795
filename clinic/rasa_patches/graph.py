"""The graph of components, run without a scheduler."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import rasa.core.processor
from rasa.engine.exceptions import GraphComponentException, GraphRunError
from rasa.engine.runner.dask import DaskGraphRunner
from rasa.shared.exceptions import RasaException


@dataclass(frozen=True)
class Step:
    """A component's turn. As GraphNode, which also asks for hooks and says in the log that it runs.

    Attributes:
        name: The component's name in the graph.
        work: What it does; it was loaded with the model, as all components are that predict.
        parameters: Their names, each with that of the input or the component whose output it is given.

    """

    name: str
    work: Callable[..., Any]
    parameters: tuple[tuple[str, str], ...]

    def take(self, outputs: dict[str, Any]) -> Any:
        """Return the component's output. Raises what GraphNode raises."""
        try:
            given = {parameter: outputs[source] for parameter, source in self.parameters}
        except KeyError as missing:
            raise GraphRunError(f"Missing input to run node '{self.name}': {missing}.") from None
        try:
            return self.work(**given)
        except RasaException:
            raise
        except Exception as error:
            raise GraphComponentException(f"Error running graph component for node {self.name}.") from error


class DirectGraphRunner(DaskGraphRunner):
    """Rasa's GraphRunner for predictions: orders the components once and calls one after the other.

    Stock Rasa builds a Dask graph for each prediction and hands it to Dask's scheduler, three times a
    message: about a third of a message's time. Training stays with Dask.
    Test: tests/test_rasa_patches.py::test_the_graph_gives_what_dask_gives.
    """

    def run(self, inputs: dict[str, Any] | None = None, targets: list[str] | None = None) -> dict[str, Any]:
        """Return each target's output. Raises GraphRunError when an input has a component's name."""
        outputs = dict(inputs or {})
        if outputs.keys() & self._graph_schema.nodes.keys():
            raise GraphRunError("An input has the name of a node of the graph.")
        wanted = tuple(targets or self._graph_schema.target_names)
        for step in self._plan(wanted):
            outputs[step.name] = step.take(outputs)
        return {target: outputs[target] for target in wanted}

    def _plan(self, targets: tuple[str, ...]) -> list[Step]:
        """Return the components that the targets need, each after those it needs."""
        plans: dict[tuple[str, ...], list[Step]] = self.__dict__.setdefault("_plans", {})
        if targets not in plans:
            order: dict[str, None] = {}
            for target in targets:
                self._visit(target, order)
            plans[targets] = [self._step(name) for name in order]
        return plans[targets]

    def _step(self, name: str) -> Step:
        node, needs = self._instantiated_nodes[name], self._graph_schema.nodes[name].needs
        work = partial(node._fn, node._component)
        return Step(name, work, tuple(needs.items()))

    def _visit(self, name: str, order: dict[str, None]) -> None:
        if name in order or name not in self._graph_schema.nodes:  # an input is no component
            return
        for need in self._graph_schema.nodes[name].needs.values():
            self._visit(need, order)
        order[name] = None


def apply() -> None:
    """Apply the patch (harmless when repeated)."""
    rasa.core.processor.DaskGraphRunner = DirectGraphRunner
