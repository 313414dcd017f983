// SPDX-License-Identifier: GPL-2.0
/*
 * fuzz [OPERATIONS [SEED]]: requests and frames, mostly right and a little wrong, at random and in turn, while
 * devices come, go, and get other names. It looks at the answers: each request has one, a refusal says why,
 * and what was refused has changed nothing. The rest is for those that watch the kernel.
 *
 * The same seed gives the same operations. To be run in a network namespace of its own. TAP.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/genetlink.h>
#include <linux/if_packet.h>
#include <linux/if_tun.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <libmnl/libmnl.h>

#include <linux/sgnl.h>

enum {
	TAPS = 3,
	ATTRS_MAX = 16,
	PAYLOAD_MAX = 300,
	FRAME_MAX = 512,
	FRESH = 20000, /* operations, after which it starts from nothing */
};

#define LEN(array) (sizeof(array) / sizeof(*(array)))

static unsigned long operation, taken, refused, dumped, frames;

/* Random numbers: xorshift64* (Marsaglia 2003, Vigna 2016). */
static uint64_t state;

static uint32_t random_below(uint32_t n)
{
	state ^= state >> 12;
	state ^= state << 25;
	state ^= state >> 27;
	return (uint32_t)((state * 2685821657736338717ULL) >> 32) % n;
}

static bool one_in(uint32_t n)
{
	return !random_below(n);
}

static void fail(const char *format, ...)
{
	va_list args;

	printf("# operation %lu: ", operation);
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	printf("\nnot ok 1 - D3 R11 requests and frames at random\n1..1\n");
	exit(1);
}

/* What requests and frames have in common, so that they meet. */
static const char *const names[] = {
	"sg-a",	 "sg-b", "sg-c",  "acc/sg-d", "pl-a", "pl-b",	  "prl-a",
	"prl-b", "f*",	 "fuzz?", "",	      "sg-",  "\xff\xfe",
};

static const char *const addresses[] = {
	"10.0.0.5",	   "10.0.0.6",	 "10.9.0.1", "203.0.113.9",
	"100.100.100.200", "100.64.1.1", "0.0.0.0",  "255.255.255.255",
	"224.0.0.1",	   "fd00::5",	 "fd00::6",  "2001:db8::9",
	"fe80::1",	   "ff02::1",	 "::",	     "::ffff:10.0.0.5",
};

static const uint16_t ports[] = { 0,  1,  22,  25,  53,	  67,
				  68, 80, 546, 547, 1000, 65535 };

static int pick_address(uint8_t *to, int family)
{
	for (;;) {
		const char *text = addresses[random_below(LEN(addresses))];
		bool v6 = strchr(text, ':');

		if (family && family != (v6 ? AF_INET6 : AF_INET))
			continue;
		inet_pton(v6 ? AF_INET6 : AF_INET, text, to);
		return v6 ? 16 : 4;
	}
}

/* Devices: taps, whose both ends are here. */
static struct tap {
	int file;
	uint32_t ifindex;
	char name[IFNAMSIZ];
} tap[TAPS];

static int ioctls, packets;

static void tap_up(struct tap *t, bool up)
{
	struct ifreq ifr = {};

	memcpy(ifr.ifr_name, t->name, IFNAMSIZ);
	ifr.ifr_flags = up ? IFF_UP : 0;
	ioctl(ioctls, SIOCSIFFLAGS, &ifr);
}

static void tap_make(struct tap *t)
{
	struct ifreq ifr = { .ifr_flags = IFF_TAP | IFF_NO_PI };

	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "fuzz%u",
		 random_below(20) + 20 * (uint32_t)(t - tap));
	t->file = open("/dev/net/tun", O_RDWR | O_NONBLOCK);
	if (t->file < 0 || ioctl(t->file, TUNSETIFF, &ifr))
		fail("no tap %s: %s", ifr.ifr_name, strerror(errno));
	memcpy(t->name, ifr.ifr_name, IFNAMSIZ);
	t->ifindex = if_nametoindex(t->name);
	tap_up(t, true);
}

static void change_device(void)
{
	struct tap *t = &tap[random_below(TAPS)];
	struct ifreq ifr = {};

	switch (random_below(3)) {
	case 0:
		close(t->file);
		tap_make(t);
		return;
	case 1:
		tap_up(t, false);
		break;
	case 2:
		tap_up(t, false);
		memcpy(ifr.ifr_name, t->name, IFNAMSIZ);
		snprintf(ifr.ifr_newname, sizeof(ifr.ifr_newname), "%c%u",
			 "fx"[random_below(2)],
			 random_below(20) + 20 * (uint32_t)(t - tap));
		if (!ioctl(ioctls, SIOCSIFNAME, &ifr))
			memcpy(t->name, ifr.ifr_newname, IFNAMSIZ);
	}
	tap_up(t, true);
}

/* Requests: right ones to begin with. */
enum kind { STR, U8, U16, U32, SOON, ADDR, PREFIX, RANGE, DEV, FLAG, PACKET };

