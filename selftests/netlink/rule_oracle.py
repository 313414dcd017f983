# SPDX-License-Identifier: GPL-2.0
"""
What rule-add must take, and what the rule then is: written from the statements R1 to R4, R6 to R8,
R11 and R14, not from the module.
"""
import ipaddress
import time

TCP, UDP, ICMP, ICMPV6 = 6, 17, 1, 58


def ports(words, which, proto):
    """R3, R8: None, a range, or False if it is refused."""
    low, high = words.get(f"{which}port-min"), words.get(f"{which}port-max")
    if low is None and high is None:
        return None
    if low is None or high is None or proto not in (TCP, UDP):
        return False
    return (low, high) if 1 <= low <= high <= 65535 else False


def network(words, which):
    """R4: None, a network, or False if it is refused."""
    address, length = words.get(f"{which}-address"), words.get(f"{which}-prefix-len")
    if address is None:
        return None if length is None else False
    if len(address) not in (4, 16):
        return False
    bits = 8 * len(address)
    length = bits if length is None else length
    if length > bits:
        return False
    kind = ipaddress.IPv4Network if bits == 32 else ipaddress.IPv6Network
    return kind((address, length), strict=False)


def named_list(words, which, begin, lists):
    """R6: family and maximum of a list that is named, None if none is, or False if it is refused."""
    name = words.get(which)
    if name is None:
        return None
    return lists.get(name, False) if name.startswith(begin) else False


def judge(words, groups, lists):
    """The rule as it is shown (without its id), or None if it is refused. groups: vpc by name; lists:
    family (of prefixes) and maximum by name."""
    group, proto = words.get("group"), words.get("proto")
    if group not in groups or words.get("direction") not in (0, 1):
        return None
    if words.get("id", 1) < 1 or words.get("policy", 0) not in (0, 1):
        return None
    if not 1 <= words.get("priority", 1) <= 100:
        return None
    dport, sport = ports(words, "", proto), ports(words, "source-", proto)
    peer, local = network(words, "peer"), network(words, "local")
    if False in (dport, sport) or peer is False or local is False:
        return None
    prefixes = named_list(words, "peer-list", "pl-", lists)
    ports_named = named_list(words, "port-list", "prl-", lists)
    named = words.get("peer-group")
    if [named, peer, prefixes].count(None) != 2 or prefixes is False or ports_named is False:
        return None
    if prefixes and words.get("peer-prefix-len") is not None:
        return None
    # R3, R6, R7
    if ports_named and (dport or proto not in (TCP, UDP)):
        return None
    if (prefixes or (0, 1))[1] * (ports_named or (0, 1))[1] + 2 > 1000:
        return None
    # R14
    kind, code = words.get("icmp-type"), words.get("icmp-code")
    if kind is not None and proto not in (ICMP, ICMPV6) or code is not None and kind is None:
        return None
    expires = words.get("expires")
    if expires is not None and not time.time() < expires <= 253402300799:
        return None
    if named is not None and (words.get("peer-prefix-len") is not None or named == group or
                              groups.get(named) != groups[group]):
        return None
    # R4, R11: one family, and protocols that belong to one
    families = {net.version for net in (peer, local) if net is not None}
    families |= {prefixes[0]} if prefixes else set()
    families |= {4} if proto == ICMP else {6} if proto == ICMPV6 else set()
    if len(families) > 1:
        return None
    shown = {"group": group, "direction": words["direction"], "policy": words.get("policy", 0),
             "priority": words.get("priority", 1)}
    if proto is not None:
        shown["proto"] = proto
    shown |= {name: words[name] for name in ("icmp-type", "icmp-code", "expires") if words.get(name) is not None}
    for which, pair in ("", dport), ("source-", sport):
        if pair:
            shown[f"{which}port-min"], shown[f"{which}port-max"] = pair
    for which, net in ("peer", peer), ("local", local):
        if net is not None:
            shown[f"{which}-address"] = net.network_address.packed
            shown[f"{which}-prefix-len"] = net.prefixlen
    if named is not None:
        shown["peer-group"] = named
    for which in "peer-list", "port-list":
        if words.get(which) is not None:
            shown[which] = words[which]
    if words.get("description"):
        shown["description"] = words["description"]
    return shown
