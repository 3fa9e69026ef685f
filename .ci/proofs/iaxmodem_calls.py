"""Calls iaxmodem over IAX2 (RFC 5456) and checks what `callblock modem watch` reports."""

import queue
import random
import socket
import struct
import subprocess
import sys
import threading
import time

FRAME_CONTROL, FRAME_IAX = 4, 6
NEW, PING, PONG, ACK, HANGUP, REJECT, INVAL, LAGRQ, LAGRP, VNAK = 1, 2, 3, 4, 5, 6, 10, 11, 12, 18
ANSWER = 4
ULAW = 4
SILENCE = b"\xff" * 160


class Call(threading.Thread):
    """One call to a modem. `outcome` becomes rejected, answered-and-ended, answered or unanswered."""

    def __init__(self, port, number=None, name=None, lasts=3.0):
        super().__init__(daemon=True)
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.connect(("127.0.0.1", port))
        self.socket.settimeout(0.02)
        self.begun = time.monotonic()
        self.own = random.randrange(1, 0x7FFF)
        self.other = 0
        self.sent = self.seen = 0
        self.number, self.shown_name, self.lasts = number, name, lasts
        self.answered = False
        self.outcome = None
        self.start()

    def frame(self, kind, what, body=b"", stamp=None, counts=True):
        if stamp is None:
            stamp = int((time.monotonic() - self.begun) * 1000)
        head = struct.pack("!HHIBBBB", 0x8000 | self.own, self.other, stamp, self.sent, self.seen, kind, what)
        self.socket.send(head + body)
        if counts:
            self.sent = (self.sent + 1) & 255

    def run(self):
        def element(kind, value):
            return bytes([kind, len(value)]) + value

        body = element(0x0B, struct.pack("!H", 2)) + element(0x01, b"5551000")
        if self.number is not None:
            body += element(0x02, self.number)
        if self.shown_name is not None:
            body += element(0x04, self.shown_name)
        body += element(0x0D, b"5551000")
        body += element(0x09, struct.pack("!I", ULAW)) + element(0x08, struct.pack("!I", ULAW))
        self.frame(FRAME_IAX, NEW, body)
        next_voice = None
        while time.monotonic() - self.begun < self.lasts:
            if next_voice is not None and time.monotonic() >= next_voice:
                stamp = int((time.monotonic() - self.begun) * 1000) & 0xFFFF
                self.socket.send(struct.pack("!HH", self.own, stamp) + SILENCE)
                next_voice += 0.02
            try:
                packet = self.socket.recv(4096)
            except socket.timeout:
                continue
            except ConnectionRefusedError:
                self.outcome = "refused"
                return
            if not packet[0] & 0x80 or len(packet) < 12:
                continue
            other, _, stamp, number, _, kind, what = struct.unpack("!HHIBBBB", packet[:12])
            self.other = other & 0x7FFF
            if kind == FRAME_IAX and what in (ACK, VNAK):
                continue
            self.seen = (number + 1) & 255
            if kind == FRAME_IAX and what in (PING, LAGRQ):
                self.frame(FRAME_IAX, what + 1, b"", stamp)
                continue
            self.frame(FRAME_IAX, ACK, b"", stamp, counts=False)
            if kind == FRAME_IAX and what in (HANGUP, REJECT, INVAL):
                self.outcome = "answered-and-ended" if self.answered else "rejected"
                return
            if kind == FRAME_CONTROL and what == ANSWER:
                self.answered = True
                self.frame(2, ULAW, SILENCE)
                next_voice = time.monotonic()
        self.outcome = "answered" if self.answered else "unanswered"
        self.frame(FRAME_IAX, HANGUP, element(0x16, b"Normal Clearing"))
        time.sleep(0.1)


class Watch:
    """`callblock modem watch` on one modem."""

    def __init__(self, callblock, device, *options):
        self.lines = queue.Queue()
        self.all = []
        self.process = subprocess.Popen(
            [callblock, "modem", "watch", device, "--show-numbers", *options],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1)
        threading.Thread(target=self.read, daemon=True).start()

    def read(self):
        for line in self.process.stdout:
            self.lines.put(line.rstrip("\n"))

    def until(self, test, within, what):
        end = time.monotonic() + within
        while True:
            try:
                line = self.lines.get(timeout=max(0.0, end - time.monotonic()))
            except queue.Empty:
                raise SystemExit(f"iaxmodem: {what} did not come; seen: " + "\n  ".join([""] + self.all)) from None
            self.all.append(line)
            if test(line):
                return line

    def say(self, word):
        self.process.stdin.write(word + "\n")
        self.process.stdin.flush()

    def end(self):
        self.say("quit")
        if self.process.wait(timeout=20) != 0:
            raise SystemExit("iaxmodem: callblock modem watch ended with an error")


