// SPDX-License-Identifier: GPL-2.0
/*
 * A client that has nothing but libnl-3 and the uapi header: adds a group and a
 * rule, and prints all groups and rules as the module dumps them, a line each.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>

#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>
#include <netlink/netlink.h>

#include <linux/sgnl.h>

static struct nla_policy group_policy[SGNL_A_GROUP_MAX + 1] = {
	[SGNL_A_GROUP_NAME] = { .type = NLA_STRING,
				.maxlen = SGNL_NAME_MAX + 1 },
	[SGNL_A_GROUP_TYPE] = { .type = NLA_U8 },
	[SGNL_A_GROUP_INTERNAL_POLICY] = { .type = NLA_U8 },
	[SGNL_A_GROUP_VPC] = { .type = NLA_U32 },
	[SGNL_A_GROUP_DESCRIPTION] = { .type = NLA_STRING,
				       .maxlen = SGNL_DESCRIPTION_MAX + 1 },
	[SGNL_A_GROUP_RULES] = { .type = NLA_U32 },
	[SGNL_A_GROUP_MEMBERS] = { .type = NLA_U32 },
	[SGNL_A_GROUP_PORTS] = { .type = NLA_U32 },
	[SGNL_A_GROUP_GENERATION] = { .type = NLA_U64 },
};

static struct nla_policy rule_policy[SGNL_A_RULE_MAX + 1] = {
	[SGNL_A_RULE_ID] = { .type = NLA_U32 },
	[SGNL_A_RULE_GROUP] = { .type = NLA_STRING,
				.maxlen = SGNL_NAME_MAX + 1 },
	[SGNL_A_RULE_DIRECTION] = { .type = NLA_U8 },
	[SGNL_A_RULE_POLICY] = { .type = NLA_U8 },
	[SGNL_A_RULE_PRIORITY] = { .type = NLA_U8 },
	[SGNL_A_RULE_PROTO] = { .type = NLA_U8 },
	[SGNL_A_RULE_PORT_MIN] = { .type = NLA_U16 },
	[SGNL_A_RULE_PORT_MAX] = { .type = NLA_U16 },
	[SGNL_A_RULE_PEER_ADDRESS] = { .minlen = 4, .maxlen = 16 },
	[SGNL_A_RULE_PEER_PREFIX_LEN] = { .type = NLA_U8 },
	[SGNL_A_RULE_PEER_GROUP] = { .type = NLA_STRING,
				     .maxlen = SGNL_NAME_MAX + 1 },
	[SGNL_A_RULE_DESCRIPTION] = { .type = NLA_STRING,
				      .maxlen = SGNL_DESCRIPTION_MAX + 1 },
	[SGNL_A_RULE_PACKETS] = { .type = NLA_U64 },
	[SGNL_A_RULE_BYTES] = { .type = NLA_U64 },
	[SGNL_A_RULE_GENERATION] = { .type = NLA_U64 },
};

static void check(int err, const char *what)
{
	if (err >= 0)
		return;
	fprintf(stderr, "%s: %s\n", what, nl_geterror(err));
	exit(1);
}

static struct nl_msg *request(int family, int flags, int cmd)
{
	struct nl_msg *msg = nlmsg_alloc();

	if (!msg || !genlmsg_put(msg, NL_AUTO_PORT, NL_AUTO_SEQ, family, 0,
				 flags, cmd, SGNL_FAMILY_VERSION))
		check(-NLE_NOMEM, "request");
	return msg;
}

/* Sends a request, and waits for all that comes up to the ack or the end. */
static void talk(struct nl_sock *sock, struct nl_msg *msg, const char *what)
{
	check(nl_send_auto(sock, msg), what);
	nlmsg_free(msg);
	check(nl_recvmsgs_default(sock), what);
}

static int get_id(struct nl_msg *msg, void *arg)
{
	struct nlattr *tb[SGNL_A_RULE_MAX + 1];

	check(genlmsg_parse(nlmsg_hdr(msg), 0, tb, SGNL_A_RULE_MAX,
			    rule_policy),
	      "answer");
	if (tb[SGNL_A_RULE_ID])
		*(unsigned int *)arg = nla_get_u32(tb[SGNL_A_RULE_ID]);
	return NL_OK;
}

static int print_group(struct nl_msg *msg, void *arg)
{
	struct nlattr *tb[SGNL_A_GROUP_MAX + 1];

	check(genlmsg_parse(nlmsg_hdr(msg), 0, tb, SGNL_A_GROUP_MAX,
			    group_policy),
	      "group");
	printf("group %s type %u vpc %u rules %u\n",
	       nla_get_string(tb[SGNL_A_GROUP_NAME]),
	       nla_get_u8(tb[SGNL_A_GROUP_TYPE]),
	       nla_get_u32(tb[SGNL_A_GROUP_VPC]),
	       nla_get_u32(tb[SGNL_A_GROUP_RULES]));
	return NL_OK;
}

