"""What must come out: numbers (expected.toml), cases (cases.txt), exceptions (exceptions.toml)."""

import dataclasses
import tomllib


@dataclasses.dataclass(frozen=True)
class Case:
    """One official case and what the gateway must answer."""

    id: str
    status: int
    # The reason in the audit line of a refusal; empty when the person is let in.
    reason: str

    @property
    def accepted(self):
        return self.status == 200


def load(directory):
    counts = tomllib.loads((directory / "expected.toml").read_text(encoding="utf-8"))
    listed = tomllib.loads((directory / "exceptions.toml").read_text(encoding="utf-8"))
    return Expectation(counts, list(read_cases(directory / "cases.txt")), listed.get("exception", []))


def read_cases(path):
    for line in path.read_text(encoding="utf-8").splitlines():
        words = line.split("#")[0].split()
        if not words:
            continue
        yield Case(words[0], int(words[1]), "" if words[2] == "-" else words[2])


class Expectation:
    def __init__(self, counts, cases, exceptions):
        self.counts, self.all, self.exceptions = counts, cases, exceptions
        self.used = set()

    def cases(self, name, world):
        """The cases of a round. Those of "repaired" carry its name before their id; those in
        which another world differs carry its name, and status 0 where it has no such case."""
        own = self.named(name)
        if own:
            return own
        common = {c.id: c for c in self.all if ":" not in c.id}
        return {c.id: c for c in (common | self.named(world)).values() if c.status}

    def named(self, name):
        mine = f"{name}:"
        return {c.id: c for c in (dataclasses.replace(c, id=c.id.removeprefix(mine)) for c in self.all if c.id.startswith(mine))}

    def excepted(self, section, title):
        """Tells whether a failure is listed, and notes that the entry is needed."""
        for i, entry in enumerate(self.exceptions):
            if entry["section"] == section and title.startswith(entry["test"]) and entry["reason"]:
                self.used.add(i)
                return True
        return False

    def report_unused(self, tally):
        """An exception that nothing needs any more hides the next fault."""
        for i, entry in enumerate(self.exceptions):
            tally.check("exceptions", i in self.used, f"{entry['test']!r} does not fail any more: take it off the list")