static const struct request {
	uint8_t cmd;
	bool dump;
	struct {
		uint16_t type;
		enum kind kind;
		const char *text;
	} attr[ATTRS_MAX];
} requests[] = {
	{ SGNL_CMD_TXN_BEGIN, false, {} },
	{ SGNL_CMD_TXN_COMMIT, false, {} },
	{ SGNL_CMD_TXN_COMMIT, false, { { SGNL_A_TXN_SESSIONS, U8, "1" } } },
	{ SGNL_CMD_TXN_COMMIT, false, { { SGNL_A_TXN_SESSIONS, U8, "2" } } },
	{ SGNL_CMD_SESSION_PREVIEW, true, {} },
	{ SGNL_CMD_TXN_COMMIT, false, { { SGNL_A_TXN_CONFIRM, U32, "3600" } } },
	{ SGNL_CMD_TXN_CONFIRM, false, {} },
	{ SGNL_CMD_TXN_ROLLBACK, false, {} },
	{ SGNL_CMD_TXN_ABORT, false, {} },
	{ SGNL_CMD_GROUP_ADD, false, { { SGNL_A_GROUP_NAME, STR, "sg-a" } } },
	{ SGNL_CMD_GROUP_ADD,
	  false,
	  { { SGNL_A_GROUP_NAME, STR, "sg-b" },
	    { SGNL_A_GROUP_DESCRIPTION, STR, "x" } } },
	{ SGNL_CMD_GROUP_ADD,
	  false,
	  { { SGNL_A_GROUP_NAME, STR, "sg-c" },
	    { SGNL_A_GROUP_TYPE, U8, "1" },
	    { SGNL_A_GROUP_VPC, U32, "7" } } },
	{ SGNL_CMD_GROUP_SET,
	  false,
	  { { SGNL_A_GROUP_NAME, STR, "sg-a" },
	    { SGNL_A_GROUP_INTERNAL_POLICY, U8, "1" } } },
	{ SGNL_CMD_GROUP_DEL, false, { { SGNL_A_GROUP_NAME, STR, "sg-b" } } },
	{ SGNL_CMD_GROUP_GET, false, { { SGNL_A_GROUP_NAME, STR, "sg-a" } } },
	{ SGNL_CMD_GROUP_GET, true, {} },
	{ SGNL_CMD_RULE_ADD,
	  false,
	  { { SGNL_A_RULE_GROUP, STR, "sg-a" },
	    { SGNL_A_RULE_DIRECTION, U8, "0" },
	    { SGNL_A_RULE_PROTO, U8, "6" },
	    { SGNL_A_RULE_PORT_MIN, U16, "22" },
	    { SGNL_A_RULE_PORT_MAX, U16, "80" },
	    { SGNL_A_RULE_PEER_ADDRESS, ADDR, "10.0.0.0" },
	    { SGNL_A_RULE_PEER_PREFIX_LEN, U8, "8" } } },
	{ SGNL_CMD_RULE_ADD,
	  false,
	  { { SGNL_A_RULE_GROUP, STR, "sg-a" },
	    { SGNL_A_RULE_DIRECTION, U8, "1" },
	    { SGNL_A_RULE_POLICY, U8, "1" },
	    { SGNL_A_RULE_PRIORITY, U8, "9" },
	    { SGNL_A_RULE_PROTO, U8, "17" },
	    { SGNL_A_RULE_PEER_ADDRESS, ADDR, "::" },
	    { SGNL_A_RULE_PEER_PREFIX_LEN, U8, "0" },
	    { SGNL_A_RULE_DESCRIPTION, STR, "y" } } },
	{ SGNL_CMD_RULE_ADD,
	  false,
	  { { SGNL_A_RULE_GROUP, STR, "sg-b" },
	    { SGNL_A_RULE_DIRECTION, U8, "0" },
	    { SGNL_A_RULE_PEER_GROUP, STR, "sg-a" } } },
	{ SGNL_CMD_RULE_ADD,
	  false,
	  { { SGNL_A_RULE_GROUP, STR, "sg-a" },
	    { SGNL_A_RULE_DIRECTION, U8, "0" },
	    { SGNL_A_RULE_PROTO, U8, "6" },
	    { SGNL_A_RULE_PEER_LIST, STR, "pl-a" },
	    { SGNL_A_RULE_PORT_LIST, STR, "prl-a" } } },
	{ SGNL_CMD_RULE_ADD,
	  false,
	  { { SGNL_A_RULE_GROUP, STR, "sg-a" },
	    { SGNL_A_RULE_DIRECTION, U8, "0" },
	    { SGNL_A_RULE_PROTO, U8, "17" },
	    { SGNL_A_RULE_PEER_ADDRESS, ADDR, "203.0.113.9" },
	    { SGNL_A_RULE_LOCAL_ADDRESS, ADDR, "10.0.0.0" },
	    { SGNL_A_RULE_LOCAL_PREFIX_LEN, U8, "24" },
	    { SGNL_A_RULE_SOURCE_PORT_MIN, U16, "53" },
	    { SGNL_A_RULE_SOURCE_PORT_MAX, U16, "1000" } } },
	{ SGNL_CMD_RULE_ADD,
	  false,
	  { { SGNL_A_RULE_GROUP, STR, "sg-a" },
	    { SGNL_A_RULE_DIRECTION, U8, "0" },
	    { SGNL_A_RULE_PROTO, U8, "1" },
	    { SGNL_A_RULE_PEER_ADDRESS, ADDR, "10.0.0.0" },
	    { SGNL_A_RULE_PEER_PREFIX_LEN, U8, "8" },
	    { SGNL_A_RULE_ICMP_TYPE, U8, "8" },
	    { SGNL_A_RULE_ICMP_CODE, U8, "0" },
	    { SGNL_A_RULE_EXPIRES, SOON, "" } } },
	{ SGNL_CMD_RULE_SET,
	  false,
	  { { SGNL_A_RULE_ID, U32, "1" },
	    { SGNL_A_RULE_PRIORITY, U8, "50" } } },
	{ SGNL_CMD_RULE_SET,
	  false,
	  { { SGNL_A_RULE_ID, U32, "2" }, { SGNL_A_RULE_POLICY, U8, "1" } } },
	{ SGNL_CMD_RULE_DEL, false, { { SGNL_A_RULE_ID, U32, "3" } } },
	{ SGNL_CMD_RULE_DEL,
	  false,
	  { { SGNL_A_RULE_GROUP, STR, "sg-b" },
	    { SGNL_A_RULE_DIRECTION, U8, "0" },
	    { SGNL_A_RULE_PEER_GROUP, STR, "sg-a" } } },
	{ SGNL_CMD_RULE_GET, false, { { SGNL_A_RULE_ID, U32, "1" } } },
	{ SGNL_CMD_RULE_GET, true, {} },
	{ SGNL_CMD_MEMBER_ADD,
	  false,
	  { { SGNL_A_MEMBER_GROUP, STR, "sg-a" },
	    { SGNL_A_MEMBER_ADDRESS, ADDR, "10.9.0.1" } } },
	{ SGNL_CMD_MEMBER_ADD,
	  false,
	  { { SGNL_A_MEMBER_GROUP, STR, "sg-b" },
	    { SGNL_A_MEMBER_ADDRESS, ADDR, "fd00::6" },
	    { SGNL_A_MEMBER_ADDRESS, ADDR, "10.9.0.2" },
	    { SGNL_A_MEMBER_ADDRESS, ADDR, "10.9.0.1" } } },
	{ SGNL_CMD_MEMBER_DEL,
	  false,
	  { { SGNL_A_MEMBER_GROUP, STR, "sg-a" },
	    { SGNL_A_MEMBER_ADDRESS, ADDR, "10.9.0.1" } } },
	{ SGNL_CMD_MEMBER_GET, true, { { SGNL_A_MEMBER_GROUP, STR, "sg-a" } } },
	{ SGNL_CMD_PORT_ADD,
	  false,
	  { { SGNL_A_PORT_IFINDEX, DEV, "0" },
	    { SGNL_A_PORT_SIDE, U8, "0" },
	    { SGNL_A_PORT_GROUP, STR, "sg-a" },
	    { SGNL_A_PORT_ADDRESS, ADDR, "10.0.0.5" },
	    { SGNL_A_PORT_ADDRESS, ADDR, "fd00::5" } } },
	{ SGNL_CMD_PORT_ADD,
	  false,
	  { { SGNL_A_PORT_IFINDEX, DEV, "1" },
	    { SGNL_A_PORT_SIDE, U8, "1" },
	    { SGNL_A_PORT_GROUP, STR, "sg-b" },
	    { SGNL_A_PORT_FOLLOW, U8, "1" } } },
	{ SGNL_CMD_PORT_ADD,
	  false,
	  { { SGNL_A_PORT_IFINDEX, DEV, "2" },
	    { SGNL_A_PORT_SIDE, U8, "0" },
	    { SGNL_A_PORT_TRUNK, U8, "1" },
	    { SGNL_A_PORT_SESSIONS_MAX, U32, "1000" },
	    { SGNL_A_PORT_ADOPT, U16, "30" },
	    { SGNL_A_PORT_ETHERTYPE, U16, "35085" } } },
	{ SGNL_CMD_PORT_SET,
	  false,
	  { { SGNL_A_PORT_IFINDEX, DEV, "0" },
	    { SGNL_A_PORT_GUARD, U8, "0" },
	    { SGNL_A_PORT_PMTUD, U8, "1" },
	    { SGNL_A_PORT_SMTP, U8, "2" },
	    { SGNL_A_PORT_IDLE_OTHER, U16, "60" },
	    { SGNL_A_PORT_IDLE_ESTABLISHED, U16, "900" },
	    { SGNL_A_PORT_IDLE_CLOSING, U16, "9" } } },
	{ SGNL_CMD_PORT_SET,
	  false,
	  { { SGNL_A_PORT_IFINDEX, DEV, "0" },
	    { SGNL_A_PORT_CLEAR_ADDRESS, FLAG, "" },
	    { SGNL_A_PORT_CLEAR_ETHERTYPE, FLAG, "" } } },
	{ SGNL_CMD_PORT_DEL, false, { { SGNL_A_PORT_IFINDEX, DEV, "0" } } },
	{ SGNL_CMD_PORT_JOIN,
	  false,
	  { { SGNL_A_PORT_IFINDEX, DEV, "2" },
	    { SGNL_A_PORT_GROUP, STR, "sg-a" } } },
	{ SGNL_CMD_PORT_LEAVE,
	  false,
	  { { SGNL_A_PORT_IFINDEX, DEV, "0" },
	    { SGNL_A_PORT_GROUP, STR, "sg-a" } } },
	{ SGNL_CMD_PORT_MOVE,
	  false,
	  { { SGNL_A_PORT_IFINDEX, DEV, "1" },
	    { SGNL_A_PORT_GROUP, STR, "sg-a" } } },
	{ SGNL_CMD_PORT_GET, false, { { SGNL_A_PORT_IFINDEX, DEV, "0" } } },
	{ SGNL_CMD_PORT_GET, true, {} },
	{ SGNL_CMD_SESSION_GET, true, {} },
	{ SGNL_CMD_SESSION_GET, true, { { SGNL_A_SESSION_IFINDEX, DEV, "0" } } },
	{ SGNL_CMD_SESSION_ADD,
	  false,
	  { { SGNL_A_SESSION_IFINDEX, DEV, "0" },
	    { SGNL_A_SESSION_PROTO, U8, "6" },
	    { SGNL_A_SESSION_LOCAL_ADDRESS, ADDR, "10.0.0.5" },
	    { SGNL_A_SESSION_LOCAL_PORT, U16, "80" },
	    { SGNL_A_SESSION_PEER_ADDRESS, ADDR, "203.0.113.9" },
	    { SGNL_A_SESSION_PEER_PORT, U16, "1000" },
	    { SGNL_A_SESSION_OPENER, U8, "0" },
	    { SGNL_A_SESSION_PHASE, U8, "2" },
	    { SGNL_A_SESSION_RESET_BY, U8, "0" },
	    { SGNL_A_SESSION_AGE, U32, "5" },
	    { SGNL_A_SESSION_IDLE, U32, "5" } } },
	{ SGNL_CMD_SESSION_ADD,
	  false,
	  { { SGNL_A_SESSION_IFINDEX, DEV, "1" },
	    { SGNL_A_SESSION_PROTO, U8, "58" },
	    { SGNL_A_SESSION_LOCAL_ADDRESS, ADDR, "fd00::5" },
	    { SGNL_A_SESSION_LOCAL_PORT, U16, "80" },
	    { SGNL_A_SESSION_PEER_ADDRESS, ADDR, "2001:db8::9" },
	    { SGNL_A_SESSION_PEER_PORT, U16, "80" },
	    { SGNL_A_SESSION_OPENER, U8, "1" },
	    { SGNL_A_SESSION_PHASE, U8, "6" },
	    { SGNL_A_SESSION_AGE, U32, "900" },
	    { SGNL_A_SESSION_IDLE, U32, "900" },
	    { SGNL_A_SESSION_VLAN, U16, "5" } } },
	{ SGNL_CMD_STATS_GET, true, {} },
	{ SGNL_CMD_PLATFORM_SET,
	  false,
	  { { SGNL_A_PLATFORM_ITEM, U8, "3" },
	    { SGNL_A_PLATFORM_SWITCH, U8, "1" } } },
	{ SGNL_CMD_PLATFORM_SET,
	  false,
	  { { SGNL_A_PLATFORM_ITEM, U8, "6" },
	    { SGNL_A_PLATFORM_PREFIX, PREFIX, "100.64.0.0" },
	    { SGNL_A_PLATFORM_PREFIX, PREFIX, "fd00::" } } },
	{ SGNL_CMD_PLATFORM_GET, true, {} },
	{ SGNL_CMD_GUARD_ADD, false, { { SGNL_A_GUARD_PATTERN, STR, "f*" } } },
	{ SGNL_CMD_GUARD_DEL, false, { { SGNL_A_GUARD_PATTERN, STR, "f*" } } },
	{ SGNL_CMD_GUARD_GET, true, {} },
	{ SGNL_CMD_EXPLAIN_GET,
	  false,
	  { { SGNL_A_EXPLAIN_IFINDEX, DEV, "0" },
	    { SGNL_A_EXPLAIN_DIRECTION, U8, "0" },
	    { SGNL_A_EXPLAIN_PACKET, PACKET, "" } } },
	{ SGNL_CMD_EXPLAIN_GET,
	  false,
	  { { SGNL_A_EXPLAIN_IFINDEX, DEV, "1" },
	    { SGNL_A_EXPLAIN_DIRECTION, U8, "1" },
	    { SGNL_A_EXPLAIN_PACKET, PACKET, "" },
	    { SGNL_A_EXPLAIN_VLAN, U16, "5" },
	    { SGNL_A_EXPLAIN_BROADCAST, FLAG, "" } } },
	{ SGNL_CMD_LIST_ADD,
	  false,
	  { { SGNL_A_LIST_NAME, STR, "pl-a" },
	    { SGNL_A_LIST_FAMILY, U8, "0" },
	    { SGNL_A_LIST_MAX_ENTRIES, U16, "5" },
	    { SGNL_A_LIST_PREFIX, PREFIX, "10.0.0.0" } } },
	{ SGNL_CMD_LIST_ADD,
	  false,
	  { { SGNL_A_LIST_NAME, STR, "prl-a" },
	    { SGNL_A_LIST_MAX_ENTRIES, U16, "9" },
	    { SGNL_A_LIST_RANGE, RANGE, "80" } } },
	{ SGNL_CMD_LIST_SET,
	  false,
	  { { SGNL_A_LIST_NAME, STR, "pl-a" },
	    { SGNL_A_LIST_CLEAR_ENTRIES, FLAG, "" },
	    { SGNL_A_LIST_DESCRIPTION, STR, "z" } } },
	{ SGNL_CMD_LIST_DEL, false, { { SGNL_A_LIST_NAME, STR, "pl-a" } } },
	{ SGNL_CMD_LIST_ENTRY_ADD,
	  false,
	  { { SGNL_A_LIST_NAME, STR, "pl-a" },
	    { SGNL_A_LIST_PREFIX, PREFIX, "10.0.0.0" } } },
	{ SGNL_CMD_LIST_ENTRY_ADD,
	  false,
	  { { SGNL_A_LIST_NAME, STR, "prl-a" },
	    { SGNL_A_LIST_RANGE, RANGE, "22" } } },
	{ SGNL_CMD_LIST_ENTRY_DEL,
	  false,
	  { { SGNL_A_LIST_NAME, STR, "prl-a" },
	    { SGNL_A_LIST_RANGE, RANGE, "22" } } },
	{ SGNL_CMD_LIST_GET, true, {} },
};

