#!/bin/sh
# Open the console on its simulator; where there is no display, let it take pictures of its tour.
#   demo.sh BIN
set -eu

program=$1/cxone-console

if [ -n "${DISPLAY:-}" ] || [ -n "${WAYLAND_DISPLAY:-}" ] || [ "$(uname -s)" != Linux ]; then
    exec "$program" demo
fi

tour=demo-tour
echo "There is no display here (neither DISPLAY nor WAYLAND_DISPLAY is set)."
echo "The console runs its guided tour on a virtual display and saves pictures in $tour/."
rm -rf "$tour"
xvfb-run --auto-servernum --server-args="-screen 0 1600x1000x24" \
    "$program" demo --headless-tour "$tour"
ls -1 "$tour"/*.png
