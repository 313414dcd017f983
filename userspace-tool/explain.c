// SPDX-License-Identifier: GPL-2.0
/* What would become of a packet: made here from words, judged by the kernel. */
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "core/key.h"
#include "core/reason.h"
#include "error.h"
#include "explain.h"
#include "link.h"
#include "mem.h"
#include "object.h"
#include "print.h"
#include "state.h"
#include "text.h"

static const struct column columns[] = {
	{ "step", "STEP", 0 },
	{ "says", "SAYS", 0 },
	{ "reason", "REASON", 0 },
	{ "rule", "RULE", 0 },
	{ "part", "PART", 0 },
	{ "text", "TEXT", 0 },
	{},
};

/* Statements in the order of the protocol, and what each looks at. */
static const struct {
	const char *name;
	const char *text;
} statements[] = {
	{ "E0", "headers" },
	{ "E1", "address guard" },
	{ "S11", "fragments" },
	{ "E2", "platform traffic" },
	{ "E3", "live sessions" },
	{ "E4", "ICMP errors" },
	{ "E5", "mail" },
	{ "G9", "groups of the port" },
	{ "S5", "TCP that is no SYN" },
	{ "E6", "fellow members" },
	{ "E7", "rules" },
	{ "E8", "no rule matched" },
	{ "E9", "a session is opened" },
};

#define N_STATEMENTS (sizeof(statements) / sizeof(statements[0]))

static const char *const words_explain[] = { "type", "code",	  "id", "flags",
					     "vlan", "broadcast", NULL };

enum { WORD_TYPE, WORD_CODE, WORD_ID, WORD_FLAGS, WORD_VLAN, WORD_BROADCAST };

/* In the order of their bits. */
static const char *const words_flags[] = { "fin", "syn", "rst", "psh", "ack", "urg", NULL };

/* A rule's parts, as the words of rule add; the protocol's order. */
static const char *const words_part[] = {
	"none",	      "direction", "policy", "priority",    "protocol",	 "port", "sport", "peer",
	"peer group", "local",	   "family", "prefix list", "port list", "type", "code",  NULL,
};

/* Where clients' ports begin; what an unwritten source port is. */
#define SOURCE_PORT  49152
#define ICMP_BYTES   64
#define PACKET_BYTES 128

struct question {
	unsigned int ifindex;
	bool received; /* there; else @direction tells */
	uint8_t direction;
	uint16_t proto;
	struct args_endpoint src;
	struct args_endpoint dst;
	uint64_t given;
	uint8_t type;
	uint8_t code;
	uint16_t id;
	uint8_t flags;
	uint16_t vlan[SGNL_VLAN_DEPTH];
	size_t n_vlan;
};

struct step {
	uint8_t statement;
	uint8_t reason;
	bool decides;
};

struct passed {
	uint32_t id;
	uint8_t part;
};

struct explanation {
	VEC(struct step) steps;
	VEC(struct passed) passed;
	uint32_t rule;
	bool opens;
	bool has_session;
	uint8_t opener;
	uint8_t state;
	uint8_t opened_by;
	uint32_t session_rule;
	bool pending;
	bool has_answer;
	uint8_t answer_reason;
	uint32_t answer_rule;
};

static bool has_ports(const struct question *q)
{
	return q->proto == IPPROTO_TCP || q->proto == IPPROTO_UDP;
}

static bool is_icmp(const struct question *q)
{
	return q->proto == IPPROTO_ICMP || q->proto == IPPROTO_ICMPV6;
}

static uint8_t parse_flags(struct args *args)
{
	const char *expected = args_words(words_flags);
	char *text = strdupa(args_next(args, "flags", expected)), *word;
	uint8_t flags = 0;
	int bit;

	for (word = strtok(text, ","); word; word = strtok(NULL, ",")) {
		bit = args_find(words_flags, word);
		if (bit < 0)
			fail("flag \"%s\": expected %s", word, expected);
		flags |= 1 << bit;
	}
	return flags;
}

static uint8_t parse_byte(struct args *args, const char *what)
{
	return args_number(args_next(args, what, "0 to 255"), what, 0, 255, "0 to 255");
}