/* A request as it is sent */
struct message {
	uint8_t cmd;
	bool dump;
	unsigned int n;
	struct {
		uint16_t type, len;
		uint8_t data[PAYLOAD_MAX];
	} attr[ATTRS_MAX];
};

static unsigned int make_packet(uint8_t *to, unsigned int room);

static uint16_t payload(uint8_t *to, enum kind kind, const char *text)
{
	uint16_t u16[2] = { (uint16_t)atoi(text),
			    (uint16_t)(atoi(text) + random_below(9)) };
	uint32_t u32 = (uint32_t)atoi(text);
	uint64_t soon;
	int len;

	switch (kind) {
	case STR:
		memcpy(to, text, strlen(text) + 1);
		return (uint16_t)(strlen(text) + 1);
	case U8:
		*to = (uint8_t)u32;
		return 1;
	case U16:
		memcpy(to, u16, 2);
		return 2;
	case U32:
		memcpy(to, &u32, 4);
		return 4;
	case SOON:
		soon = (uint64_t)time(NULL) + random_below(4);
		memcpy(to, &soon, 8);
		return 8;
	case DEV:
		memcpy(to, &tap[u32].ifindex, 4);
		return 4;
	case ADDR:
	case PREFIX:
		len = strchr(text, ':') ? 16 : 4;
		inet_pton(len == 16 ? AF_INET6 : AF_INET, text, to);
		if (kind == PREFIX)
			to[len++] = (uint8_t)random_below(33);
		return (uint16_t)len;
	case RANGE:
		memcpy(to, u16, 4);
		return 4;
	case PACKET:
		return (uint16_t)make_packet(to, PAYLOAD_MAX);
	case FLAG:
		break;
	}
	return 0;
}

