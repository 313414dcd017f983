// SPDX-License-Identifier: GPL-2.0
/* Security groups for network devices. */
#include <linux/module.h>
#include <net/net_namespace.h>

#include "ctl/netlink.h"
#include "ctl/nl_txn.h"
#include "ctl/notify.h"
#include "hook/follow.h"
#include "hook/hook.h"
#include "hook/port.h"
#include "table/audit.h"
#include "table/expiry.h"
#include "table/fragment.h"
#include "table/hint.h"
#include "table/net.h"
#include "table/session.h"
#include "table/txn_confirm.h"

static int __net_init net_init(struct net *net)
{
	sgnl_follow_net_init(sgnl_net(net));
	sgnl_confirm_net_init(sgnl_net(net));
	return sgnl_net_init(sgnl_net(net), net);
}

static void __net_exit net_exit(struct net *net)
{
	sgnl_follow_net_exit(sgnl_net(net));
	sgnl_confirm_net_exit(sgnl_net(net));
	sgnl_audit_net_exit(sgnl_net(net));
	sgnl_net_exit(sgnl_net(net));
}

static struct pernet_operations net_ops = {
	.init = net_init,
	.exit = net_exit,
	.id = &sgnl_net_id,
	.size = sizeof(struct sgnl_net),
};

static int __init sgnl_init(void)
{
	int err;

	sgnl_hook_init(&sgnl_notify_hooks);
	sgnl_expiry_init(&sgnl_notify_expiry);
	sgnl_confirm_init(&sgnl_nl_txn_confirms);
	err = sgnl_hint_init();
	if (err)
		return err;
	err = sgnl_session_init(&sgnl_notify_sessions);
	if (err)
		goto exit_hint;
	err = sgnl_fragment_init();
	if (err)
		goto exit_session;
	err = register_pernet_subsys(&net_ops);
	if (err)
		goto exit_fragment;
	err = sgnl_port_init(&sgnl_notify_hooks);
	if (err)
		goto unregister_pernet;
	sgnl_follow_init(&sgnl_notify_hooks);
	err = sgnl_nl_txn_init();
	if (err)
		goto exit_follow;
	err = sgnl_netlink_init();
	if (err)
		goto exit_txn;
	return 0;

exit_txn:
	sgnl_nl_txn_exit();
exit_follow:
	sgnl_follow_exit();
	sgnl_port_exit();
unregister_pernet:
	unregister_pernet_subsys(&net_ops);
exit_fragment:
	sgnl_fragment_exit();
exit_session:
	sgnl_session_exit();
exit_hint:
	sgnl_hint_exit();
	return err;
}

static void __exit sgnl_exit(void)
{
	sgnl_netlink_exit();
	sgnl_nl_txn_exit();
	sgnl_follow_exit();
	sgnl_port_exit();
	unregister_pernet_subsys(&net_ops);
	sgnl_fragment_exit();
	sgnl_session_exit();
	sgnl_hint_exit();
}

module_init(sgnl_init);
module_exit(sgnl_exit);

MODULE_DESCRIPTION("Security groups for network devices");
MODULE_LICENSE("GPL");
MODULE_ALIAS_GENL_FAMILY("sgnl");
