"""The state of a request while it runs, from its events."""

from __future__ import annotations

from dataclasses import dataclass, field

from feedmill.client.records import GenerationEvent


@dataclass
class GenerationProgress:
    """What the events so far say. `making` and `ready` are parts: `text`, `image`."""

    position: int | None = None
    eta_seconds: float | None = None
    paused: bool = False
    text: str = ""
    making: set[str] = field(default_factory=set)
    ready: set[str] = field(default_factory=set)

    def apply(self, event: GenerationEvent) -> None:
        """Apply the next event; unknown ones are ignored."""
        data = event.data
        match event.name:
            case "snapshot":
                self.text, self.making, self.ready = data["text"] or "", set(), set()
                for kind, part in data["parts"].items():
                    states = {"generating": self.making, "completed": self.ready}
                    states.get(part["status"], set()).add(kind)
            case "queued":
                self.position, self.eta_seconds = data.get("position"), data.get("eta_seconds")
                self.paused = data.get("paused", False)
                self.making.discard(data.get("part", ""))
            case "fallback":
                self.making.discard(data["part"])
            case "started":
                self.making.add(data["part"])
                if data["part"] == "text":
                    self.text = ""  # the text is generated from its beginning
            case "text.delta":
                self.text += data["text"]
            case "image.ready":
                self.making.discard("image")
                self.ready.add("image")