static void make_request(struct message *m)
{
	const struct request *from = &requests[random_below(LEN(requests))];

	m->cmd = from->cmd;
	m->dump = from->dump;
	for (m->n = 0; m->n < ATTRS_MAX && from->attr[m->n].type; m->n++) {
		m->attr[m->n].type = from->attr[m->n].type;
		m->attr[m->n].len = payload(m->attr[m->n].data,
					    from->attr[m->n].kind,
					    from->attr[m->n].text);
	}
}

/* Another value where there was one, by its length alone */
static void change_value(uint8_t *data, uint16_t *len)
{
	static const uint32_t numbers[] = { 0,	 1,	2,     7,
					    8,	 32,	33,    64,
					    100, 101,	128,   129,
					    255, 65535, 65536, 0xffffffff };
	uint32_t number = numbers[random_below(LEN(numbers))];
	const char *name;

	switch (*len) {
	case 1:
	case 2:
		memcpy(data, &number, *len);
		break;
	case 4:
		if (one_in(2))
			number = one_in(3) ? random_below(200) :
					     tap[random_below(TAPS)].ifindex;
		if (one_in(3))
			*len = (uint16_t)pick_address(data, 0);
		else
			memcpy(data, &number, 4);
		break;
	case 16:
		*len = (uint16_t)pick_address(data, 0);
		break;
	default:
		name = names[random_below(LEN(names))];
		*len = (uint16_t)(strlen(name) + 1);
		memcpy(data, name, *len);
	}
}