def check(right, text):
    if not right:
        raise SystemExit(f"iaxmodem: {text}")
    print("ok:", text, flush=True)


def known(line):
    return line.startswith(("call ", "changed "))


def until_it_rings(watch, port, **call):
    """Calls until the modem takes the call: it is busy for a while after each reset."""
    busy = 0
    for _ in range(30):
        attempt = Call(port, **call)
        attempt.join(0.7)
        if attempt.outcome is None:
            return attempt, busy
        busy += 1
        time.sleep(0.5)
    raise SystemExit("iaxmodem: busy for ever")


def words(callblock, work):
    watch = Watch(callblock, f"{work}/modem0")
    up = watch.until(lambda line: line.startswith("up "), 20, "up")
    check("(fax-only)" in up and "caller-id=True" in up.replace("true", "True") and "voice=false" in up,
          f"a modem without voice is known as such: {up}")

    call, busy = until_it_rings(watch, 4570, number=b"5551234", name=b"JOHN DOE", lasts=3)
    line = watch.until(known, 8, "the caller")
    check(' 5551234 "JOHN DOE" at ' in line and "SUSPECT" not in line,
          f"rings and the caller, after {busy} calls that met a busy modem: {line}")
    check(any(seen.startswith("ring ") for seen in watch.all) or watch.until(
        lambda line: line.startswith("ring "), 5, "a ring"), "it rang")
    ended = watch.until(lambda line: line.startswith("ended "), 20, "the end")
    check("not answered" in ended, f"a caller who gives up: {ended}")

    for name, shown in [(b"X\r\nRING\r\nNMBR=999", None), (b"V\xe4h\xe4l\xe4", '"V\u00e4h\u00e4l\u00e4"')]:
        until_it_rings(watch, 4570, number=b"5551234", name=name, lasts=2.5)
        line = watch.until(lambda line: known(line) and (shown or "SUSPECT" in line), 8, "the caller")
        if shown is None:
            check(" 5551234 " in line and "SUSPECT" in line, f"a forged number is suspect and not shown: {line}")
        else:
            check(shown in line and "SUSPECT" not in line, f"a Latin-1 name: {line}")
        watch.until(lambda line: line.startswith("ended "), 20, "the end")

    call, _ = until_it_rings(watch, 4570, number=b"5551234", name=b"OK", lasts=20)
    line = watch.until(known, 8, "the caller")
    check('"OK"' in line, f"a name that looks like a result: {line}")
    watch.say("hang-up")
    ended = watch.until(lambda line: line.startswith("ended "), 20, "the end")
    check("we hung up" in ended, f"the call is ended: {ended}")
    call.join(10)
    check(call.outcome == "answered-and-ended", f"the caller was answered and put down: {call.outcome}")
    _, busy = until_it_rings(watch, 4570, number=b"5550100", name=None, lasts=2.5)
    line = watch.until(known, 8, "the next caller")
    check(busy > 0 and " 5550100" in line, f"busy {busy} times after the reset, then the next caller: {line}")
    watch.end()


def digits(callblock, work):
    watch = Watch(callblock, f"{work}/modem1", "--init", "ATV0")
    watch.until(lambda line: line.startswith("up "), 20, "up with digits for words")
    call, _ = until_it_rings(watch, 4571, number=b"5551234", name=b"X\r\nNMBR=999", lasts=20)
    line = watch.until(lambda line: known(line) and "SUSPECT" in line, 8, "the caller with digits for words")
    check(" 5551234 " in line, f"digits for words: {line}")
    watch.say("hang-up")
    ended = watch.until(lambda line: line.startswith("ended "), 20, "the end")
    check("we hung up" in ended, f"digits for words: {ended}")
    call.join(10)
    check(call.outcome == "answered-and-ended", "digits for words: the caller was put down")
    watch.end()


def main():
    callblock, work = sys.argv[1:3]
    failed = []

    def run(part):
        try:
            part(callblock, work)
        except SystemExit as reason:
            failed.append(str(reason))

    threads = [threading.Thread(target=run, args=(part,)) for part in (words, digits)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failed:
        sys.exit("\n".join(failed))


main()
