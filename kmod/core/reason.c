// SPDX-License-Identifier: GPL-2.0
/* Why a packet passed or was dropped: every reason once. */
#include "reason.h"

const struct sgnl_reason_info sgnl_reasons[SGNL_REASON_MAX + 1] = {
#define SGNL_REASON_ROW(symbol, name_, passes_, text_) \
	[SGNL_REASON_##symbol] = { \
		.name = name_, \
		.text = text_, \
		.passes = passes_, \
	},
	SGNL_REASONS(SGNL_REASON_ROW)
#undef SGNL_REASON_ROW
};

#define SGNL_REASON_COUNT(symbol, name, passes, text) +1
_Static_assert(0 SGNL_REASONS(SGNL_REASON_COUNT) == SGNL_REASON_MAX + 1,
	       "every reason of the spec has its row");
#undef SGNL_REASON_COUNT

/**
 * sgnl_reason_statement() - by which statement does a packet pass or end?
 * @reason: why it does
 *
 * All statements before that one let it go on.
 *
 * Context: any.
 */
enum sgnl_statement sgnl_reason_statement(enum sgnl_reason reason)
{
	switch (reason) {
	case SGNL_REASON_UNSPEC:
	case SGNL_REASON_NOT_IP:
	case SGNL_REASON_ARP:
	case SGNL_REASON_ETHERTYPE:
	case SGNL_REASON_VLAN_TAG:
	case SGNL_REASON_VLAN_DEPTH:
	case SGNL_REASON_GUEST_RA:
	case SGNL_REASON_GUEST_DHCP_SERVER:
	case SGNL_REASON_GUEST_REDIRECT:
	case SGNL_REASON_IP_HEADER:
	case SGNL_REASON_IP_OPTIONS:
	case SGNL_REASON_EXT_HEADER:
	case SGNL_REASON_L4_HEADER:
	case SGNL_REASON_TCP_FLAGS:
	case SGNL_REASON_FRAME:
		return SGNL_STATEMENT_E0;
	case SGNL_REASON_FRAGMENT:
	case SGNL_REASON_FRAGMENT_TINY:
	case SGNL_REASON_FRAGMENT_ORPHAN:
	case SGNL_REASON_FRAGMENT_OVERLAP:
	case SGNL_REASON_FRAGMENT_TABLE:
		return SGNL_STATEMENT_S11;
	case SGNL_REASON_ADDRESS:
	case SGNL_REASON_OWN_ADDRESS:
		return SGNL_STATEMENT_E1;
	case SGNL_REASON_PMTUD:
	case SGNL_REASON_METASERVER:
	case SGNL_REASON_NEIGHBOUR:
	case SGNL_REASON_MLD:
	case SGNL_REASON_DHCP:
	case SGNL_REASON_SLB:
	case SGNL_REASON_PROBE:
		return SGNL_STATEMENT_E2;
	case SGNL_REASON_SESSION:
	case SGNL_REASON_CUT:
		return SGNL_STATEMENT_E3;
	case SGNL_REASON_RELATED:
		return SGNL_STATEMENT_E4;
	case SGNL_REASON_SMTP:
		return SGNL_STATEMENT_E5;
	case SGNL_REASON_NO_GROUP:
	case SGNL_REASON_GUARD:
		return SGNL_STATEMENT_G9;
	case SGNL_REASON_TCP_NO_SESSION:
		return SGNL_STATEMENT_S5;
	case SGNL_REASON_MEMBER:
		return SGNL_STATEMENT_E6;
	case SGNL_REASON_RULE_ALLOW:
	case SGNL_REASON_RULE_DENY:
		return SGNL_STATEMENT_E7;
	case SGNL_REASON_DEFAULT_ALLOW:
	case SGNL_REASON_DEFAULT_DENY:
		return SGNL_STATEMENT_E8;
	case SGNL_REASON_QUOTA:
	case SGNL_REASON_NO_MEMORY:
	case __SGNL_REASON_MAX:
		break;
	}
	return SGNL_STATEMENT_E9;
}
