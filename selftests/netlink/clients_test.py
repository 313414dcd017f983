# SPDX-License-Identifier: GPL-2.0
"""
Two encoders that are not ours, against the spec and against what the tool shows.

  clients_test.py YNL_DIRECTORY NL3_CLIENT
"""
import json
import sys

import tap
from tap import addr, equal, is_equal, run, title
from wire import SPEC

ynl_directory, nl3_client = sys.argv[1:]
sys.path.insert(0, ynl_directory)
from lib import NlError, YnlFamily  # noqa: E402

SCHEMA = f"{ynl_directory}/genetlink-legacy.yaml"
device = tap.devices("d0")
with title("C5 YNL: the spec fits its schema, and the family is there"):
    ynl = YnlFamily(SPEC, SCHEMA)


def shown(what):
    return json.loads(run("sgnl", "-j", what, "show"))


def refused(op, words, text, attr=None):
    try:
        ynl.do(op, words)
    except NlError as e:
        extack = e.nl_msg.extack or {}
        equal(text in extack.get("msg", ""), True, f"{text!r} in {extack}")
        if attr:
            equal(extack.get("bad-attr"), attr, "the attribute at fault")
        return
    raise AssertionError("it was taken")


with title("C5 YNL: group-add, group-set, group-get, and what sgnl shows"):
    ynl.do("group-add", {"name": "sg-a", "internal-policy": "drop", "description": "by ynl"})
    ynl.do("group-add", {"name": "1/sg-b", "type": "enterprise", "vpc": 0})
    ynl.do("group-set", {"name": "sg-a", "internal-policy": "accept"})
    one = ynl.do("group-get", {"name": "sg-a"})
    equal({k: one[k] for k in ("name", "type", "internal-policy", "vpc", "description", "rules")},
          {"name": "sg-a", "type": "basic", "internal-policy": "accept", "vpc": 0,
           "description": "by ynl", "rules": 0})
    equal([(g["name"], g["type"], g["vpc"], g["description"]) for g in shown("group")],
          sorted((g["name"], g["type"], g["vpc"], g.get("description", ""))
                 for g in ynl.dump("group-get", {})))
with title("C5 YNL: rule-add, rule-set, rule-get, and what sgnl shows"):
    reply = ynl.do("rule-add", {"group": "sg-a", "direction": "in", "policy": "deny", "priority": 3,
                                "proto": 6, "port-min": 80, "port-max": 90,
                                "peer-address": addr("2001:db8::ff"), "peer-prefix-len": 64,
                                "local-address": addr("fd00::1"), "source-port-min": 1,
                                "source-port-max": 1023, "description": "a rule"})
    ynl.do("rule-add", {"group": "sg-a", "direction": "out", "peer-group": "1/sg-b"})
    rows = ynl.dump("rule-get", {"group": "sg-a"})
    equal([r["id"] for r in rows], [reply["id"], reply["id"] + 1])
    equal(rows[0]["peer-address"], addr("2001:db8::"))
    equal([(r["id"], r["direction"], r["policy"], r["priority"], r["peer"], r["description"])
           for r in shown("rule")],
          [(f"sgr-{reply['id']}", "in", "deny", 3, "2001:db8::/64", "a rule"),
           (f"sgr-{reply['id'] + 1}", "out", "allow", 1, "1/sg-b", "")])
    ynl.do("rule-set", {"id": reply["id"], "group": "sg-a", "direction": "in",
                        "peer-address": addr("10.0.0.0"), "peer-prefix-len": 8})
    equal(ynl.do("rule-get", {"id": reply["id"]})["peer-prefix-len"], 8)
with title("C5 YNL: members and ports, and what sgnl shows"):
    ynl.do("member-add", {"group": "sg-a", "address": [addr("10.9.9.9"), addr("fd00::9")]})
    ynl.do("port-add", {"ifindex": device["d0"], "side": "self", "group": ["sg-a"],
                        "address": [addr("10.0.0.1"), addr("fd00::1")], "smtp": "private",
                        "ethertype": [0x88cc, 0x8863]})
    equal(sorted(m["address"] for m in ynl.dump("member-get", {"group": "sg-a"})),
          sorted([addr(a)] for a in ("10.0.0.1", "10.9.9.9", "fd00::1", "fd00::9")))
    port = ynl.do("port-get", {"ifindex": device["d0"]})
    equal((port["ifname"], port["side"], port["smtp"], port["group"], port["ethertype"]),
          ("d0", "self", "private", ["sg-a"], [0x88cc, 0x8863]))
    equal([(p["device"], p["addresses"], p["smtp"]) for p in shown("port")],
          [("d0", ["10.0.0.1", "fd00::1"], "private")])
    equal(ynl.dump("session-get", {"ifindex": device["d0"]}), [])
    equal(ynl.dump("stats-get", {})[0]["groups"], 2)
with title("C1 C2 YNL: a transaction"):
    generation = ynl.dump("stats-get", {})[0]["generation"]
    ynl.do("txn-begin", {})
    ynl.do("group-add", {"name": "sg-t"})
    ynl.do("member-del", {"group": "sg-a", "address": addr("10.9.9.9")})
    reply = ynl.do("txn-commit", {"expect": generation})
    equal(reply, {"generation": generation + 1, "changes": 2})
    ynl.do("group-del", {"name": "sg-t"})
with title("C5 YNL: errors have a text and name the attribute"):
    before = tap.save()
    refused("group-add", {"name": "web"}, "sg-NAME", ".name")
    refused("rule-add", {"group": "sg-a", "direction": 0, "priority": 101}, "range", ".priority")
    refused("group-del", {"name": "sg-a"}, "port d0 is in it")
    equal(tap.save(), before)
with title("C5 YNL: its command line"):
    done = run("/usr/bin/python3", f"{ynl_directory}/cli.py", "--spec", SPEC, "--schema", SCHEMA,
               "--do", "group-get", "--json", '{"name": "1/sg-b"}', "--output-json")
    equal(json.loads(done)["type"], "enterprise")
with title("C5 libnl-3: adds a group and a rule, and dumps what sgnl shows"):
    lines = run(nl3_client).splitlines()
    words = {"allow": 0, "deny": 1, "in": 0, "out": 1, "basic": 0, "enterprise": 1}
    rules = shown("rule")
    wanted = [f"group {g['name']} type {words[g['type']]} vpc {g['vpc']} rules {g['rules']}"
              for g in shown("group")]
    equal(sorted(line for line in lines if line.startswith("group ")), wanted)
    got = [line for line in lines if line.startswith("rule ")]
    equal(len(got), 3, "rules")
    for row, line in zip(rules, sorted(got, key=lambda line: int(line.split()[1][4:]))):
        text = (f"rule {row['id']} group {row['group']} direction {words[row['direction']]} "
                f"policy {words[row['policy']]} priority {row['priority']} peer {row['peer']}")
        equal(line.startswith(text), True, f"{line!r} begins with {text!r}")
    new = rules[-1]
    equal((new["group"], new["peer"], new["port"], new["protocol"], new["priority"], new["policy"],
           new["description"], new["direction"]),
          ("sg-nl3", "198.51.100.0/24", "443/8443", "tcp", 7, "deny", "by libnl", "out"))
    equal(lines[0], f"added {new['id']}")
is_equal(tap.run(nl3_client, check=False).returncode, 1,
         "C5 libnl-3: a group that exists is an error")
tap.end()
