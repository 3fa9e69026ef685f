#!/bin/bash
# The figures of codec and driver, printed in one run: DLE decoding and shielding beside a loop in C, caller ID to
# off-hook over 100 calls, 30 s of duplex, 30 s of waiting. Takes about two minutes.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../../.." && pwd)
target=${CARGO_TARGET_DIR:-$root/target}
work=$(mktemp -d)
modem=
trap '[ -z "$modem" ] || kill "$modem" 2>/dev/null || true; rm -rf "$work"' EXIT
cd "$root"

cat >"$work/loop.c" <<'C'
#include <stdio.h>
#include <string.h>
#include <time.h>
#define SIZE (1 << 20)
static unsigned char in[SIZE + SIZE / 64], out[SIZE + SIZE / 64];
int main(void) {
    size_t n = 0;
    unsigned state = 1;
    for (size_t i = 0; i < SIZE; i++) {
        state = state * 1664525u + 1013904223u;
        unsigned char b = state >> 24;
        if (i % 256 == 77) { in[n++] = 0x10; in[n++] = 0x10; } else in[n++] = b == 0x10 ? 0x11 : b;
    }
    double best = 1e9;
    for (int round = 0; round < 400; round++) {
        struct timespec a, b;
        clock_gettime(CLOCK_MONOTONIC, &a);
        unsigned char *p = in, *end = in + n, *to = out, *hit;
        while (p < end && (hit = memchr(p, 0x10, end - p))) {
            memcpy(to, p, hit - p);
            to += hit - p;
            *to++ = 0x10;
            p = hit + 2;
        }
        memcpy(to, p, end - p);
        clock_gettime(CLOCK_MONOTONIC, &b);
        double t = (b.tv_sec - a.tv_sec) + (b.tv_nsec - a.tv_nsec) * 1e-9;
        if (t < best) best = t;
    }
    printf("memchr and memcpy in C: %.1f GB/s (best)\n", n / best / 1e9);
}
C
cc -O2 -o "$work/loop" "$work/loop.c"

cargo build --release -q -p callblock
cargo build --release -q -p voice-modem --example modem_figures
"$work/loop"
cargo bench -q -p at-codec --bench voice_stream
"$work/loop"
"$target/release/examples/modem_figures" latency

"$target/release/callblock" simulate modem --link "$work/modem" --profile generic --call 5550100 --every 100s \
    --stay 60s >"$work/out" &
modem=$!
for _ in $(seq 50); do [ -e "$work/modem" ] && break; sleep 0.1; done
"$target/release/examples/modem_figures" duplex "$work/modem"
kill "$modem"; wait "$modem" 2>/dev/null || true
"$target/release/callblock" simulate modem --link "$work/modem" --profile generic >"$work/out" &
modem=$!
for _ in $(seq 50); do [ -e "$work/modem" ] && break; sleep 0.1; done
"$target/release/examples/modem_figures" idle "$work/modem"
