// SPDX-License-Identifier: GPL-2.0
/* Tests of kmod/core/reason. Its names are held against the spec elsewhere. */
#include <stdio.h>
#include <string.h>

#include "reason.h"
#include "tap.h"

/* What passes, by E0 to E8; all else is dropped. */
static const u8 passing[] = {
	SGNL_REASON_NOT_IP,	SGNL_REASON_ARP,	   SGNL_REASON_PMTUD,
	SGNL_REASON_METASERVER, SGNL_REASON_NEIGHBOUR,	   SGNL_REASON_MLD,
	SGNL_REASON_DHCP,	SGNL_REASON_SESSION,	   SGNL_REASON_MEMBER,
	SGNL_REASON_RULE_ALLOW, SGNL_REASON_DEFAULT_ALLOW, SGNL_REASON_SLB,
	SGNL_REASON_PROBE,
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

static void test_smtp_text(void)
{
	CHECK(strstr(sgnl_reasons[SGNL_REASON_SMTP].text, "465"));
}

static const struct tap_test tests[] = {
	{ "E10 which reasons pass and which drop", test_passes },
	{ "E10 every reason has a name of its own and a text", test_names },
	{ "E5 the text says port 465", test_smtp_text },
	{}
};

const struct tap_suite reason_suite = { "reason", tests };
