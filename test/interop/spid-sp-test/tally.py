"""Counts what passed and what failed, per section."""


class Tally:
    def __init__(self):
        self.sections = {}
        self.passed = self.failed = 0

    def check(self, section, ok, what):
        """Counts one check; what says what must hold, and is printed when it does not."""
        good, bad = self.sections.get(section, (0, 0))
        if ok:
            self.passed += 1
            self.sections[section] = good + 1, bad
            return
        self.failed += 1
        self.sections[section] = good, bad + 1
        print(f"FAIL {section}: {what}", flush=True)

    def close(self, seconds):
        for section, (good, bad) in self.sections.items():
            print(f"{section:32} {good:4} passed, {bad} failed")
        print(f"in {seconds:.0f}s")
        print(f"{self.passed} passed, {self.failed} failed")
