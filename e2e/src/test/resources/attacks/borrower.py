"""Asks the gateway of argv[1] for a tunnel with the session of argv[2] to argv[3], and prints what comes of it."""
print("tunnel", tunnel(*sys.argv[1:4]), flush=True)
