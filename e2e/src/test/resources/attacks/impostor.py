"""In the supervisor's place: takes the job as the supervisor does, then does what its run is named after."""
GATEWAY, TOKEN, ATTACK = os.environ["COFFERDAM_GATEWAY"], open("/.cofferdam/token/token").read(), sys.argv[1]
STARTED = '{"type":"started"}'


def again(session=None):
    other = Channel(GATEWAY, TOKEN, session)
    print("again", other.status, "and more" if other.more else "", flush=True)
    return other


def dribble(channel):
    """One frame, a byte a second, which never ends."""
    channel.socket.sendall(b"\x81\xfe\xff\x00" + bytes(4))
    while True:
        channel.socket.sendall(b" ")
        time.sleep(1)


def lends(channel):
    channel.send(STARTED)
    print("session", JOB["session"], flush=True)
    while True:
        channel.send(b"", first=0x89)
        time.sleep(3)


def borrows(channel):
    """Asks for a tunnel with another run's session."""
    channel.send(STARTED)
    print("tunnel", tunnel(GATEWAY, *JOB["argv"][-2:]), flush=True)


def tunnels(channel):
    """Asks for a tunnel with its own session, while its run goes on and afterwards, for as long as it takes the gateway to forget the run."""
    channel.send(STARTED)
    print("during", tunnel(GATEWAY, JOB["session"], JOB["argv"][-1]), flush=True)
    channel.send(result(0))
    print("told", channel.read()["type"], flush=True)
    after = []
    for _ in range(30):
        after.append(tunnel(GATEWAY, JOB["session"], JOB["argv"][-1]))
        time.sleep(0.2)
    print("after", *after, flush=True)


def deaf(channel):
    """Sends pings and never reads what is answered."""
    while True:
        channel.send(bytes(125), first=0x89)


def recreated(channel):
    """Tells its story when its run is gone, here and over another channel, for whoever has its run's name now."""
    channel.send(STARTED)
    print("begun", flush=True)
    channel.stay("stop")
    print("stopped", flush=True)
    refused = 0
    while refused < 5:
        try:
            channel.send(output(b"forged"))
            channel.send(result(0, b"forged"))
        except OSError:
            pass
        time.sleep(0.25)
        try:
            refused += again(JOB["session"]).status == "403"
        except OSError:
            pass
    print("over", flush=True)


def forge():
    other = again(JOB["session"])
    if other.status == "101":
        print("told", other.read()["type"], flush=True)
        story(other, 0, b"forged")


def afterwards(channel):
    """A second end, when the first one is stored."""
    story(channel, 3, b"first")
    print("told", channel.read()["type"], flush=True)
    # The gateway forgets a run that is over: it then refuses what it would have answered a moment before. Both are tried, and either may be met.
    for attempt in (lambda: channel.send(result(0, b"")), forge, forge):
        try:
            attempt()
        except OSError as error:
            print("cut off", type(error).__name__, flush=True)
    print("over", flush=True)


ATTACKS = {
    "honest": lambda channel: story(channel, 0, b"honest"),
    "half": lambda channel: channel.send('{"type":"started"'),
    "two-values": lambda channel: channel.send(STARTED + STARTED),
    "deep": lambda channel: channel.send('{"type":' + "[" * 30000),
    "unknown-type": lambda channel: channel.send('{"type":"job"}'),
    "another-run": lambda channel: (channel.send(STARTED), channel.send(result(0, run=JOB["argv"][-1]))),
    "another-pod": lambda channel: (channel.send(STARTED), channel.send(result(0, podUID=JOB["argv"][-1]))),
    "no-start": lambda channel: channel.send(result(0)),
    "started-twice": lambda channel: (channel.send(STARTED), channel.send(STARTED)),
    "more-than-sent": lambda channel: (channel.send(STARTED), channel.send(result(0, b"never sent"))),
    "binary": lambda channel: channel.send(STARTED.encode(), first=0x82),
    "compressed": lambda channel: channel.send(STARTED, first=0xC1),
    "unmasked": lambda channel: channel.send(STARTED, mask=False),
    "not-utf8": lambda channel: channel.send(b'{"type":"\xff\xfe"}'),
    "oversized": lambda channel: channel.send('{"type":"' + "x" * (64 << 10) + '"}'),
    "huge": lambda channel: channel.send(bytes(1 << 20)),
    "fragments": lambda channel: [channel.send(b" " * 1000, first=0x01 if i == 0 else 0x00) for i in range(200)],
    "too-much-output": lambda channel: (channel.send(STARTED), [channel.send(output(b"x" * 30000)) for _ in range(4)]),
    "second-request": lambda channel: (channel.send(STARTED), again()),
    "forged-session": lambda channel: (channel.send(STARTED), again(base64.urlsafe_b64encode(bytes(48)).decode())),
    "anothers-session": lambda channel: (channel.send(STARTED), again(JOB["argv"][-1])),
    "lends-its-session": lends,
    "borrows-a-session": borrows,
    "tunnels": tunnels,
    "afterwards": afterwards,
    "recreated": recreated,
    "dribble": dribble,
    "deaf": deaf,
}

if ATTACK.startswith("idle"):
    time.sleep(600)


def begin():
    """The channel of this pod: asked for until there is an answer that counts, as the supervisor does. On a busy machine a request may take too long."""
    while True:
        try:
            channel = Channel(GATEWAY, TOKEN)
            if channel.status == "101":
                return channel
            print("answered", channel.status, flush=True)
        except OSError as error:
            print("asked in vain", type(error).__name__, flush=True)
        time.sleep(0.2)


first = begin()
JOB = first.read()
print("job", JOB["argv"][-1], flush=True)
try:
    ATTACKS[ATTACK](first)
except OSError as error:
    print("cut off", type(error).__name__, flush=True)
if ATTACK in ("deaf", "dribble"):
    time.sleep(600)  # A run ends when its pod does: these are to be cancelled first.
while True:
    last = first.read()
    print("heard", json.dumps(last), flush=True)
    if last["type"] == "closed":
        break