/* Words that belong to another protocol would say what they do not do. */
static void check_words(const struct question *q)
{
	bool v6 = q->src.address.family == SGNL_FAMILY_IPV6;

	if (q->src.address.family != q->dst.address.family)
		fail("addresses: expected two of the same family");
	if (is_icmp(q) && q->proto != (v6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP))
		fail("protocol: icmp is IPv4's and icmpv6 IPv6's");
	if (!has_ports(q) && (q->src.has_port || q->dst.has_port))
		fail("port: only tcp and udp have ports; none expected");
	if (has_ports(q) && !q->dst.has_port)
		fail("destination port missing: expected IPV4:PORT or [IPV6]:PORT");
	if (q->given & (1 << WORD_TYPE | 1 << WORD_CODE | 1 << WORD_ID) && !is_icmp(q))
		fail("type, code, id: expected with icmp and icmpv6 only");
	if (q->given & 1 << WORD_FLAGS && q->proto != IPPROTO_TCP)
		fail("flags: expected with tcp only");
}

static struct question parse(struct args *args)
{
	struct question q = { .flags = SGNL_TCP_SYN };

	q.ifindex = link_index(args_next(args, "device", "the device of a port"));
	q.direction = args_enum(args, "direction", words_direction);
	q.proto = args_protocol(args);
	q.type = q.proto == IPPROTO_ICMP ? 8 : 128;
	q.src = args_endpoint(args, "source");
	q.dst = args_endpoint(args, "destination");
	while (args_peek(args)) {
		switch (args_keyword(args, words_explain, &q.given)) {
		case WORD_TYPE:
			q.type = parse_byte(args, "type");
			break;
		case WORD_CODE:
			q.code = parse_byte(args, "code");
			break;
		case WORD_ID:
			q.id = args_number(args_next(args, "id", "0 to 65535"), "id", 0, 65535,
					   "0 to 65535");
			break;
		case WORD_FLAGS:
			q.flags = parse_flags(args);
			break;
		case WORD_VLAN:
			q.n_vlan = args_vlan(args, q.vlan);
			break;
		}
	}
	check_words(&q);
	if (!q.src.has_port)
		q.src.port = SOURCE_PORT;
	return q;
}

static void put16(unsigned char *bytes, uint16_t value)
{
	bytes[0] = value >> 8;
	bytes[1] = value;
}

/* What the kernel looks at of a transport header; all else is zero. */
static size_t make_transport(unsigned char *bytes, const struct question *q)
{
	if (is_icmp(q)) {
		bytes[0] = q->type;
		bytes[1] = q->code;
		put16(bytes + 4, q->id);
		return ICMP_BYTES;
	}
	if (has_ports(q)) {
		put16(bytes, q->src.port);
		put16(bytes + 2, q->dst.port);
	}
	if (q->proto == IPPROTO_TCP) {
		bytes[12] = 5 << 4;
		bytes[13] = q->flags;
		return 20;
	}
	if (q->proto == IPPROTO_UDP)
		put16(bytes + 4, 8);
	return q->proto == IPPROTO_UDP ? 8 : 16;
}

/* Neighbour discovery and multicast listener discovery are told by it. */
static uint8_t hop_limit(const struct question *q)
{
	if (q->proto != IPPROTO_ICMPV6)
		return 64;
	if (q->type >= 133 && q->type <= 137)
		return 255;
	return (q->type >= 130 && q->type <= 132) || q->type == 143 ? 1 : 64;
}

static size_t make_packet(unsigned char *bytes, const struct question *q)
{
	bool v6 = q->src.address.family == SGNL_FAMILY_IPV6;
	size_t header = v6 ? 40 : 20;
	size_t n = make_transport(bytes + header, q);
	unsigned char *ends = bytes + (v6 ? 8 : 12);

	bytes[0] = v6 ? 0x60 : 0x45;
	put16(bytes + (v6 ? 4 : 2), v6 ? n : header + n);
	bytes[v6 ? 6 : 9] = q->proto;
	bytes[v6 ? 7 : 8] = hop_limit(q);
	ends += sgnl_addr_write(ends, &q->src.address.addr, q->src.address.family);
	sgnl_addr_write(ends, &q->dst.address.addr, q->dst.address.family);
	return header + n;
}

static void get_step(struct step *step, const struct nlattr *nest)
{
	const struct nlattr *attr;

	*step = (struct step){};
	mnl_attr_for_each_nested(attr, nest) {
		switch (mnl_attr_get_type(attr)) {
		case SGNL_A_STEP_STATEMENT:
			step->statement = attr_u8(attr);
			break;
		case SGNL_A_STEP_REASON:
			step->reason = attr_u8(attr);
			step->decides = true;
			break;
		}
	}
}

