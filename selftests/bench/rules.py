# SPDX-License-Identifier: GPL-2.0
"""Configurations, and sets of rules from a seed, the same for sgnl and for its peers; flows that they allow.

A rule is (proto, first port, last port, prefix of the peer, first source port, last source port, local prefix);
no two of `security_group()` meet, so that a map of nft can have them.
"""

import ipaddress
import random

TCP, UDP = 6, 17
NAMES = {TCP: "tcp", UDP: "udp"}
INSTANCE, INSTANCE6 = "10.0.0.5", "2001:db8::5"
NEIGHBOUR = "10.0.0.6"
ESTABLISHED = "ct state established,related accept"
SIMPLE = "meta l4proto { tcp, udp } accept"
BASIC = "group add sg-a type basic\n"
OPEN = """group add sg-a type enterprise
rule add sg-a out allow all to 0.0.0.0/0
rule add sg-a in allow all from 0.0.0.0/0
"""
OPEN6 = f"""{OPEN}rule add sg-a out allow all to ::/0
rule add sg-a in allow all from ::/0
"""
PORTS = f"""port add p0 side guest address {INSTANCE} group sg-a
port add p1 side guest address {NEIGHBOUR} group sg-a
"""
PORT6 = f"port add p0 side guest address {INSTANCE},{INSTANCE6} group sg-a"
ALL = 0, 65535
ANY = ipaddress.ip_network("0.0.0.0/0")

SERVICES = [20, 21, 22, 25, 53, 80, 110, 123, 143, 161, 389, 443, 465, 514, 587, 636, 873, 993, 995,
            1433, 1521, 1883, 2049, 2181, 2375, 2379, 2380, 3000, 3128, 3306, 3389, 4369, 5000,
            5044, 5060, 5432, 5601, 5671, 5672, 5900, 5984, 6379, 6443, 7001, 8000, 8080, 8081, 8086,
            8443, 8500, 8888, 9000, 9042, 9090, 9092, 9200, 9300, 9443, 10250, 11211, 15672, 27017]
# Ranges of ports lie each in a block of its own, above all single ones.
BLOCK, BLOCKS, FIRST_BLOCK = 256, 100, 30000
PEER_BITS = [32] * 45 + [28] * 10 + [24] * 25 + [20] * 8 + [16] * 10 + [12] * 2
LOCALS = [f"{INSTANCE}/32"] * 5 + ["10.0.0.0/24"] * 3 + ["10.0.7.0/24"] * 2
SPORTS = [ALL] * 3 + [(1024, 65535)] * 4 + [(32768, 60999)] * 2


