// SPDX-License-Identifier: GPL-2.0
/* Tests of kmod/core/reason. Its names are held against the spec elsewhere. */
#include <stdio.h>
#include <string.h>

#include "platform.h"
#include "reason.h"
#include "tap.h"
#include "trial.h"

/* What passes, by E0 to E8; all else is dropped. */
static const u8 passing[] = {
	SGNL_REASON_NOT_IP,	SGNL_REASON_ARP,	   SGNL_REASON_PMTUD,
	SGNL_REASON_METASERVER, SGNL_REASON_NEIGHBOUR,	   SGNL_REASON_MLD,
	SGNL_REASON_DHCP,	SGNL_REASON_SESSION,	   SGNL_REASON_MEMBER,
	SGNL_REASON_RULE_ALLOW, SGNL_REASON_DEFAULT_ALLOW, SGNL_REASON_SLB,
	SGNL_REASON_PROBE,	SGNL_REASON_FRAGMENT,	   SGNL_REASON_RELATED,
};

static void test_passes(void)
{
	unsigned int i;

	for (i = 0; i <= SGNL_REASON_MAX; i++)
		if (!CHECK_EQ(sgnl_reasons[i].passes,
			      !!memchr(passing, i, sizeof(passing))))
			tap_note("%s", sgnl_reasons[i].name);
}

static void test_names(void)
{
	unsigned int i, k;

	for (i = 0; i <= SGNL_REASON_MAX; i++) {
		if (!CHECK(sgnl_reasons[i].name && sgnl_reasons[i].text))
			return;
		CHECK(*sgnl_reasons[i].name && *sgnl_reasons[i].text);
		for (k = 0; k < i; k++)
			CHECK(strcmp(sgnl_reasons[i].name,
				     sgnl_reasons[k].name));
	}
}

/* By which statement packets go on no more; what is not here ends at E0. */
static const struct {
	u8 statement;
	u8 reason[7];
} ends[] = {
	{ SGNL_STATEMENT_E1, { SGNL_REASON_ADDRESS, SGNL_REASON_OWN_ADDRESS } },
	{ SGNL_STATEMENT_S11,
	  { SGNL_REASON_FRAGMENT, SGNL_REASON_FRAGMENT_TINY,
	    SGNL_REASON_FRAGMENT_ORPHAN, SGNL_REASON_FRAGMENT_OVERLAP,
	    SGNL_REASON_FRAGMENT_TABLE } },
	{ SGNL_STATEMENT_E2,
	  { SGNL_REASON_PMTUD, SGNL_REASON_METASERVER, SGNL_REASON_NEIGHBOUR,
	    SGNL_REASON_MLD, SGNL_REASON_DHCP, SGNL_REASON_SLB,
	    SGNL_REASON_PROBE } },
	{ SGNL_STATEMENT_E3, { SGNL_REASON_SESSION, SGNL_REASON_CUT } },
	{ SGNL_STATEMENT_E4, { SGNL_REASON_RELATED } },
	{ SGNL_STATEMENT_E5, { SGNL_REASON_SMTP } },
	{ SGNL_STATEMENT_G9, { SGNL_REASON_NO_GROUP, SGNL_REASON_GUARD } },
	{ SGNL_STATEMENT_S5, { SGNL_REASON_TCP_NO_SESSION } },
	{ SGNL_STATEMENT_E6, { SGNL_REASON_MEMBER } },
	{ SGNL_STATEMENT_E7,
	  { SGNL_REASON_RULE_ALLOW, SGNL_REASON_RULE_DENY } },
	{ SGNL_STATEMENT_E8,
	  { SGNL_REASON_DEFAULT_ALLOW, SGNL_REASON_DEFAULT_DENY } },
	{ SGNL_STATEMENT_E9, { SGNL_REASON_QUOTA, SGNL_REASON_NO_MEMORY } },
};

bool try_reason(unsigned int reason)
{
	static const struct sgnl_platform platform;
	int item = sgnl_platform_item(reason);
	bool slb = reason == SGNL_REASON_SLB;
	bool probe = reason == SGNL_REASON_PROBE;
	u8 want = SGNL_STATEMENT_E0;
	unsigned int i;

	for (i = 0; i < COUNT_OF(ends); i++)
		if (reason &&
		    memchr(ends[i].reason, reason, sizeof(ends[i].reason)))
			want = ends[i].statement;
	if (CHECK_EQ(sgnl_reason_statement(reason), want) &&
	    CHECK_EQ(item >= 0,
		     want == SGNL_STATEMENT_E2 || reason == SGNL_REASON_ARP) &&
	    CHECK_EQ(sgnl_platform_opens(reason),
		     slb || probe || reason == SGNL_REASON_METASERVER) &&
	    CHECK(sgnl_platform_list(&platform, item) ==
		  (slb	 ? &platform.slb :
		   probe ? &platform.probe :
			   NULL)))
		return true;
	tap_note("%s", sgnl_reasons[reason].name);
	return false;
}

static void test_statements(void)
{
	unsigned int reason;

	for (reason = 0; reason <= SGNL_REASON_MAX; reason++)
		try_reason(reason);
}

static void test_smtp_text(void)
{
	CHECK(strstr(sgnl_reasons[SGNL_REASON_SMTP].text, "465"));
}

static const struct tap_test tests[] = {
	{ "E10 which reasons pass and which drop", test_passes },
	{ "E10 every reason has a name of its own and a text", test_names },
	{ "E5 the text says port 465", test_smtp_text },
	{ "E0 E2 E3 E5 E6 E7 E8 E9 which statement each reason is of",
	  test_statements },
	{}
};

const struct tap_suite reason_suite = { "reason", tests };
