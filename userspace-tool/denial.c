// SPDX-License-Identifier: GPL-2.0
#include <linux/if_ether.h>

#include "core/key.h"
#include "denial.h"
#include "link.h"
#include "mem.h"
#include "text.h"

/* Adds what can be read of the packet's first bytes, as the module reads them. */
static void add_packet(json_t *row, uint16_t ethertype, uint8_t direction, uint32_t length,
		       const struct nlattr *packet)
{
	struct sgnl_key key = { .direction = direction };
	struct sgnl_prefix address = {};

	if (ethertype != ETH_P_IP && ethertype != ETH_P_IPV6)
		return;
	key.family = ethertype == ETH_P_IP ? SGNL_FAMILY_IPV4 : SGNL_FAMILY_IPV6;
	if (sgnl_key_parse(&key, mnl_attr_get_payload(packet), mnl_attr_get_payload_len(packet),
			   length, true))
		return;
	address.family = key.family;
	address.addr = key.local;
	row_text(row, "protocol", protocol_text(key.proto));
	row_text(row, "local_address", address_text(&address));
	if (key.local_port || key.peer_port)
		row_number(row, "local_port", key.local_port);
	address.addr = key.peer;
	row_text(row, "peer_address", address_text(&address));
	if (key.local_port || key.peer_port)
		row_number(row, "peer_port", key.peer_port);
	if (sgnl_key_is_icmp(&key)) {
		row_number(row, "icmp_type", key.icmp_type);
		row_number(row, "icmp_code", key.icmp_code);
	}
}

static const char *packet_hex(const struct nlattr *packet)
{
	const unsigned char *bytes = mnl_attr_get_payload(packet);
	size_t i;

	for (i = 0; i < mnl_attr_get_payload_len(packet); i++)
		obstack_printf(&mem, "%02x", bytes[i]);
	obstack_1grow(&mem, '\0');
	return obstack_finish(&mem);
}

json_t *denial_row(const struct nlmsghdr *nlh)
{
	const struct nlattr *attr, *packet = NULL;
	uint8_t direction = 0, reason = 0;
	uint32_t ifindex = 0, rule = 0, length = 0;
	uint16_t ethertype = 0;
	json_t *row = json_object();

	attr_for_each(attr, nlh) {
		switch (mnl_attr_get_type(attr)) {
		case SGNL_A_DENIAL_IFINDEX:
			ifindex = attr_u32(attr);
			break;
		case SGNL_A_DENIAL_DIRECTION:
			direction = attr_u8(attr);
			break;
		case SGNL_A_DENIAL_REASON:
			reason = attr_u8(attr);
			break;
		case SGNL_A_DENIAL_RULE:
			rule = attr_u32(attr);
			break;
		case SGNL_A_DENIAL_PROTOCOL:
			ethertype = attr_u16(attr);
			break;
		case SGNL_A_DENIAL_LENGTH:
			length = attr_u32(attr);
			break;
		case SGNL_A_DENIAL_PACKET:
			packet = attr;
			break;
		}
	}
	row_text(row, "device", link_name(ifindex));
	row_text(row, "direction", word_text(words_direction, direction));
	row_text(row, "reason", reason_text(reason));
	if (rule)
		row_text(row, "rule", rule_id_text(rule));
	row_text(row, "ethertype", mem_printf("0x%04x", ethertype));
	row_number(row, "length", length);
	if (packet) {
		add_packet(row, ethertype, direction, length, packet);
		if (options.json || options.details)
			row_text(row, "packet", packet_hex(packet));
	}
	return row;
}