static void mutate(struct message *m)
{
	unsigned int i, at = m->n ? random_below(m->n) : 0;

	switch (random_below(10)) {
	case 0: /* one less */
		if (m->n)
			m->attr[at] = m->attr[--m->n];
		break;
	case 1: /* one more */
	case 2:
		if (m->n == ATTRS_MAX)
			break;
		at = m->n++;
		if (at && one_in(2))
			m->attr[at] = m->attr[random_below(at)];
		else
			m->attr[at].len = (uint16_t)random_below(20);
		m->attr[at].type = (uint16_t)random_below(SGNL_A_PORT_MAX + 3);
		break;
	case 3: /* another length */
		if (m->n)
			m->attr[at].len =
				(uint16_t)(one_in(4) ?
						   random_below(PAYLOAD_MAX) :
						   random_below(20));
		break;
	case 4: /* bits that some types have */
		if (m->n && one_in(4))
			m->attr[at].type |= one_in(2) ? NLA_F_NESTED :
							NLA_F_NET_BYTEORDER;
		break;
	case 5: /* noise */
		for (i = 0; m->n && i < m->attr[at].len; i++)
			if (one_in(4))
				m->attr[at].data[i] =
					(uint8_t)random_below(256);
		break;
	case 6: /* another request */
		m->cmd = (uint8_t)random_below(SGNL_CMD_MAX + 3);
		break;
	default:
		if (m->n)
			change_value(m->attr[at].data, &m->attr[at].len);
	}
}

static struct mnl_socket *sock, *events;
static uint16_t family = GENL_ID_CTRL;
static bool listening;
static uint8_t buffer[1 << 16];

static struct nlmsghdr *header(uint8_t cmd, uint16_t flags, uint8_t version)
{
	static uint32_t seq;
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buffer);
	struct genlmsghdr *genl;

	nlh->nlmsg_type = family;
	nlh->nlmsg_flags = NLM_F_REQUEST | flags;
	nlh->nlmsg_seq = ++seq;
	genl = mnl_nlmsg_put_extra_header(nlh, sizeof(*genl));
	*genl = (struct genlmsghdr){ .cmd = cmd, .version = version };
	return nlh;
}

