"""What ComfyUI says about a workflow that failed, as failures of a job."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from service.generators.comfyui.workflow import Node
from service.generators.protocol import GenerationFailed

SETUP_ERRORS = frozenset({"value_not_in_list", "missing_node_type"})
"""Errors of a node that every job has: a model or an extension is not installed."""


class Status(msgspec.Struct, frozen=True):
    """How a prompt ended, and the messages about it: pairs of a name and an object."""

    status_str: str = ""
    completed: bool = False
    messages: tuple[tuple[str, dict[str, Any]], ...] = ()


def failure_of(status: Status, nodes: Mapping[str, Node]) -> GenerationFailed | None:
    """The failure of a prompt that was executed; None if it succeeded."""
    if status.status_str != "error":
        return None
    for name, fields in status.messages:
        if name == "execution_interrupted":
            return GenerationFailed("The image service was interrupted.", retryable=True)
        if name == "execution_error":
            return execution_failure(fields, nodes)
    return GenerationFailed("The image service failed at its workflow.", retryable=True)


def execution_failure(fields: Mapping[str, Any], nodes: Mapping[str, Node]) -> GenerationFailed:
    """The failure in a message about an error of a node."""
    node = _named(str(fields.get("node_id")), nodes, str(fields.get("node_type", "")))
    said = f"{fields.get('exception_type', '')} {fields.get('exception_message', '')}".strip()
    return GenerationFailed(
        f"The image service failed at {node} of its workflow.", retryable=True, detail=said
    )


def node_problem(answer: Mapping[str, Any], nodes: Mapping[str, Node]) -> GenerationFailed | None:
    """The refusal of a workflow for its nodes; None if the answer refuses none."""
    error, node_errors = answer.get("error"), answer.get("node_errors")
    if isinstance(node_errors, dict) and node_errors:
        id_, fields = next(iter(node_errors.items()))
        first: Any = next(iter(_list(fields, "errors")), {})
        extra = first.get("extra_info") if isinstance(first, dict) else None
        name = extra.get("input_name") if isinstance(extra, dict) else None
        of_input = f" for its input {_plain(str(name))}" if name else ""
        node = _named(id_, nodes, str(fields.get("class_type", "")) if fields else "")
        kind = str(first.get("type", "")) if isinstance(first, dict) else ""
        detail = f"{first.get('message', '')}: {first.get('details', '')}" if first else ""
    elif isinstance(error, dict) and (
        error.get("type") == "missing_node_type" or "Node ID" in str(error.get("details"))
    ):
        number = re.search(r"[\w:.-]+(?='?$)", str(error.get("details")))
        extra = error.get("extra_info")
        info = extra if isinstance(extra, dict) else {}
        id_ = str(info.get("node_id") or (number[0] if number else ""))
        node, of_input = _named(id_, nodes, str(info.get("class_type", ""))), ""
        kind, detail = "missing_node_type", str(error.get("message", ""))
    else:
        return None
    return GenerationFailed(
        f"The image service does not accept {node} of its workflow{of_input}.",
        retryable=False,
        cause="setup" if kind in SETUP_ERRORS else "job",
        detail=f"{kind} {detail}".strip(),
    )


def _named(id_: str, nodes: Mapping[str, Node], class_type: str) -> str:
    title = nodes[id_].title if id_ in nodes else class_type
    return f"the node {_plain(title)} ({_plain(id_)})" if title else f"the node {_plain(id_)}"


def _plain(name: str) -> str:
    """A name of the workflow without what could look like a path or break a sentence."""
    return " ".join(re.sub(r"[^\w ()#+-]", " ", name).split())[:60]


def _list(fields: Any, name: str) -> list[Any]:
    value = fields.get(name) if isinstance(fields, dict) else None
    return value if isinstance(value, list) else []
