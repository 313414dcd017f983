// SPDX-License-Identifier: GPL-2.0
/* Changes of members. */
#include "txn.h"

/**
 * sgnl_txn_change_member() - gives or takes a reason for a membership
 * @txn: the transaction
 * @group: the group
 * @addr: the address
 * @family: its family
 * @port: the reason is a port; else it is member-add
 * @add: give the reason; else take it back
 *
 * Return: 1 if something changed, 0 if not, or an error.
 */
int sgnl_txn_change_member(struct sgnl_txn *txn, struct sgnl_group *group,
			   const struct sgnl_addr *addr, u8 family, bool port,
			   bool add)
{
	struct sgnl_member_key key = {
		.addr = *addr,
		.vpc = group->vpc,
		.family = family,
	};
	int ret;

	ret = sgnl_member_change(&txn->sn->members, &txn->touched, &key, group,
				 port, add, txn->gfp);
	if (ret < 0)
		return sgnl_txn_fail(txn, ret,
				     "group %s: no memory for a member",
				     group->name);
	return ret;
}

/**
 * sgnl_txn_member_add() - makes an address a member of a group
 * @txn: the transaction
 * @group: the group, of the transaction
 * @addr: the address
 * @family: its family
 *
 * Return: 1 if it was made one, 0 if it was one, or an error.
 */
int sgnl_txn_member_add(struct sgnl_txn *txn, struct sgnl_group *group,
			const struct sgnl_addr *addr, u8 family)
{
	return sgnl_txn_change_member(txn, group, addr, family, false, true);
}

/**
 * sgnl_txn_member_del() - takes back what member-add did
 * @txn: the transaction
 * @group: the group, of the transaction
 * @addr: the address
 * @family: its family
 *
 * Return: 1, or an error.
 */
int sgnl_txn_member_del(struct sgnl_txn *txn, struct sgnl_group *group,
			const struct sgnl_addr *addr, u8 family)
{
	u8 bytes[16];
	int ret;

	ret = sgnl_txn_change_member(txn, group, addr, family, false, false);
	if (ret)
		return ret;
	sgnl_addr_write(bytes, addr, family);
	return family == SGNL_FAMILY_IPV4 ?
		       sgnl_txn_fail(txn, -ENOENT,
				     "group %s: member add did not make %pI4 a member",
				     group->name, bytes) :
		       sgnl_txn_fail(txn, -ENOENT,
				     "group %s: member add did not make %pI6c a member",
				     group->name, bytes);
}