/* Whether a refusal has a text, or names what is missing */
static bool gives_reason(const struct nlmsghdr *nlh)
{
	const struct nlmsgerr *e = mnl_nlmsg_get_payload(nlh);
	unsigned int skip = sizeof(*e);
	struct nlattr *attr;

	if (!(nlh->nlmsg_flags & NLM_F_CAPPED))
		skip += e->msg.nlmsg_len - sizeof(e->msg);
	if (nlh->nlmsg_flags & NLM_F_ACK_TLVS)
		mnl_attr_for_each(attr, nlh, skip)
			if (mnl_attr_get_type(attr) == NLMSGERR_ATTR_MSG ||
			    mnl_attr_get_type(attr) == NLMSGERR_ATTR_MISS_TYPE)
				return true;
	return false;
}

/* Sends what is in the buffer. Its error, and whether that came with a reason; `seen` is called for replies. */
static int talk(struct nlmsghdr *request, bool *told,
		void (*seen)(const struct nlmsghdr *))
{
	uint32_t seq = request->nlmsg_seq;
	static uint8_t answer[1 << 17];

	if (mnl_socket_sendto(sock, request, request->nlmsg_len) < 0)
		fail("send: %s", strerror(errno));
	for (;;) {
		int got =
			(int)mnl_socket_recvfrom(sock, answer, sizeof(answer));
		struct nlmsghdr *nlh = (struct nlmsghdr *)answer;

		if (got < 0)
			fail("no answer: %s", strerror(errno));
		for (; mnl_nlmsg_ok(nlh, got);
		     nlh = mnl_nlmsg_next(nlh, &got)) {
			if (nlh->nlmsg_seq != seq)
				continue;
			if (nlh->nlmsg_type == NLMSG_DONE) {
				*told = true;
				return *(int *)mnl_nlmsg_get_payload(nlh);
			}
			if (nlh->nlmsg_type == NLMSG_ERROR) {
				const struct nlmsgerr *e =
					mnl_nlmsg_get_payload(nlh);

				*told = gives_reason(nlh);
				return e->error;
			}
			if (seen)
				seen(nlh);
		}
	}
}

static uint64_t generation;
static bool
	waits; /* a commit, to be confirmed: it may be taken back at any time */

static void see_generation(const struct nlmsghdr *nlh)
{
	struct nlattr *attr;

	mnl_attr_for_each(attr, nlh, sizeof(struct genlmsghdr))
		if (mnl_attr_get_type(attr) == SGNL_A_STATS_GENERATION)
			generation = mnl_attr_get_u64(attr);
		else if (mnl_attr_get_type(attr) == SGNL_A_STATS_CONFIRM)
			waits = true;
}

static bool moves; /* something may change by itself, about now */

static void see_expiry(const struct nlmsghdr *nlh)
{
	const time_t slowest = 5; /* seconds that a check may take */
	struct nlattr *attr;

	mnl_attr_for_each(attr, nlh, sizeof(struct genlmsghdr))
		if (mnl_attr_get_type(attr) == SGNL_A_RULE_EXPIRES)
			moves |= mnl_attr_get_u64(attr) <=
				 (uint64_t)(time(NULL) + slowest);
}

/* The device's IPv6 addresses come and go a while after it did. */
static void see_follow(const struct nlmsghdr *nlh)
{
	struct nlattr *attr;

	mnl_attr_for_each(attr, nlh, sizeof(struct genlmsghdr))
		if (mnl_attr_get_type(attr) == SGNL_A_PORT_FOLLOW)
			moves |= mnl_attr_get_u8(attr);
}

/* Not even by itself can something change for a while. */
static bool stands_still(void)
{
	bool told;
	int err;

	moves = false;
	err = talk(header(SGNL_CMD_RULE_GET, NLM_F_DUMP, SGNL_FAMILY_VERSION),
		   &told, see_expiry);
	if (!err)
		err = talk(header(SGNL_CMD_PORT_GET, NLM_F_DUMP,
				  SGNL_FAMILY_VERSION),
			   &told, see_follow);
	if (err)
		fail("the state cannot be read: %s", strerror(-err));
	return !moves;
}

static uint64_t read_generation(void)
{
	bool told;
	int err;

	waits = false;
	err = talk(header(SGNL_CMD_STATS_GET, NLM_F_DUMP, SGNL_FAMILY_VERSION),
		   &told, see_generation);
	if (err)
		fail("the state cannot be read: %s", strerror(-err));
	return generation;
}

static void show(const struct message *m)
{
	unsigned int i, j;

	printf("# command %u%s", m->cmd, m->dump ? " (dump)" : "");
	for (i = 0; i < m->n; i++) {
		printf(" %u:", m->attr[i].type);
		for (j = 0; j < m->attr[i].len; j++)
			printf("%02x", m->attr[i].data[j]);
	}
	printf("\n");
}

static void send_request(void)
{
	bool told, check = one_in(8);
	static struct message m;
	struct nlmsghdr *nlh;
	uint64_t before = 0;
	unsigned int i;
	int err;

	make_request(&m);
	if (!one_in(3))
		for (i = 1 + random_below(3); i; i--)
			mutate(&m);
	if (check && stands_still())
		before = read_generation();
	check = before && !waits;
	nlh = header(m.cmd, m.dump ? NLM_F_DUMP : NLM_F_ACK,
		     SGNL_FAMILY_VERSION);
	for (i = 0; i < m.n; i++)
		mnl_attr_put(nlh, m.attr[i].type, m.attr[i].len,
			     m.attr[i].data);
	if (m.n &&
	    one_in(50)) /* the last attribute says that it is longer, or shorter, than it is */
		nlh->nlmsg_len -= random_below(2) * 4;
	err = talk(nlh, &told, NULL);
	if (!err) {
		taken++;
		dumped += m.dump;
		return;
	}
	refused++;
	/* What generic netlink itself says of a request that there is not has no text. */
	if (!told && err != -EOPNOTSUPP) {
		show(&m);
		fail("refused without a reason: %s", strerror(-err));
	}
	if (check && read_generation() != before) {
		show(&m);
		fail("refused, %s, and something has changed", strerror(-err));
	}
}

