# A name server whose owner means harm. Its answers may be kept for no time at all; what they are, a name says by its first label. Prints each question.
# Arguments: a port, an address that tools are granted, and one that they are not.
import collections, itertools, socket, struct, sys

PORT, GRANTED, OTHER, METADATA = int(sys.argv[1]), sys.argv[2], sys.argv[3], "169.254.169.254"
A, CNAME, AAAA = 1, 5, 28

# By label: what is answered to questions for A, in turn, and always to those for AAAA.
ANSWERS = {
    "steady": ([[GRANTED]], []),
    "turns": ([[GRANTED], [OTHER]], []),
    "turns-to-metadata": ([[GRANTED], [METADATA]], []),
    "both": ([[GRANTED, OTHER]], []),
    "both-metadata": ([[GRANTED, METADATA]], []),
    "mapped": ([[GRANTED]], ["::ffff:" + OTHER]),
    "translated": ([[GRANTED]], ["64:ff9b::" + METADATA]),
    "cgnat": ([["100.64.0.1"]], []),
    "six-to-four": ([[GRANTED]], ["2002:a9fe:a9fe::1"]),
    "unique-local": ([[GRANTED]], ["fd00::1"]),
    "loopback": ([["127.0.0.1"]], []),
    "loopback-six": ([[GRANTED]], ["::1"]),
    "zero": ([["0.0.0.0"]], []),
    "alias": ([["kubernetes.default.svc.cluster.local"]], ["kubernetes.default.svc.cluster.local"]),
}
turns = collections.defaultdict(itertools.count)

def encoded(name):
    return b"".join(bytes([len(label)]) + label.encode() for label in name.split(".")) + b"\0"

def record(kind, value):
    if ":" not in value and value[0].isalpha():
        kind, data = CNAME, encoded(value)
    else:
        data = socket.inet_pton(socket.AF_INET if kind == A else socket.AF_INET6, value)
    return b"\xc0\x0c" + struct.pack(">HHIH", kind, 1, 0, len(data)) + data

def answer(query):
    labels, at = [], 12
    while query[at]:
        labels.append(query[at + 1:at + 1 + query[at]].decode().lower())
        at += 1 + query[at]
    kind, = struct.unpack_from(">H", query, at + 1)
    by_turns, always = ANSWERS.get(labels[0], ([[]], []))
    values = by_turns[next(turns[labels[0]]) % len(by_turns)] if kind == A else always if kind == AAAA else []
    print("asked", ".".join(labels), kind, *values, flush=True)
    records = [record(kind, value) for value in values]
    return query[:2] + struct.pack(">HHHHH", 0x8580, 1, len(records), 0, 0) + query[12:at + 5] + b"".join(records)

server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind(("", PORT))
print("listening", flush=True)
while True:
    query, peer = server.recvfrom(4096)
    server.sendto(answer(query), peer)
