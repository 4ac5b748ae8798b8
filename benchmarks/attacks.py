"""Run submissions that attack the grader, and see that none gains points or does harm.

    python benchmarks/attacks.py                       # in the strict sandbox
    python benchmarks/attacks.py --level basic         # in namespaces of its own
    python benchmarks/attacks.py ATTACKS --json attacks.json

ATTACKS (default: tests/submissions/attacks) holds a folder for each attack, with an
``expected.json`` that says what it may earn and which outcomes fit. What a tool might act on
where it lies, like a conftest.py, has ``.attack`` at the end of its name there. Attacks run on
copies, in processes of `gradcheck-kit grade`, and a right submission is graded after each. Level
basic cannot keep them from files and processes: it runs only in namespaces made for it (user,
process, mount, network, IPC), with everything but a scratch folder read-only, and says what it
did not stop; where those are refused it says "not run".
"""

import argparse
import ctypes
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
DEFAULT = ROOT / "tests" / "submissions" / "attacks"
ASLEEP = ".attack"
SOLUTION = ROOT / "solutions" / "network.py"
WORDS = {
    "wrong": {"wrong", "invalid", "missing", "not_started"},
    "crash": {"raised", "crashed", "not_started"},  # the last is raise NotImplementedError
    "timeout": {"timed_out"},
    "invalid": {"invalid", "missing", "raised", "unreadable"},
    "protocol": {"crashed", "timed_out", "invalid"},
    "advisory": {"passed with a note"},
    "passed": {"passed"},
}
MAX_GRADER_MB = 200
IMPORT_SECONDS, CALL_SECONDS, SUBMISSION_SECONDS = 2.0, 1.0, 8.0
SLACK_SECONDS = 4.0
INSIDE = "GRADCHECK_ATTACKS_INSIDE"

SPY = """
# What an attack could do if it knew where to look. Whatever works is told by an exception.
import os
done = []
for path in {paths!r}:
    try:
        text = os.listdir(path) if os.path.isdir(path) else open(path).read()
        done.append(("read", path, len(text)))
    except OSError:
        pass
    try:
        open(os.path.join(path, "new") if os.path.isdir(path) else path, "a").close()
        done.append(("write", path))
    except OSError:
        pass
if done:
    raise RuntimeError(f"OPEN: {{done}}")
"""


def prepare(attacks, work, only):
    """Copy the attacks, run their set-up on the copies; return slug and expectation by id."""
    klass = work / "class"
    klass.mkdir()
    plan = {}
    folders = [f for f in sorted(attacks.iterdir()) if (f / "expected.json").is_file()]
    folders = [f for f in folders if not only or f.name in only]
    for number, folder in enumerate(folders):
        name = f"{number:03}a-{folder.name}"
        copy = klass / name
        shutil.copytree(folder, copy, symlinks=True)
        for place, _, files in os.walk(copy):  # whoever owns the originals, these are ours
            Path(place).chmod(0o755)
            for file in files:
                if not Path(place, file).is_symlink():
                    Path(place, file).chmod(0o644)
        for place, _, _ in os.walk(copy, topdown=False):
            for path in Path(place).glob(f"*{ASLEEP}"):
                path.rename(path.with_name(path.name.removesuffix(ASLEEP)))
        expected = json.loads((copy / "expected.json").read_text(encoding="utf-8"))
        (copy / "expected.json").unlink()
        setup = copy / "_setup.py"
        if setup.exists():
            setup = setup.rename(work / "_setup.py")
            subprocess.run(
                [sys.executable, "-I", str(setup), str(copy)], check=True, timeout=120,
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                cwd=copy, env={"PATH": os.environ.get("PATH", ""), "TMPDIR": str(work / "tmp")},
            )  # fmt: skip
            setup.unlink()
        if expected["kind"] == "zip":
            (copy / "submission.zip").rename(klass / f"{name}.zip")
            shutil.rmtree(copy)
        plan[name] = (folder.name, expected)
        right = klass / f"{number:03}b-right"
        right.mkdir()
        shutil.copy(SOLUTION, right / "network.py")
    return klass, plan


def fingerprint(folder):
    """Return a digest of all names and contents below a folder."""
    digest = hashlib.sha256()
    for place, folders, files in os.walk(folder):
        for name in sorted([*folders, *files]):
            path = Path(place, name)
            digest.update(str(path.relative_to(folder)).encode("utf-8", "surrogateescape"))
            digest.update(str(path.lstat().st_mode).encode())
            if path.is_file() and not path.is_symlink() and os.access(path, os.R_OK):
                digest.update(path.read_bytes())
        folders.sort()
    return digest.hexdigest()