/* Frames */
static uint16_t fold(uint32_t sum)
{
	sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t) ~((sum & 0xffff) + (sum >> 16));
}

static unsigned int put16(uint8_t *to, unsigned int value)
{
	to[0] = (uint8_t)(value >> 8);
	to[1] = (uint8_t)value;
	return 2;
}

static unsigned int make_transport(uint8_t *to, unsigned int proto)
{
	static const uint8_t flags[] = { 0x02, 0x12, 0x10, 0x18, 0x11, 0x04,
					 0x14, 0x00, 0x03, 0x06, 0x29 };
	static const uint8_t icmp[] = { 0,   3,	  5,   8,   11,	 12, 128, 129,
					130, 133, 134, 135, 136, 1,  2,	  143 };

	memset(to, 0, 64);
	switch (proto) {
	case IPPROTO_TCP:
		put16(to, ports[random_below(LEN(ports))]);
		put16(to + 2, ports[random_below(LEN(ports))]);
		to[12] = 5 << 4;
		to[13] = flags[random_below(LEN(flags))];
		return 20 + random_below(8);
	case IPPROTO_UDP:
		put16(to, ports[random_below(LEN(ports))]);
		put16(to + 2, ports[random_below(LEN(ports))]);
		put16(to + 4, 12);
		return 12;
	case IPPROTO_ICMP:
	case IPPROTO_ICMPV6:
		to[0] = icmp[random_below(LEN(icmp))];
		to[1] = (uint8_t)random_below(5);
		to[5] = (uint8_t)random_below(3);
		if (one_in(2)) { /* the head of a packet that an error is about */
			to[8] = 0x45;
			to[11] = 40;
			to[17] = one_in(2) ? IPPROTO_TCP : IPPROTO_UDP;
			pick_address(to + 20, AF_INET);
			pick_address(to + 24, AF_INET);
			put16(to + 28, ports[random_below(LEN(ports))]);
			put16(to + 30, ports[random_below(LEN(ports))]);
			return 36;
		}
		return 8 + random_below(40);
	default:
		return random_below(24);
	}
}

static unsigned int make_ipv4(uint8_t *to)
{
	static const uint8_t protos[] = { IPPROTO_TCP,	IPPROTO_UDP,
					  IPPROTO_ICMP, IPPROTO_GRE,
					  IPPROTO_SCTP, 0,
					  253 };
	unsigned int words = one_in(8) ? 5 + random_below(11) : 5, len, i;
	uint32_t sum = 0;

	memset(to, 0, 60);
	to[0] = (uint8_t)(0x40 | words);
	put16(to + 4, random_below(4));
	if (one_in(5))
		put16(to + 6, (one_in(2) ? 0x2000 : 0) | random_below(8));
	to[8] = 64;
	to[9] = protos[random_below(LEN(protos))];
	pick_address(to + 12, AF_INET);
	pick_address(to + 16, AF_INET);
	for (i = 20; i < words * 4; i++)
		to[i] = (uint8_t)(one_in(2) ? 1 : random_below(256));
	len = words * 4 + make_transport(to + words * 4, to[9]);
	put16(to + 2, len);
	for (i = 0; i < words * 4; i += 2)
		sum += (uint32_t)to[i] << 8 | to[i + 1];
	put16(to + 10, fold(sum));
	return len;
}

static unsigned int make_ipv6(uint8_t *to)
{
	static const uint8_t protos[] = { IPPROTO_TCP, IPPROTO_UDP,
					  IPPROTO_ICMPV6, IPPROTO_NONE,
					  IPPROTO_GRE };
	static const uint8_t heads[] = { IPPROTO_HOPOPTS, IPPROTO_ROUTING,
					 IPPROTO_FRAGMENT, IPPROTO_AH,
					 IPPROTO_DSTOPTS };
	uint8_t *next = to + 6, *at = to + 40;
	unsigned int n;

	memset(to, 0, 40);
	to[0] = 0x60;
	to[7] = one_in(2) ? 255 : 64;
	pick_address(to + 8, AF_INET6);
	pick_address(to + 24, AF_INET6);
	for (n = one_in(3) ? random_below(10) : 0; n; n--) {
		*next = heads[random_below(LEN(heads))];
		memset(at, 0, 24);
		if (*next == IPPROTO_FRAGMENT)
			put16(at + 2, random_below(4) << 3 | random_below(2));
		else if (one_in(4))
			at[1] = (uint8_t)random_below(
				3); /* as all but AH have it */
		next = at;
		at += 8 * (at[1] + 1U);
	}
	*next = protos[random_below(LEN(protos))];
	at += make_transport(at, *next);
	put16(to + 4, (unsigned int)(at - to) - 40);
	return (unsigned int)(at - to);
}

static unsigned int make_packet(uint8_t *to, unsigned int room)
{
	static uint8_t packet[FRAME_MAX * 2];
	unsigned int len = one_in(2) ? make_ipv4(packet) : make_ipv6(packet);

	if (len > room)
		len = room;
	memcpy(to, packet, len);
	return len;
}

