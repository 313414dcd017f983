// SPDX-License-Identifier: GPL-2.0
/*
 * Has a reference to a device until it is unloaded, and heeds nothing: as long
 * as that, the kernel says again and again that the device is gone. Never part
 * of sgnl.ko.
 */
#include <linux/module.h>
#include <linux/netdevice.h>
#include <linux/nsproxy.h>
#include <linux/sched.h>

static char *device = "";
module_param(device, charp, 0444);
MODULE_PARM_DESC(device, "its name, in the namespace of who loads this");

static struct net_device *held;

static int __init hold_init(void)
{
	held = dev_get_by_name(current->nsproxy->net_ns, device);
	return held ? 0 : -ENODEV;
}

static void __exit hold_exit(void)
{
	dev_put(held);
}

module_init(hold_init);
module_exit(hold_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Holds a device, for tests of sgnl");
