"""Files of the fake: an upload in three calls, and pictures that are ready only some time after it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from monitor.testing.messages import Shared

PROCESSING = 2
"""How often files.info says "not yet"."""


@dataclass
class File:
    """One file. `content`: None until it was uploaded; `looks`: how often it was asked for."""

    id: str
    name: str
    length: int
    alternative: str = ""
    content: bytes | None = None
    shared: bool = False
    looks: int = 0

    @property
    def ready(self) -> bool:
        """Whether its picture can be shown."""
        return self.shared and self.looks > PROCESSING

    def document(self) -> dict[str, Any]:
        """As the API shows it: the addresses of thumbnails come last."""
        shown = {"id": self.id, "name": self.name, "size": self.length}
        return shown | (
            {"mimetype": "image/png", "thumb_360": f"https://files.invalid/{self.id}"} if self.ready else {}
        )


@dataclass
class Files:
    """All files by id."""

    by_id: dict[str, File] = field(default_factory=dict)

    def begin(self, name: str, length: int, alternative: str) -> File:
        """A place to upload to."""
        made = File(f"F{len(self.by_id) + 1:08d}", name, length, alternative)
        self.by_id[made.id] = made
        return made

    def take(self, file_id: str, content: bytes) -> bool:
        """The bytes; whether it was as many as announced."""
        found = self.by_id.get(file_id)
        if found is None or found.length != len(content):
            return False
        found.content = content
        return True

    def complete(self, listed: object) -> tuple[Shared, ...]:
        """The files that are named, with their titles, if all of them were uploaded; else none."""
        named = [each for each in listed if isinstance(each, dict)] if isinstance(listed, list) else []
        titles = {str(each.get("id", "")): str(each.get("title", "")) for each in named}
        found = tuple(self.by_id[name] for name in titles if name in self.by_id)
        if len(found) < len(titles) or any(each.content is None for each in found):
            return ()
        for each in found:
            each.shared = True
        return tuple(Shared(each.id, each.name, titles[each.id] or each.name, each.alternative) for each in found)

    def look(self, file_id: str) -> File | None:
        """As files.info finds it; every look brings it nearer to being ready."""
        found = self.by_id.get(file_id)
        if found is not None:
            found.looks += 1
        return found

    def unready(self, node: object) -> bool:
        """Whether blocks show a file that is not there, or not ready."""
        if isinstance(node, list):
            return any(self.unready(each) for each in node)
        if not isinstance(node, Mapping):
            return False
        shown = node.get("slack_file")
        if isinstance(shown, Mapping):
            found = self.by_id.get(str(shown.get("id")))
            return found is None or not found.ready
        return any(self.unready(each) for each in node.values())