def shared_memory():
    """Return the names of shared-memory segments, files and queues."""
    found = set()
    for folder in ("/dev/shm", "/dev/mqueue"):
        if Path(folder).is_dir():
            found |= {str(path) for path in Path(folder).iterdir()}
    for kind in ("shm", "sem", "msg"):
        path = Path("/proc/sysvipc", kind)
        if path.exists():
            found |= {f"{kind} {line.split()[1]}" for line in path.read_text().splitlines()[1:]}
    return found


class MemoryWatch(threading.Thread):
    """Keeps the largest resident size that any grading process had, in MB."""

    def __init__(self, pid):
        super().__init__(daemon=True)
        self.pid = pid
        self.peak = 0.0
        self.ended = threading.Event()

    def run(self):
        while not self.ended.wait(0.02):
            for pid in [self.pid, *children(self.pid)]:  # the command, and its sessions
                try:
                    status = Path(f"/proc/{pid}/status").read_text()
                    if b"gradcheck_kit" not in Path(f"/proc/{pid}/cmdline").read_bytes():
                        continue
                except OSError:
                    continue
                for line in status.splitlines():
                    if line.startswith("VmHWM"):
                        self.peak = max(self.peak, int(line.split()[1]) / 1024)


def children(pid):
    """Return the children of a process."""
    try:
        tasks = list(Path(f"/proc/{pid}/task").iterdir())
        return [int(c) for t in tasks for c in (t / "children").read_text().split()]
    except OSError:
        return []


def run(attacks, level, only, jobs, *, once):
    """Grade the attacks at a level; return a report in plain values."""
    base = Path(os.environ.get(INSIDE) or tempfile.gettempdir())
    work = Path(tempfile.mkdtemp(prefix="attacks-", dir=base))
    ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)  # PR_SET_CHILD_SUBREAPER: orphans come to us
    try:
        (work / "tmp").mkdir()
        canary = work / "canary.txt"
        canary.write_text("canary\n")
        shutil.copytree(ROOT / "solutions", work / "solutions")
        kit_reference = ROOT / "gradcheck_kit" / "problems"
        klass, plan = prepare(attacks, work, only)
        spy = klass / "zzz-spy"
        spy.mkdir()
        paths = [str(p) for p in (canary, work / "solutions", klass, kit_reference)]
        paths += ["/etc/passwd", f"/proc/{os.getpid()}/environ"]
        (spy / "network.py").write_text(SPY.format(paths=paths))
        watched = {name: fingerprint(work / name) for name in ("class", "solutions")}
        memory_before = shared_memory()
        start = time.monotonic()
        command = [
            sys.executable, "-c",
            "import sys; from pathlib import Path; from gradcheck_kit.grading.grade import *; "
            f"from gradcheck_kit.grading import engine; engine.MORE_LOOKS *= {not once}; "
            "from gradcheck_kit.learner.limits import Limits; "
            f"order = Order([Path({str(klass)!r})], Path({str(work / 'out')!r}), only=['network'], "
            f"jobs={jobs}, level={None if level == 'strict' else level!r}, "
            f"require_sandbox={level == 'strict'}, language='en', "
            f"limits=Limits({IMPORT_SECONDS}, {CALL_SECONDS}, {SUBMISSION_SECONDS})); "
            "grade(order)",
        ]  # fmt: skip
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=(work / "log").open("w"),
            close_fds=True, start_new_session=True, cwd=work,
            env={
                **os.environ, "PYTHONPATH": str(ROOT), "TMPDIR": str(work / "tmp"),
                "GRADCHECK_CANARY": str(canary), "PYTHONDONTWRITEBYTECODE": "1",
            },
        )  # fmt: skip
        watch = MemoryWatch(process.pid)
        watch.start()
        process.wait()
        watch.ended.set()
        seconds = time.monotonic() - start
        time.sleep(0.5)  # whoever is being killed is gone by then
        log = (work / "log").read_text(errors="replace")
        reap()
        left = [describe(pid) for pid in children(os.getpid())]
        report = {
            "level": level,
            "user": os.getuid(),
            "seconds": round(seconds, 1),
            "grader_peak_mb": round(watch.peak, 1),
            "failures": [],
            "not_stopped": [],
            "follow_through": [],
        }
        fail = report["failures"].append
        path = work / "out" / "results.json"
        if not path.exists():
            fail(("(whole run)", f"no results; {log[-2000:]}"))
            return report
        results = json.loads(path.read_text(encoding="utf-8"))
        report["sandbox"] = results["sandbox"]
        by_id = {s["id"]: s for s in results["submissions"]}
        report["attacks"] = {
            slug: judged(by_id.get(name), expected, fail, slug, report["follow_through"])
            for name, (slug, expected) in plan.items()
        }
        for name, (slug, _) in plan.items():
            after = by_id.get(f"{name[:3]}b-right")
            if after is None or after["score"] != after["max_score"]:
                fail((slug, f"the right submission after it: {after and after['score']}"))
        harm = fail if level == "strict" else report["not_stopped"].append
        if canary.read_text() != "canary\n":
            harm(("(canary)", canary.read_text().strip().replace("\n", "; ")))
        for name, before in watched.items():
            if fingerprint(work / name) != before:
                harm((f"({name})", "changed"))
        told = [c["message"] for c in by_id["zzz-spy"]["checks"] if "OPEN" in c["message"]]
        if told:
            harm(("(spy)", " ".join(told[0].split())[:600]))
        if level != "strict":
            from gradcheck_kit.learner.probe import SUCCEEDED
            from gradcheck_kit.learner.proof import try_level

            tempfile.tempdir = str(work)  # the usual one is read-only here
            came, _ = try_level(level)
            harm(("(probes)", ", ".join(n for n, how in came.items() if how == SUCCEEDED)))
        if left:
            fail(("(processes left)", "; ".join(left)))
        files = [str(p.relative_to(work)) for p in (work / "tmp").rglob("*")]
        if files:
            fail(("(files left)", ", ".join(files[:20])))
        if shared_memory() - memory_before:
            fail(("(shared memory left)", ", ".join(sorted(shared_memory() - memory_before))))
        if watch.peak > MAX_GRADER_MB:
            fail(("(grader's memory)", f"{watch.peak:.0f} MB"))
        return report
    finally:
        for pid in children(os.getpid()):  # only what we started can be our child
            try:
                os.kill(pid, 9)
                os.waitpid(pid, 0)
            except OSError:
                pass
        for place, folders, _ in os.walk(work):
            for name in folders:
                if not Path(place, name).is_symlink():
                    Path(place, name).chmod(0o700)
        shutil.rmtree(work, ignore_errors=True)


