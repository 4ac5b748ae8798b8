"""The engine: submissions go in, lines of the journal come out."""

from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from gradcheck_kit.grading.chunks import Chunk, Line, Place, size_of_chunks
from gradcheck_kit.grading.copying import copy_submission, remove_tree
from gradcheck_kit.grading.journal import Journal, hash_of_files
from gradcheck_kit.grading.submission import Submission, UnreadableSubmission

DOUBTFUL = frozenset({"timed_out", "crashed"})
"""Outcomes that a busy machine can bring about as well: they are looked at once more."""
MORE_LOOKS = 3
"""How often, at most: until nothing is doubtful any more, or two looks see the same."""

RECALL_SECONDS = 4.0
"""A session that still takes so long shares with those that have ended: each starts anew."""

HANDOVER = 25
"""A session with so few left is no reason to wait with the next, if a core is free to start it."""

Doubts = frozenset[tuple[str, str, bool]]
"""What a look saw, if a worker hung or crashed: check, outcome, blamed. Else empty."""
_NO_LINE: Doubts = frozenset({("", "crashed", False)})
_SUSPECTED: Doubts = frozenset({("", "suspected", False)})
"""Of a submission over which a session with others came down: that is no look at it yet."""

_NOBODY = -1


class Engine:
    """Grades a class, in chunks and with a journal.

    Parameters
    ----------
    submissions : sequence of Submission
        The class.
    files : sequence of str
        Names of the assignment's files.
    scratch : Path
        A folder for copies.
    journal : Journal
        Where results go, and what is there already.
    place : Place
        Where sessions run.
    progress : callable
        Gets how many submissions are done.
    """

    def __init__(
        self,
        submissions: Sequence[Submission],
        files: Sequence[str],
        scratch: Path,
        journal: Journal,
        place: Place,
        progress: Callable[[int], None],
    ) -> None:
        self.submissions = submissions
        self.journal = journal
        self.keys: dict[int, str] = {}
        self.unreadable: dict[int, str] = {}
        self.remarks: dict[int, list[str]] = {}
        self.checks: list[dict[str, Any]] = []
        self._files = files
        self._scratch = scratch
        self._place = place
        self._progress = progress
        self._todo: deque[int] = deque()
        self._size = 1
        self._running: list[Chunk] = []
        self._alone: dict[int, Doubts] = {}
        self._done: set[int] = set()

    def run(self) -> None:
        """Grade everything that the journal does not know yet."""
        try:
            self._grade_chunks()
            self._grade_alone()
            if not self.checks:
                self._look_at_nobody()
        finally:
            self._place.stop()

    # Once through the class

    def _grade_chunks(self) -> None:
        place = self._place
        self._put_back(range(len(self.submissions)), place.slots)
        while self._todo or self._running:
            while self._todo and self._busy() < place.slots >= len(self._running):
                self._start(self._take())
            self._poll()
            if place.can_recall and not self._todo and len(self._running) < place.slots:
                self._recall()

    def _busy(self) -> int:
        """Return how many sessions have more to do than it takes another one to start."""
        if not self._place.has_idle_cores:
            return len(self._running)
        sizes = [(len(chunk.numbers), len(chunk.left)) for chunk in self._running]
        return sum(left > HANDOVER or count <= HANDOVER for count, left in sizes)

    def _put_back(self, numbers: Iterable[int], slots: int) -> None:
        """Queue submissions, to be graded in so many sessions at a time."""
        self._todo.extend(numbers)
        self._size = size_of_chunks(len(self._todo), slots, self._place.can_recall)

    def _take(self) -> list[int]:
        """Copy submissions until a chunk of them need grading; return their numbers."""
        taken: list[int] = []
        while self._todo and len(taken) < self._size:
            number = self._todo.popleft()
            if self._prepare(number):
                taken.append(number)
            self._progress(len(self._done))
        return taken

    def _recall(self) -> None:
        """Let the session that will take longest share with the processes that have no work."""
        slowest = max(self._running, key=lambda chunk: chunk.seconds_left, default=None)
        if slowest is None or slowest.is_recalled or len(slowest.left) <= 1:
            return
        if slowest.seconds_left > RECALL_SECONDS:
            slowest.is_recalled = True
            self._place.recall(slowest)

    def _folder(self, number: int) -> Path:
        return self._scratch / "class" / str(number)

    def _prepare(self, number: int) -> bool:
        """Copy a submission; tell whether it needs grading now."""
        submission = self.submissions[number]
        folder = self._folder(number)
        remove_tree(folder)
        try:
            remarks = copy_submission(submission, folder, self._files)
        except UnreadableSubmission as error:
            self.unreadable[number] = str(error)
            self._done.add(number)
            remove_tree(folder)
            return False
        if remarks:
            self.remarks[number] = remarks
        key = self.keys[number] = hash_of_files(folder, start=submission.id)
        if not self.journal.has(key):
            return True
        if self.journal.is_final(key):
            self._done.add(number)
            if not self.checks:
                self.checks = self.journal.entry(key)["checks"]
        else:
            self._alone[number] = _doubts(self.journal.entry(key)["checks"])
        remove_tree(folder)
        return False

    def _start(self, numbers: list[int]) -> None:
        if numbers:
            chunk = Chunk(numbers, [self._folder(number) for number in numbers])
            self._place.start(chunk)
            self._running.append(chunk)

    def _poll(self) -> None:
        for event in self._place.poll():
            if isinstance(event, Line):
                self._note(event)
            else:
                self._end_chunk(event)
        self._progress(len(self._done))

    def _note(self, line: Line) -> None:
        entry = _entry(line.found)
        self.checks = self.checks or entry["checks"]
        doubts = _doubts(line.found["checks"])
        self.journal.add(self.keys[line.number], entry, final=not doubts)
        if doubts:
            self._alone[line.number] = doubts
        else:
            self._done.add(line.number)

    def _end_chunk(self, chunk: Chunk) -> None:
        self._running.remove(chunk)
        for folder in chunk.folders:
            remove_tree(folder)
        left = chunk.left
        if left and not (chunk.gave_back and chunk.done):
            # The session came down over the first of these; the others had no turn.
            self._alone[left.pop(0)] = _SUSPECTED
        if left:
            self._put_back(left, max(1, self._place.slots - len(self._running)))

    # Once more, with nothing else running

    def _grade_alone(self) -> None:
        for number, before in sorted(self._alone.items()):
            for look in range(MORE_LOOKS):
                seen = self._grade_one(number, before, is_last=look == MORE_LOOKS - 1)
                if not seen or seen == before:
                    break
                before = seen
            self._done.add(number)
            self._progress(len(self._done))

    def _grade_one(self, number: int, before: Doubts, *, is_last: bool) -> Doubts:
        folder = self._folder(number)
        try:
            copy_submission(self.submissions[number], folder, self._files)
        except UnreadableSubmission as error:  # it was readable a moment ago
            self.unreadable[number] = str(error)
            return frozenset()
        found = self._found_alone(number)
        remove_tree(folder)
        if found is None:
            return _NO_LINE
        seen = _doubts(found["checks"])
        final = is_last or not seen or seen == before
        self.journal.add(self.keys[number], _entry(found), final=final)
        return seen

    def _look_at_nobody(self) -> None:
        """Let an empty submission tell what there was to earn."""
        self._folder(_NOBODY).mkdir(parents=True)
        found = self._found_alone(_NOBODY)
        if found is not None:
            self.checks = _entry(found)["checks"]

    def _found_alone(self, number: int) -> dict[str, Any] | None:
        """Run a session for one; return what it wrote, or None if it came down before."""
        self._place.start(Chunk([number], [self._folder(number)]))
        found = None
        is_running = True
        while is_running:
            for event in self._place.poll():
                if isinstance(event, Line):
                    found = event.found
                else:
                    is_running = False
        return found


def _doubts(checks: Sequence[Mapping[str, Any]]) -> Doubts:
    """Return what was seen, if it may be the machine's doing."""
    if not any(c.get("workers_lost") or c["outcome"] in DOUBTFUL for c in checks):
        return frozenset()
    return frozenset(
        (c.get("test", c.get("id")), c["outcome"], c.get("blamed", False)) for c in checks
    )


def _entry(found: dict[str, Any]) -> dict[str, Any]:
    """Return what results.json says of a submission, from what a session wrote."""
    checks = found["checks"]
    return {
        "score": sum(check["points"] for check in checks),
        "max_score": sum(check["max_points"] for check in checks),
        "seconds": found["seconds"],
        "blame": list(dict.fromkeys(c["function"] for c in checks if c["blamed"])),
        "checks": [_check(check) for check in checks],
    }


def _check(check: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": check["test"],
        "function": check["function"],
        "points": check["points"],
        "max_points": check["max_points"],
        "hidden": check["hidden"],
        "outcome": check["outcome"],
        "diagnosis": [{"id": name} for name in check["diagnosis"]],
        "notes": [{"id": name} for name in check["notes"]],
        "message": check["message"],
    }