static void print_peer(struct nlattr **tb)
{
	char text[INET6_ADDRSTRLEN];
	struct nlattr *peer = tb[SGNL_A_RULE_PEER_ADDRESS];

	if (tb[SGNL_A_RULE_PEER_GROUP]) {
		printf(" peer %s", nla_get_string(tb[SGNL_A_RULE_PEER_GROUP]));
		return;
	}
	inet_ntop(nla_len(peer) == 4 ? AF_INET : AF_INET6, nla_data(peer), text,
		  sizeof(text));
	printf(" peer %s/%u", text,
	       nla_get_u8(tb[SGNL_A_RULE_PEER_PREFIX_LEN]));
}

static int print_rule(struct nl_msg *msg, void *arg)
{
	struct nlattr *tb[SGNL_A_RULE_MAX + 1];

	check(genlmsg_parse(nlmsg_hdr(msg), 0, tb, SGNL_A_RULE_MAX,
			    rule_policy),
	      "rule");
	printf("rule sgr-%u group %s direction %u policy %u priority %u",
	       nla_get_u32(tb[SGNL_A_RULE_ID]),
	       nla_get_string(tb[SGNL_A_RULE_GROUP]),
	       nla_get_u8(tb[SGNL_A_RULE_DIRECTION]),
	       nla_get_u8(tb[SGNL_A_RULE_POLICY]),
	       nla_get_u8(tb[SGNL_A_RULE_PRIORITY]));
	print_peer(tb);
	if (tb[SGNL_A_RULE_PORT_MIN])
		printf(" port %u/%u", nla_get_u16(tb[SGNL_A_RULE_PORT_MIN]),
		       nla_get_u16(tb[SGNL_A_RULE_PORT_MAX]));
	printf("\n");
	return NL_OK;
}

int main(void)
{
	const unsigned char peer[4] = { 198, 51, 100, 0 };
	struct nl_sock *sock = nl_socket_alloc();
	unsigned int id = 0;
	struct nl_msg *msg;
	int family;

	if (!sock)
		check(-NLE_NOMEM, "socket");
	check(genl_connect(sock), "connect");
	family = genl_ctrl_resolve(sock, SGNL_FAMILY_NAME);
	check(family, "family");

	msg = request(family, NLM_F_ACK, SGNL_CMD_GROUP_ADD);
	nla_put_string(msg, SGNL_A_GROUP_NAME, "sg-nl3");
	nla_put_u8(msg, SGNL_A_GROUP_TYPE, SGNL_GROUP_TYPE_ENTERPRISE);
	nla_put_u32(msg, SGNL_A_GROUP_VPC, 0);
	talk(sock, msg, "group add");

	nl_socket_modify_cb(sock, NL_CB_VALID, NL_CB_CUSTOM, get_id, &id);
	msg = request(family, NLM_F_ACK, SGNL_CMD_RULE_ADD);
	nla_put_string(msg, SGNL_A_RULE_GROUP, "sg-nl3");
	nla_put_u8(msg, SGNL_A_RULE_DIRECTION, SGNL_DIRECTION_OUT);
	nla_put_u8(msg, SGNL_A_RULE_POLICY, SGNL_RULE_POLICY_DENY);
	nla_put_u8(msg, SGNL_A_RULE_PRIORITY, 7);
	nla_put_u8(msg, SGNL_A_RULE_PROTO, 6);
	nla_put_u16(msg, SGNL_A_RULE_PORT_MIN, 443);
	nla_put_u16(msg, SGNL_A_RULE_PORT_MAX, 8443);
	nla_put(msg, SGNL_A_RULE_PEER_ADDRESS, sizeof(peer), peer);
	nla_put_u8(msg, SGNL_A_RULE_PEER_PREFIX_LEN, 24);
	nla_put_string(msg, SGNL_A_RULE_DESCRIPTION, "by libnl");
	talk(sock, msg, "rule add");
	nl_wait_for_ack(sock);
	printf("added sgr-%u\n", id);

	nl_socket_modify_cb(sock, NL_CB_VALID, NL_CB_CUSTOM, print_group, NULL);
	talk(sock, request(family, NLM_F_DUMP, SGNL_CMD_GROUP_GET),
	     "group dump");
	nl_socket_modify_cb(sock, NL_CB_VALID, NL_CB_CUSTOM, print_rule, NULL);
	talk(sock, request(family, NLM_F_DUMP, SGNL_CMD_RULE_GET), "rule dump");
	nl_socket_free(sock);
	return 0;
}
