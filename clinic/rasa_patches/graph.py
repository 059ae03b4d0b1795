"""The graph of components, run without a scheduler."""

from __future__ import annotations

from typing import Any

import rasa.core.processor
from rasa.engine.exceptions import GraphRunError
from rasa.engine.runner.dask import DaskGraphRunner

Plan = list[tuple[Any, tuple[str, ...]]]


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
        for node, needs in self._plan(wanted):
            name, output = node(*[(need, outputs[need]) for need in needs if need in outputs])
            outputs[name] = output
        return {target: outputs[target] for target in wanted}

    def _plan(self, targets: tuple[str, ...]) -> Plan:
        """Return the components that the targets need, each after those it needs, and what each needs."""
        plans: dict[tuple[str, ...], Plan] = self.__dict__.setdefault("_plans", {})
        if targets not in plans:
            order: dict[str, None] = {}
            for target in targets:
                self._visit(target, order)
            nodes = self._graph_schema.nodes
            plans[targets] = [
                (self._instantiated_nodes[name], tuple(dict.fromkeys(nodes[name].needs.values())))
                for name in order
            ]
        return plans[targets]

    def _visit(self, name: str, order: dict[str, None]) -> None:
        if name in order or name not in self._graph_schema.nodes:  # an input is no component
            return
        for need in self._graph_schema.nodes[name].needs.values():
            self._visit(need, order)
        order[name] = None


def apply() -> None:
    """Apply the patch (harmless when repeated)."""
    rasa.core.processor.DaskGraphRunner = DirectGraphRunner
