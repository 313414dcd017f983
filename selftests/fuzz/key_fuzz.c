// SPDX-License-Identifier: GPL-2.0
/* A packet from its network header, against a second parser. */
#include "fuzz.h"
#include "trial.h"

/* What the parser is told stands before the packet: flags and a number. */
enum {
	IPV4 = 1,
	OUT = 2,
	SUPER = 4,
	LONGER = 8, /* than its bytes, by the number */
	NOT_ALL = 16, /* of its bytes are at hand */
	HEAD = 3,
};

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	struct parse how;
	unsigned int n;

	if (size < HEAD)
		return 0;
	n = data[1] << 8 | data[2];
	how = (struct parse){
		.family = data[0] & IPV4 ? SGNL_FAMILY_IPV4 : SGNL_FAMILY_IPV6,
		.direction = data[0] & OUT ? SGNL_DIRECTION_OUT :
					     SGNL_DIRECTION_IN,
		.super = data[0] & SUPER,
		.avail = size - HEAD,
		.len = size - HEAD,
	};
	if (data[0] & LONGER)
		how.len += n;
	if (data[0] & NOT_ALL)
		how.avail = n % (how.avail + 1);
	try_packet(&how, data + HEAD);
	return 0;
}