static void send_frame(void)
{
	static const uint16_t types[] = { 0x8100, 0x88a8, 0x9100 };
	struct tap *t = &tap[random_below(TAPS)];
	struct sockaddr_ll to = { .sll_family = AF_PACKET, .sll_halen = 6 };
	uint8_t frame[FRAME_MAX] = { 2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2 };
	unsigned int len = 12, i, n;

	if (one_in(10))
		memset(frame, 0xff, 6);
	for (i = one_in(6) ? random_below(4) : 0; i; i--) {
		len += put16(frame + len, types[random_below(LEN(types))]);
		len += put16(frame + len, random_below(4096));
	}
	if (one_in(12)) {
		len += put16(frame + len, 0x0806);
		memcpy(frame + len, "\0\1\10\0\6\4\0\1", 8);
		pick_address(frame + len + 14, AF_INET);
		pick_address(frame + len + 24, AF_INET);
		len += 28;
	} else {
		n = make_packet(frame + len + 2, FRAME_MAX - 100);
		put16(frame + len, frame[len + 2] >> 4 == 4 ? 0x0800 : 0x86dd);
		len += 2 + n;
	}
	if (one_in(3))
		for (i = 1 + random_below(4); i; i--)
			frame[random_below(len)] = (uint8_t)random_below(256);
	if (one_in(10))
		len = random_below(len + 1);
	if (len < 14)
		len = 14;
	frames++;
	to.sll_ifindex = (int)t->ifindex;
	if (one_in(2))
		(void)!write(t->file, frame, len);
	else
		sendto(packets, frame, len, 0, (struct sockaddr *)&to,
		       sizeof(to));
	/* What came through would fill the device's queue. */
	while (read(t->file, frame, sizeof(frame)) > 0)
		;
}

static void see_family(const struct nlmsghdr *nlh)
{
	struct nlattr *attr, *group, *part;

	mnl_attr_for_each(attr, nlh, sizeof(struct genlmsghdr)) {
		if (mnl_attr_get_type(attr) == CTRL_ATTR_FAMILY_ID)
			family = mnl_attr_get_u16(attr);
		if (mnl_attr_get_type(attr) != CTRL_ATTR_MCAST_GROUPS)
			continue;
		mnl_attr_for_each_nested(group, attr) {
			unsigned int id = 0;

			mnl_attr_for_each_nested(part, group)
				if (mnl_attr_get_type(part) ==
				    CTRL_ATTR_MCAST_GRP_ID)
					id = mnl_attr_get_u32(part);
			mnl_socket_setsockopt(events, NETLINK_ADD_MEMBERSHIP,
					      &id, sizeof(id));
			listening = true;
		}
	}
}

static struct mnl_socket *socket_open(void)
{
	struct mnl_socket *s = mnl_socket_open(NETLINK_GENERIC);
	struct timeval patience = { .tv_sec = 20 };
	int on = 1;

	if (!s || mnl_socket_bind(s, 0, MNL_SOCKET_AUTOPID) < 0)
		fail("no socket: %s", strerror(errno));
	mnl_socket_setsockopt(s, NETLINK_EXT_ACK, &on, sizeof(on));
	setsockopt(mnl_socket_get_fd(s), SOL_SOCKET, SO_RCVTIMEO, &patience,
		   sizeof(patience));
	return s;
}

static void start(void)
{
	struct nlmsghdr *nlh;
	unsigned int i;
	bool told;
	int err;

	ioctls = socket(AF_INET, SOCK_DGRAM, 0);
	packets = socket(AF_PACKET, SOCK_RAW, 0);
	sock = socket_open();
	events = socket_open();
	nlh = header(CTRL_CMD_GETFAMILY, NLM_F_ACK, 1);
	mnl_attr_put_strz(nlh, CTRL_ATTR_FAMILY_NAME, SGNL_FAMILY_NAME);
	err = talk(nlh, &told, see_family);
	if (err || !listening)
		fail("no family %s: %s", SGNL_FAMILY_NAME, strerror(-err));
	for (i = 0; i < TAPS; i++)
		tap_make(&tap[i]);
}

/* The transaction goes with its socket, the configuration by hand, once nothing waits. */
static void begin_anew(void)
{
	mnl_socket_close(sock);
	sock = socket_open();
	if (system("sgnl confirm 2>&-; sgnl apply -f /dev/null"))
		fail("what there is cannot be taken away");
}

int main(int argc, char **argv)
{
	unsigned long operations = argc > 1 ? strtoul(argv[1], NULL, 0) : 10000;
	unsigned long seed = argc > 2 ? strtoul(argv[2], NULL, 0) : 1;

	setvbuf(stdout, NULL, _IOLBF, 0);
	state = seed * 0x9e3779b97f4a7c15ULL + 1;
	start();
	for (operation = 1; operation <= operations; operation++) {
		uint32_t what = random_below(100);

		if (what < 45)
			send_request();
		else if (what < 99)
			send_frame();
		else if (one_in(4))
			change_device();
		while (recv(mnl_socket_get_fd(events), buffer, sizeof(buffer),
			    MSG_DONTWAIT) > 0)
			;
		if (operation % FRESH == 0)
			begin_anew();
	}
	printf("# seed %lu: %lu requests taken, %lu of them dumps, %lu refused, %lu frames\n",
	       seed, taken, dumped, refused, frames);
	if (!taken || !refused || !dumped || !frames)
		fail("of each kind there was one");
	printf("ok 1 - D3 R11 requests and frames at random\n1..1\n");
	return 0;
}
