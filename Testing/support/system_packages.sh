#!/usr/bin/env bash
# The libraries that Qt and VTK load for drawing without a display, and the browser that the tests
# of the page drive (Debian names).
# With the word validate also the programs that check what leaves.
# Installed when missing and when this is root on Debian; otherwise named.
set -u
packages=""
need() { ldconfig -p | grep -q "$1" || packages="$packages $2"; }
need libEGL.so.1 libegl1
need libGL.so.1 libgl1
need libxkbcommon.so.0 libxkbcommon0
need libdbus-1.so.3 libdbus-1-3
need libfontconfig.so.1 libfontconfig1
need libXrender.so.1 libxrender1
tool() { command -v "$1" >/dev/null || packages="$packages $2"; }
command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null || tool chromium chromium
for_what="The tests of the Slicer panel and of the page in a browser need these system packages"
if [ "${1:-}" = validate ]; then
    command -v firefox >/dev/null || tool firefox-esr firefox-esr
    tool dciodvfy dicom3tools
    tool dsrdump dcmtk
    [ -x /usr/sbin/Orthanc ] || tool Orthanc orthanc
    [ -e /usr/share/orthanc/plugins/libOrthancDicomWeb.so ] || packages="$packages orthanc-dicomweb"
    for_what="make validate needs these system packages"
fi
[ -z "$packages" ] && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    # shellcheck disable=SC2086
    if { apt-get update -q && apt-get install -q -y --no-install-recommends $packages; } >/dev/null; then
        # The tests start their own Orthanc: that of the system shall not listen because of them.
        case "$packages" in *orthanc*) systemctl disable --now orthanc >/dev/null 2>&1 ;; esac
        exit 0
    fi
fi
echo "$for_what:$packages" >&2