static void get_passed(struct passed *passed, const struct nlattr *nest)
{
	const struct nlattr *attr;

	*passed = (struct passed){};
	mnl_attr_for_each_nested(attr, nest) {
		switch (mnl_attr_get_type(attr)) {
		case SGNL_A_PASSED_RULE_ID:
			passed->id = attr_u32(attr);
			break;
		case SGNL_A_PASSED_RULE_PART:
			passed->part = attr_u8(attr);
			break;
		}
	}
}

static void get_session(struct explanation *e, const struct nlattr *nest)
{
	const struct nlattr *attr;

	e->has_session = true;
	mnl_attr_for_each_nested(attr, nest) {
		switch (mnl_attr_get_type(attr)) {
		case SGNL_A_EXPLAIN_SESSION_OPENER:
			e->opener = attr_u8(attr);
			break;
		case SGNL_A_EXPLAIN_SESSION_STATE:
			e->state = attr_u8(attr);
			break;
		case SGNL_A_EXPLAIN_SESSION_REASON:
			e->opened_by = attr_u8(attr);
			break;
		case SGNL_A_EXPLAIN_SESSION_RULE:
			e->session_rule = attr_u32(attr);
			break;
		case SGNL_A_EXPLAIN_SESSION_PENDING:
			e->pending = true;
			break;
		}
	}
}

static void get_explanation(const struct nlmsghdr *nlh, void *data)
{
	struct explanation *e = data;
	const struct nlattr *attr;

	attr_for_each(attr, nlh) {
		switch (mnl_attr_get_type(attr)) {
		case SGNL_A_EXPLAIN_STEP:
			get_step(vec_add(&e->steps), attr);
			break;
		case SGNL_A_EXPLAIN_RULE:
			e->rule = attr_u32(attr);
			break;
		case SGNL_A_EXPLAIN_PASSED_RULE:
			get_passed(vec_add(&e->passed), attr);
			break;
		case SGNL_A_EXPLAIN_SESSION:
			get_session(e, attr);
			break;
		case SGNL_A_EXPLAIN_OPENS:
			e->opens = true;
			break;
		case SGNL_A_EXPLAIN_ANSWER_REASON:
			e->has_answer = true;
			e->answer_reason = attr_u8(attr);
			break;
		case SGNL_A_EXPLAIN_ANSWER_RULE:
			e->answer_rule = attr_u32(attr);
			break;
		}
	}
}

static int try_ask(const struct question *q, enum explain_by by, struct explanation *e)
{
	unsigned char packet[PACKET_BYTES] = {};
	size_t n = make_packet(packet, q), i;
	char room[KERNEL_MESSAGE_MAX];
	struct nlmsghdr *nlh;

	nlh = kernel_message(room, SGNL_CMD_EXPLAIN_GET);
	mnl_attr_put_u32(nlh, SGNL_A_EXPLAIN_IFINDEX, q->ifindex);
	if (!q->received)
		mnl_attr_put_u8(nlh, SGNL_A_EXPLAIN_DIRECTION, q->direction);
	mnl_attr_put(nlh, SGNL_A_EXPLAIN_PACKET, n, packet);
	for (i = 0; i < q->n_vlan; i++)
		mnl_attr_put_u16(nlh, SGNL_A_EXPLAIN_VLAN, q->vlan[i]);
	if (q->given & 1 << WORD_BROADCAST)
		mnl_attr_put(nlh, SGNL_A_EXPLAIN_BROADCAST, 0, NULL);
	if (by == EXPLAIN_BY_QUEUED)
		mnl_attr_put(nlh, SGNL_A_EXPLAIN_QUEUED, 0, NULL);
	else if (by == EXPLAIN_BY_CANDIDATE)
		mnl_attr_put(nlh, SGNL_A_EXPLAIN_CANDIDATE, 0, NULL);
	return kernel_talk(nlh, get_explanation, e);
}

static struct explanation ask(const struct question *q)
{
	struct explanation e = {};

	if (try_ask(q, EXPLAIN_BY_STATE, &e))
		fail_kernel("%s", kernel_failure.text);
	return e;
}

static bool passes(uint8_t reason)
{
	return reason <= SGNL_REASON_MAX && sgnl_reasons[reason].passes;
}

