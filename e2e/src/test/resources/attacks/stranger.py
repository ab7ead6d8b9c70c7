"""Asks the gateway of argv[1] for a channel with each token of argv[2:], name=token, and prints what the gateway answers. Who gets a job tells a story of it."""
for name, _, token in (argument.partition("=") for argument in sys.argv[2:]):
    if token.startswith("/"):
        token = open(token).read()
    try:
        channel = Channel(sys.argv[1], token)
    except OSError as error:
        print(name, "no answer", type(error).__name__, flush=True)
        continue
    print(name, channel.status, "and more" if channel.more else "", flush=True)
    if channel.status == "101":
        print(name, "got", json.dumps(channel.read()), flush=True)
        story(channel, 0, b"told by " + name.encode())
        print(name, "told", channel.read()["type"], flush=True)
