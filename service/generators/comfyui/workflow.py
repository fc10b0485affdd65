"""A workflow of ComfyUI: its nodes, and which of their inputs a job fills."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

MAX_BYTES = 5_000_000
"""Of a workflow's file: the largest ones have a few hundred kilobytes."""

INPUTS: Mapping[str, tuple[str, ...]] = {
    "prompt": ("text", "text_g", "text_l", "clip_g", "clip_l", "t5xxl", "prompt", "string"),
    "seed": ("seed", "noise_seed"),
    "width": ("width",),
    "height": ("height",),
    "steps": ("steps",),
    "picture": ("image",),
}
"""What nodes call the inputs that a job fills."""

LITERALS = ("value", "string", "text", "int", "number", "seed")
"""What primitive nodes call the value that they pass on."""

SIZED = ("ModelSamplingFlux", "Flux2Scheduler")
"""Nodes besides those of the empty latent image that must know the picture's size."""


class UnusableWorkflow(Exception):
    """A workflow cannot be used; the message says why, without the name of its file."""


class NodeInput(NamedTuple):
    """One input of one node."""

    node: str
    input: str


class Node(msgspec.Struct):
    """One node as ComfyUI exports it for its API. A link is a list: a node's id and an output."""

    class_type: str
    inputs: dict[str, Any] = {}
    meta: dict[str, Any] = msgspec.field(default_factory=dict, name="_meta")

    @property
    def title(self) -> str:
        """The node's name in the editor."""
        return str(self.meta.get("title") or self.class_type)


class Workflow:
    """The nodes of a workflow, and the inputs that take the values of a job.

    Inputs that `named` does not name (a node's title or id, or "NODE.INPUT") are found by
    following the links from the samplers. Raises UnusableWorkflow.
    """

    def __init__(self, text: bytes, named: Mapping[str, str]) -> None:
        self._raw = _parsed(text)
        try:
            self.nodes = msgspec.convert(self._raw, dict[str, Node])
        except msgspec.ValidationError as problem:
            raise UnusableWorkflow(
                "it is no workflow that ComfyUI exported for its API (every node needs a"
                " class_type and inputs)"
            ) from problem
        found = _Finder(self.nodes)
        self.slots = {role: tuple(found.slots(role)) for role in (*INPUTS, "negative")}
        for role, name in named.items():
            if name:
                self.slots[role] = self._slots_of(role, name)
        if not self.slots["prompt"]:
            raise UnusableWorkflow("no input for the prompt was found in it: set prompt_node")
        taken = set(self.slots["prompt"])
        self.slots["negative"] = tuple(x for x in self.slots["negative"] if x not in taken)

    @property
    def abilities(self) -> frozenset[str]:
        """What its inputs can honour."""
        can = {
            "seed": self.slots["seed"],
            "size": self.slots["width"] and self.slots["height"],
            "image": self.slots["picture"],
        }
        return frozenset(name for name, slots in can.items() if slots)

    def node_called(self, name: str) -> str:
        """The id of the node with this id or title. Raises UnusableWorkflow."""
        if name in self.nodes:
            return name
        titled = [id_ for id_, node in self.nodes.items() if node.title == name]
        if len(titled) == 1:
            return titled[0]
        count = f"{len(titled)} nodes" if titled else "no node"
        raise UnusableWorkflow(f"{count} with the title or id {name!r} in it")

    def filled(self, values: Mapping[str, str | int]) -> dict[str, Any]:
        """A copy of the workflow with these values, by role, in their inputs."""
        filled: dict[str, Any] = copy.deepcopy(self._raw)
        for role, value in values.items():
            for slot in self.slots[role]:
                filled[slot.node]["inputs"][slot.input] = value
        return filled

    def _slots_of(self, role: str, name: str) -> tuple[NodeInput, ...]:
        try:
            node, wanted = self.node_called(name), ""
        except UnusableWorkflow:
            owner, dot, wanted = name.rpartition(".")
            if not dot:
                raise
            node = self.node_called(owner)
        inputs = self.nodes[node].inputs
        if wanted:
            if wanted not in inputs:
                raise UnusableWorkflow(f"the node {node} in it has no input {wanted!r}")
            return (NodeInput(node, wanted),)
        usual = INPUTS["prompt" if role == "negative" else role]
        names = [one for one in (*usual, *LITERALS) if one in inputs]
        if not names:
            raise UnusableWorkflow(
                f"no input of the node {node} in it looks like one for the {role}"
                f' (name it as "{node}.INPUT")'
            )
        return tuple(NodeInput(node, one) for one in names if one in usual) or (
            NodeInput(node, names[0]),
        )


