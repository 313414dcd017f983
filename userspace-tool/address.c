// SPDX-License-Identifier: GPL-2.0
#include "address.h"
#include "error.h"

int address_compare(const void *a, const void *b)
{
	const struct sgnl_prefix *x = a, *y = b;

	if (x->family != y->family)
		return x->family < y->family ? -1 : 1;
	if (x->addr.hi != y->addr.hi)
		return x->addr.hi < y->addr.hi ? -1 : 1;
	if (x->addr.lo != y->addr.lo)
		return x->addr.lo < y->addr.lo ? -1 : 1;
	return 0;
}

int prefix_compare(const void *a, const void *b)
{
	const struct sgnl_prefix *x = a, *y = b;
	int order = address_compare(a, b);

	return order ? order : x->len - y->len;
}

void address_put(struct nlmsghdr *nlh, uint16_t type, const struct sgnl_prefix *address)
{
	unsigned char bytes[16];

	mnl_attr_put(nlh, type, sgnl_addr_write(bytes, &address->addr, address->family), bytes);
}

struct sgnl_prefix address_get(const struct nlattr *attr)
{
	struct sgnl_prefix address = {};

	if (!sgnl_addr_read(&address.addr, &address.family, mnl_attr_get_payload(attr),
			    mnl_attr_get_payload_len(attr)))
		fail_kernel("address of %u bytes in an answer", mnl_attr_get_payload_len(attr));
	address.len = sgnl_family_bits(address.family);
	return address;
}

void prefix_put(struct nlmsghdr *nlh, uint16_t type, const struct sgnl_prefix *prefix)
{
	unsigned char bytes[17];
	size_t n = sgnl_addr_write(bytes, &prefix->addr, prefix->family);

	bytes[n] = prefix->len;
	mnl_attr_put(nlh, type, n + 1, bytes);
}

struct sgnl_prefix prefix_get(const struct nlattr *attr)
{
	const unsigned char *bytes = mnl_attr_get_payload(attr);
	size_t n = mnl_attr_get_payload_len(attr);
	struct sgnl_prefix prefix = {};

	if (!n || !sgnl_addr_read(&prefix.addr, &prefix.family, bytes, n - 1))
		fail_kernel("prefix of %zu bytes in an answer", n);
	prefix.len = bytes[n - 1];
	return prefix;
}
