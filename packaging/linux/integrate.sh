#!/bin/sh
# Puts the lab into this user's menu, opens .lab files and courseai-lab:// links with it. `--remove` takes that back.
# What you made with the lab (settings, lab files, progress) is never touched.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
data=${XDG_DATA_HOME:-"$HOME/.local/share"}
share="$here/share"

refresh() {
    if command -v update-desktop-database >/dev/null 2>&1; then update-desktop-database -q "$data/applications" || true; fi
    if command -v update-mime-database >/dev/null 2>&1; then update-mime-database "$data/mime" || true; fi
}

if [ "${1:-}" = "--remove" ]; then
    (cd "$share" && find . -type f) | while read -r file; do rm -f "$data/$file"; done
    refresh
    echo "CourseAI Lab is out of the menu; delete $here to remove it. Your own files stay."
    exit 0
fi
(cd "$share" && find . -type f) | while read -r file; do
    mkdir -p "$data/$(dirname "$file")"
    cp "$share/$file" "$data/$file"
done
# A path in Exec stands between quotes, in which four characters need a backslash; TryExec takes it as it is.
quoted=$(printf '%s' "$here/courseai-lab" | sed 's/[\\"`$]/\\\\&/g; s/%/%%/g; s/[&|\\]/\\&/g')
plain=$(printf '%s' "$here/courseai-lab" | sed 's/[&|\\]/\\&/g')
sed -e "s|^Exec=courseai-lab|Exec=\"$quoted\"|" -e "s|^TryExec=courseai-lab|TryExec=$plain|" \
    "$share/applications/courseai-lab.desktop" > "$data/applications/courseai-lab.desktop"
refresh
echo "CourseAI Lab is in the menu. To take it out again: $0 --remove"