def reap():
    """Take the exit status of orphans that have ended: they are ours now."""
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        pass


def describe(pid):
    """Return what a process is, for a report."""
    try:
        return f"{pid}: {Path(f'/proc/{pid}/cmdline').read_bytes()[:100]!r}"
    except OSError:
        return str(pid)


def judged(submission, expected, fail, slug, followed):
    """Compare one result with what is expected; return it in short."""
    if submission is None:
        fail((slug, "no result"))
        return None
    honest = set(expected["honest_functions"])
    outcomes = set()
    if submission["status"] != "graded":
        outcomes.add(submission["status"])
    if submission["status"] == "crashed":
        fail((slug, "the grader failed on it"))
    for check in submission["checks"]:
        function = (check["function"] or "").partition(".")[2]
        if check["outcome"] == "follow_through" and function not in honest:
            # Right on top of right lower functions: full points, as for everybody. The cheat
            # is in the lower ones, which have none.
            followed.append(f"{slug}: {function}")
        elif check["points"] and function not in honest:
            fail((slug, f"{check['points']:g} points for {function} ({check['outcome']})"))
        if expected.get("fair") and function in honest and check["points"] < check["max_points"]:
            fail((slug, f"{function} is right and has {check['points']:g} points"))
        if function not in honest or expected["max_points_fraction"] >= 1:
            outcomes.add(check["outcome"])
            if check["notes"]:
                outcomes.add(f"{check['outcome']} with a note")
    fitting = set().union(*(WORDS[word] for word in expected["accept"]))
    if outcomes and not outcomes & fitting:
        fail((slug, f"outcomes {sorted(outcomes)} do not fit {expected['accept']}"))
    if submission["seconds"] > SUBMISSION_SECONDS + SLACK_SECONDS:
        fail((slug, f"took {submission['seconds']:.1f} s"))
    return {"score": submission["score"], "outcomes": sorted(outcomes),
            "seconds": submission["seconds"]}  # fmt: skip