def _ports(rnd):
    """(what no two rules with meeting peers may share, first, last)"""
    kind = rnd.random()
    if kind < 0.6:
        port = rnd.choice(SERVICES)
    elif kind < 0.85:
        port = rnd.randrange(12000, 20000)
    else:
        block = FIRST_BLOCK + BLOCK * rnd.randrange(BLOCKS)
        first = block + rnd.randrange(BLOCK // 2)
        return block, first, rnd.randrange(first, block + BLOCK)
    return port, port, port


def _peer(rnd):
    bits = rnd.choice(PEER_BITS)
    number = rnd.randrange(11 << 24, 100 << 24)
    return ipaddress.ip_network((number >> (32 - bits) << (32 - bits), bits))


def security_group(seed, count, fields=3):
    """Rules as people write them: mostly services of TCP, for single addresses and for networks."""
    rnd, rules, peers = random.Random(f"{seed} {fields}"), [], {}
    while len(rules) < count:
        proto = TCP if rnd.random() < 0.75 else UDP
        bucket, first, last = _ports(rnd)
        peer = _peer(rnd)
        there = peers.setdefault((proto, bucket), [])
        if any(peer.overlaps(other) for other in there):
            continue
        there.append(peer)
        five = fields == 5
        rules.append((proto, first, last, peer, *(rnd.choice(SPORTS) if five else ALL),
                      ipaddress.ip_network(rnd.choice(LOCALS)) if five else ANY))
    return rules


def adversarial(count):
    """Each rule but the last fails by one field alone: by the peer or by the port, in turn."""
    rules = []
    for n in range(count - 1):
        if n % 2:
            peer, ports = ipaddress.ip_network((11 << 24 | n << 8, 24)), (1, 65535)
        else:
            peer, ports = ipaddress.ip_network("64.0.0.0/3"), (1, 40000 + n)
        rules.append((TCP, *ports, peer, *ALL, ANY))
    return rules + [(TCP, 50000, 50000, ipaddress.ip_network("64.0.0.0/3"), *ALL, ANY)]


def shuffled(seed, count):
    """The numbers from 0 on, in an order that no prefetcher knows."""
    out = list(range(count))
    random.Random(seed).shuffle(out)
    return out


def flows(seed, rules, count):
    """Flows (proto, source, port, destination, port), each allowed by one of the rules at random."""
    rnd, out = random.Random(f"flows {seed}"), {}
    here = ipaddress.ip_address(INSTANCE)
    rules = [r for r in rules if here in r[6]]
    while len(out) < count:
        proto, first, last, peer, sfirst, slast, _ = rnd.choice(rules)
        src = peer.network_address + rnd.randrange(peer.num_addresses)
        out[proto, str(src), rnd.randint(max(sfirst, 1024), slast), INSTANCE,
            rnd.randint(first, last)] = None
    return list(out)


def crowd(proto, count):
    """So many flows from the instance to its neighbour."""
    return ((proto, INSTANCE, 1024 + n % 1000, NEIGHBOUR, 1024 + n // 1000) for n in range(count))


def as_sgnl(group, rules):
    """Commands of the tool."""
    out = []
    for proto, first, last, peer, sfirst, slast, local in rules:
        words = f"rule add {group} in allow {NAMES[proto]} port {first}/{last} from {peer}"
        if local != ANY:
            words += f" to {local}"
        if (sfirst, slast) != ALL:
            words += f" sport {max(sfirst, 1)}/{slast}"
        out.append(words)
    return "\n".join(out) + "\n"


def _range(first, last):
    return str(first) if first == last else f"{first}-{last}"


def as_chain(rules):
    """Rules of nft, one after the other."""
    out = []
    for proto, first, last, peer, sfirst, slast, local in rules:
        words = f"ip saddr {peer} "
        if local != ANY:
            words += f"ip daddr {local} "
        if (sfirst, slast) != ALL:
            words += f"{NAMES[proto]} sport {_range(sfirst, slast)} "
        out.append(f"{words}{NAMES[proto]} dport {_range(first, last)} accept")
    return "\n".join(out)


def as_maps(rules, fields=3, naive=False):
    """The same as one look-up a protocol: (maps, rules that look up).

    Fields are looked up one after the other, for all rules that the ones before left. So the expert begins
    with the address, whoever writes as rules are spoken with the port.
    """
    maps, lookups = [], []
    order = (1, 0) if naive else (0, 1)
    order += (2, 3) if fields == 5 else ()
    kinds = "ipv4_addr", "inet_service", "inet_service", "ipv4_addr"
    for proto, name in NAMES.items():
        keys = "ip saddr", f"{name} dport", f"{name} sport", "ip daddr"
        elements = []
        for _, first, last, peer, sfirst, slast, local in (r for r in rules if r[0] == proto):
            words = str(peer), _range(first, last), _range(sfirst, slast), str(local)
            elements.append(" . ".join(words[n] for n in order) + " : accept")
        maps.append(f"map for_{name} {{ type {' . '.join(kinds[n] for n in order)} : verdict; "
                    f"flags interval; elements = {{ {', '.join(elements)} }}; }}")
        lookups.append(" . ".join(keys[n] for n in order) + f" vmap @for_{name}")
    return "\n".join(maps), "\n".join(lookups)


def ruleset(*forward, extra="", hook="forward", family="ip"):
    """A table of nft that drops what no rule of its chain accepts."""
    text = "\n".join(forward)
    return f"""table {family} peer {{
{extra}
chain filter {{
type filter hook {hook} priority 0; policy drop;
{text}
}}
}}
"""


def mapped(maps, lookup):
    """One that looks new flows up."""
    return ruleset(ESTABLISHED, lookup, extra=maps)