def read_workflow(file: Path) -> bytes:
    """The bytes of a workflow's file. Raises UnusableWorkflow."""
    try:
        with file.open("rb") as opened:
            text = opened.read(MAX_BYTES + 1)
    except OSError as problem:
        raise UnusableWorkflow(f"it cannot be read ({problem.strerror})") from problem
    if len(text) > MAX_BYTES:
        raise UnusableWorkflow(f"it has more than {MAX_BYTES} bytes")
    return text


def _parsed(text: bytes) -> dict[str, Any]:
    try:
        raw = msgspec.json.decode(text.removeprefix(b"\xef\xbb\xbf"))
    except (msgspec.DecodeError, UnicodeError, RecursionError) as problem:
        raise UnusableWorkflow("it is no JSON") from problem
    if isinstance(raw, dict) and isinstance(raw.get("nodes"), list):
        raise UnusableWorkflow(
            "it is in the format of ComfyUI's editor: use its menu Workflow, Export (API)"
        )
    if not isinstance(raw, dict) or not raw:
        raise UnusableWorkflow("it has no nodes")
    return raw


class _Finder:
    """Finds inputs in a workflow by following its links against their direction."""

    def __init__(self, nodes: Mapping[str, Node]) -> None:
        self._nodes = nodes

    def slots(self, role: str) -> Iterable[NodeInput]:
        match role:
            case "prompt" | "negative":
                return dict.fromkeys(self._texts(role))
            case "seed" | "steps":
                return dict.fromkeys(self._inputs(self._nodes, INPUTS[role]))
            case "width" | "height":
                sized = [id_ for id_, node in self._nodes.items() if _sets_size(node)]
                return dict.fromkeys(self._inputs(sized, INPUTS[role]))
        pictures = [id_ for id_, node in self._nodes.items() if node.class_type == "LoadImage"]
        return dict.fromkeys(self._inputs(pictures, INPUTS[role]))

    def _texts(self, role: str) -> Iterator[NodeInput]:
        """Inputs of the text encoders behind the samplers, or else those with such a title."""
        sign = "positive" if role == "prompt" else "negative"
        starts = [node.inputs[sign] for node in self._samplers() if sign in node.inputs]
        if role == "prompt":  # a guider without a negative prompt
            starts += [
                node.inputs["conditioning"]
                for node in self._nodes.values()
                if "Guider" in node.class_type and "conditioning" in node.inputs
            ]
        found = [slot for start in starts for slot in self._behind(start, sign, set())]
        yield from found
        if found or starts:
            return
        encoders = {id_: one for id_, one in self._nodes.items() if _encodes_text(one)}
        titled = [id_ for id_, one in encoders.items() if sign in one.title.lower()]
        if not titled and role == "prompt" and len(encoders) == 1:
            titled = list(encoders)
        yield from self._inputs(titled, INPUTS["prompt"])

    def _samplers(self) -> Iterator[Node]:
        """Nodes at the end of the conditioning: no other node takes it from them."""
        for node in self._nodes.values():
            if "positive" in node.inputs and (
                "Sampler" in node.class_type
                or "Guider" in node.class_type
                or "latent_image" in node.inputs
            ):
                yield node

    def _behind(self, link: Any, sign: str, seen: set[str]) -> Iterator[NodeInput]:
        """The text inputs that a conditioning is made of."""
        node = self._nodes.get(_source(link))
        if node is None or _source(link) in seen:
            return
        seen.add(_source(link))
        if node.class_type == "ConditioningZeroOut":  # its text is not used
            return
        if _encodes_text(node):
            yield from self._inputs([_source(link)], INPUTS["prompt"])
            return
        for name, value in node.inputs.items():
            if name == sign or name.startswith("conditioning"):
                yield from self._behind(value, sign, seen)

    def _inputs(self, ids: Iterable[str], names: tuple[str, ...]) -> Iterator[NodeInput]:
        """These inputs of these nodes; of a linked one, the value at the other end of the link."""
        for id_ in ids:
            for name in names:
                if name in self._nodes[id_].inputs:
                    yield from self._literal(NodeInput(id_, name), set())

    def _literal(self, slot: NodeInput, seen: set[str]) -> Iterator[NodeInput]:
        value = self._nodes[slot.node].inputs[slot.input]
        if not isinstance(value, list):
            yield slot
            return
        source = _source(value)
        if source in self._nodes and source not in seen:
            seen.add(source)
            inputs = self._nodes[source].inputs
            names = [name for name in (slot.input, *LITERALS) if name in inputs]
            for name in names[:1]:
                yield from self._literal(NodeInput(source, name), seen)


def _source(link: Any) -> str:
    """The id of the node that a link comes from; "" for a value."""
    return str(link[0]) if isinstance(link, list) and link else ""


def _encodes_text(node: Node) -> bool:
    return "TextEncode" in node.class_type and any(name in node.inputs for name in INPUTS["prompt"])


def _sets_size(node: Node) -> bool:
    empty = "Empty" in node.class_type and "Latent" in node.class_type
    return empty or node.class_type in SIZED