# Namespaces for the level basic


def run_inside_namespaces(arguments, json_path):
    """Run this script again in namespaces of its own; return its status, None if refused."""
    unshare = shutil.which("unshare")
    if unshare is None:
        return None
    # A user namespace even for root: its capabilities then end where the namespaces end.
    flags = ["--user", "--map-root-user", "--pid", "--mount", "--net", "--ipc", "--fork",
             "--kill-child", "--mount-proc"]  # fmt: skip
    with tempfile.TemporaryDirectory(prefix="attacks-") as scratch:
        environment = {**os.environ, INSIDE: scratch}
        command = [unshare, *flags, sys.executable, str(Path(__file__).resolve()), *arguments]
        tried = subprocess.run([*command, "--check-namespaces"], env=environment,
                               stdin=subprocess.DEVNULL, capture_output=True)  # fmt: skip
        if tried.returncode != 0:
            return None
        done = subprocess.run(command, env=environment, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, text=True)  # fmt: skip
        # Nothing outside can be written in there, so the report comes as the last line.
        *told, report = done.stdout.splitlines() or [""]
        print(*told, sep="\n")
        if json_path:
            json_path.write_text(report + "\n", encoding="utf-8")
        return done.returncode


def seal(scratch):
    """Make everything read-only in this mount namespace, but for a fresh scratch folder.

    Raises
    ------
    OSError
        If the kernel refuses.
    """
    libc = ctypes.CDLL(None, use_errno=True)

    def check(result, what):
        if result != 0:
            raise OSError(ctypes.get_errno(), what)

    check(libc.mount(None, b"/", None, 0x44000, None), "private")  # MS_REC | MS_PRIVATE
    attributes = (ctypes.c_uint64 * 4)(1, 0, 0, 0)  # MOUNT_ATTR_RDONLY
    # mount_setattr(AT_FDCWD, "/", AT_RECURSIVE, ...)
    check(libc.syscall(442, -100, b"/", 0x8000, ctypes.byref(attributes), 32), "read-only")
    for place in (scratch, "/dev/shm", "/tmp") if not scratch.startswith("/tmp/") else (
        scratch, "/dev/shm",
    ):  # fmt: skip
        check(libc.mount(b"tmpfs", place.encode(), b"tmpfs", 0, b"size=1g"), place)
    if os.getpid() != 1:
        raise OSError("no process namespace")
    try:
        Path(ROOT, "written").touch()
    except OSError:
        return
    raise OSError("still writable")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("attacks", type=Path, nargs="?", default=DEFAULT)
    parser.add_argument("--level", choices=("strict", "basic"), default="strict")
    parser.add_argument("--only", action="append", default=[], metavar="NAME")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--once", action="store_true", help="no second look at what hung")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--check-namespaces", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    sys.path.insert(0, str(ROOT))
    if not options.attacks.is_dir():
        print(f"not run: no attacks in {options.attacks}")
        return 2
    scratch = os.environ.get(INSIDE)
    if options.level == "basic" and not scratch:
        status = run_inside_namespaces(sys.argv[1:], options.json)
        if status is None:
            print("not run: namespaces are refused here, and basic does not hold attacks")
            return 0
        return status
    if scratch:
        try:
            seal(scratch)
        except OSError as error:
            print(f"not run: {error}")
            return 3
        if options.check_namespaces:
            return 0
    report = run(options.attacks, options.level, options.only, options.jobs, once=options.once)
    for text in report["follow_through"]:
        print(f"follow-through, full points by design: {text}")
    count, bad = len(report.get("attacks", ())), {slug for slug, _ in report["failures"]}
    for slug, text in report["not_stopped"]:
        print(f"not stopped by {report['level']}: {slug} {text}")
    for slug, text in report["failures"]:
        print(f"{slug:34} {text}")
    print(
        f"{count} attacks, {count - len(bad & set(report.get('attacks', ())))} held; "
        f"{len(report['failures'])} failures; level {report['level']}, user {report['user']}, "
        f"{report['seconds']} s, grader's peak {report['grader_peak_mb']} MB"
    )
    if scratch:
        print(json.dumps(report))
    elif options.json:
        options.json.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    return 1 if report["failures"] else 0


if __name__ == "__main__":
    sys.exit(main())
