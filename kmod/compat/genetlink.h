/* SPDX-License-Identifier: GPL-2.0 */
/* A generated op table, as this kernel's generic netlink takes it. */
#ifndef SGNL_COMPAT_GENETLINK_H
#define SGNL_COMPAT_GENETLINK_H

#include <net/genetlink.h>

#ifdef SGNL_NO_SPLIT_OPS

/**
 * sgnl_compat_set_ops() - gives a family its op table
 * @family: the family, not registered yet
 * @split: the generated table
 * @n: entries in it
 * @ops: room for as many
 *
 * Folds the entries of a command, one for do and one for dump, into one. That
 * has one policy, do's, so that what a dump may have is not for the kernel to
 * check: dumps check it themselves, on every kernel. To be let do that, a
 * command must come before @family->resv_start_op.
 */
static inline void sgnl_compat_set_ops(struct genl_family *family,
				       const struct genl_split_ops *split,
				       unsigned int n, struct genl_ops *ops)
{
	unsigned int i, n_ops = 0;

	for (i = 0; i < n; i++) {
		struct genl_ops *op = &ops[n_ops];

		if (n_ops && ops[n_ops - 1].cmd == split[i].cmd)
			op--;
		else
			n_ops++;
		op->cmd = split[i].cmd;
		op->flags |= split[i].flags &
			     ~(GENL_CMD_CAP_DO | GENL_CMD_CAP_DUMP);
		if (split[i].flags & GENL_CMD_CAP_DUMP) {
			op->dumpit = split[i].dumpit;
			op->validate |= GENL_DONT_VALIDATE_DUMP_STRICT;
			continue;
		}
		op->doit = split[i].doit;
		op->policy = split[i].policy;
		op->maxattr = split[i].maxattr;
	}
	family->ops = ops;
	family->n_ops = n_ops;
	family->resv_start_op = U8_MAX;
}

#else

static inline void sgnl_compat_set_ops(struct genl_family *family,
				       const struct genl_split_ops *split,
				       unsigned int n, struct genl_ops *ops)
{
	family->split_ops = split;
	family->n_split_ops = n;
}

#endif

#endif