bool explain_passes(unsigned int ifindex, const struct args_endpoint *from,
		    const struct args_endpoint *to, enum explain_by by, uint32_t *rule)
{
	const struct question q = {
		.ifindex = ifindex,
		.received = true,
		.proto = IPPROTO_TCP,
		.src = *from,
		.dst = *to,
		.flags = SGNL_TCP_SYN,
	};
	struct explanation e = {};
	int error = try_ask(&q, by, &e);

	*rule = 0;
	if (error)
		return error != -EACCES;
	*rule = e.rule;
	/* The last step decides. */
	if (!e.steps.n || !passes(e.steps.v[e.steps.n - 1].reason))
		return false;
	*rule = e.answer_rule;
	return !e.has_answer || passes(e.answer_reason);
}

/* A rule's words, as they are by now; it may be gone again. */
static const char *rule_text(const struct state *rules, uint32_t id)
{
	size_t i;

	for (i = 0; i < rules->rules.n; i++)
		if (rules->rules.v[i].core.id == id)
			return rule_words(&rules->rules.v[i]);
	return NULL;
}

static void print_verdict(const char *step, uint8_t reason, uint32_t rule, const char *text)
{
	bool known = reason <= SGNL_REASON_MAX;
	json_t *row = row_one("step", step);

	row_text(row, "says", known && sgnl_reasons[reason].passes ? "pass" : "drop");
	row_text(row, "reason", reason_text(reason));
	if (rule)
		row_text(row, "rule", rule_id_text(rule));
	row_text(row, "text", text ? text : known ? sgnl_reasons[reason].text : "");
	print_row(row, NULL);
}

static void print_goes_on(const char *step, uint32_t rule, const char *part, const char *text)
{
	json_t *row = row_one("step", step);

	row_text(row, "says", "goes on");
	if (rule)
		row_text(row, "rule", rule_id_text(rule));
	row_text(row, "part", part);
	row_text(row, "text", text);
	print_row(row, NULL);
}

static const char *session_text(const struct explanation *e)
{
	const char *rule = e->session_rule ? rule_id_text(e->session_rule) : "";

	return mem_printf("session %s, opened %s by %s%s%s%s",
			  word_text(words_session_state, e->state),
			  word_text(words_direction, e->opener), reason_text(e->opened_by),
			  *rule ? " " : "", rule, e->pending ? ", judged again" : "");
}

static void print_step(const struct explanation *e, const struct step *step,
		       const struct state *rules)
{
	bool known = step->statement < N_STATEMENTS;
	const char *name = known ? statements[step->statement].name : "?";
	const char *text = known ? statements[step->statement].text : "";
	size_t i;

	if (step->statement == SGNL_STATEMENT_E3 && e->has_session)
		text = session_text(e);
	if (step->statement == SGNL_STATEMENT_E7)
		for (i = 0; i < e->passed.n; i++)
			print_goes_on(name, e->passed.v[i].id,
				      word_text(words_part, e->passed.v[i].part),
				      rule_text(rules, e->passed.v[i].id));
	if (!step->decides) {
		print_goes_on(name, 0, NULL, text);
		return;
	}
	if (e->rule && step->statement != SGNL_STATEMENT_E9)
		text = rule_text(rules, e->rule);
	else if (step->statement != SGNL_STATEMENT_E3)
		text = NULL;
	print_verdict(name, step->reason, e->rule, text);
}

static void print_opens(void)
{
	json_t *row = row_one("step", statements[SGNL_STATEMENT_E9].name);

	row_text(row, "says", "opens");
	row_text(row, "text", statements[SGNL_STATEMENT_E9].text);
	print_row(row, NULL);
}

static void explain(struct args *args)
{
	struct question q = parse(args);
	struct explanation e = ask(&q);
	struct state rules = {};
	size_t i;

	if (e.passed.n || e.rule || e.answer_rule)
		state_rules(&rules, NULL);
	print_begin(columns);
	for (i = 0; i < e.steps.n; i++)
		print_step(&e, &e.steps.v[i], &rules);
	if (e.opens)
		print_opens();
	if (e.has_answer)
		print_verdict("answer", e.answer_reason, e.answer_rule,
			      rule_text(&rules, e.answer_rule));
	print_end();
}

const struct object explain_object = {
	.name = "explain",
	.usage =
		"Usage: sgnl explain DEV in|out PROTO SOURCE DESTINATION [type 0-255] [code 0-255]\n"
		"                    [id 0-65535] [flags FLAG,...] [vlan ID[,ID]] [broadcast]\n"
		"PROTO := tcp | udp | icmp | icmpv6 | gre | 0-255\n"
		"SOURCE, DESTINATION := ADDRESS | IPV4:PORT | [IPV6]:PORT\n"
		"FLAG := fin | syn | rst | psh | ack | urg\n",
	.run = explain,
};
