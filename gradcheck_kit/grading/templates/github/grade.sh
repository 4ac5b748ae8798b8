#!/usr/bin/env bash
# Grades one checkout with the tests beside this script, and tells GitHub Actions what came of
# it: a job summary, and the output "result" for the autograding reporter. Both are written
# whatever happens. What the grader prints is not: a log can be read by the learner.
#
#     bash grade.sh FOLDER
set -u

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
submission=$1
limit=${GRADCHECK_LIMIT:-300} # seconds
work=$(mktemp -d)
result=$here/not_graded.txt
summary=$here/not_graded.md

finish() {
    cat "$summary" >> "$GITHUB_STEP_SUMMARY"
    printf 'result=%s\n' "$(tr -d '\r\n' < "$result")" >> "$GITHUB_OUTPUT"
    rm -rf "$work"
}
trap finish EXIT
trap 'exit 1' INT TERM HUP

# The files may be in a folder of their own; then that folder is the submission.
if [ -z "$(find "$submission" -maxdepth 1 -type f \( @NAMES@ \) -print -quit)" ]; then
    inside=$(find "$submission" -type f -not -path '*/.*' \( @NAMES@ \) -exec dirname {} \; | sort -u)
    if [ -n "$inside" ] && [ -d "$inside" ]; then submission=$inside; fi # one, not several
fi

# A copy under a name of our own: an id is not the learner's choice.
mkdir "$work/class"
cp -R "$submission" "$work/class/submission" || exit 1
python -m pip install -q "@KIT@" > /dev/null || exit 1
timeout --kill-after=5 "$limit" python -P -m gradcheck_kit grade "$work/class/submission" \
    --exercises "$here/exercises" --out "$work/out" --jobs 2 --lang @LANGUAGE@ \
    --format github < /dev/null > "$work/log" 2>&1
echo "gradcheck-kit ended with status $?"

shopt -s nullglob
found=("$work"/out/github/*/result.txt)
if [ "${#found[@]}" -eq 1 ]; then
    result=${found[0]}
    summary=${found[0]%/result.txt}/summary.md
fi
