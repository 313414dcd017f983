// SPDX-License-Identifier: GPL-2.0
/*
 * While it is loaded, sgnl.ko has the same keys each time that it is loaded.
 * Which places the flows of a bench have to share is told by keys, and figures
 * of a boot are compared with those of another one. Never part of sgnl.ko.
 */
#include <linux/kprobes.h>
#include <linux/module.h>
#include <linux/prandom.h>
#include <linux/rhashtable.h>

#ifdef rhashtable_init
#define TABLE_INIT "rhashtable_init_noprof"
#else
#define TABLE_INIT "rhashtable_init"
#endif

static const struct module *sgnl;
static struct rnd_state keys;

/* What a call was given: in the end nobody else knows it. */
struct call {
	void *at;
	size_t bytes;
};

static int begin(struct kretprobe_instance *instance, struct pt_regs *regs)
{
	struct call *call = (struct call *)instance->data;

	call->at = (void *)regs_get_kernel_argument(regs, 0);
	call->bytes = regs_get_kernel_argument(regs, 1);
	return 0;
}

/* It is not known before the end where a call returns to. */
static const struct call *end_of_sgnl(struct kretprobe_instance *instance)
{
	const struct module *ours = READ_ONCE(sgnl);

	if (!ours || !within_module(get_kretprobe_retaddr(instance), ours))
		return NULL;
	return (const struct call *)instance->data;
}

static int random_bytes(struct kretprobe_instance *instance,
			struct pt_regs *regs)
{
	const struct call *call = end_of_sgnl(instance);

	if (call)
		prandom_bytes_state(&keys, call->at, call->bytes);
	return 0;
}

/* The table is empty, and nobody else has it. */
static int table_init(struct kretprobe_instance *instance, struct pt_regs *regs)
{
	const struct call *call = end_of_sgnl(instance);

	if (call && !regs_return_value(regs))
		rcu_dereference_raw(((struct rhashtable *)call->at)->tbl)
			->hash_rnd = 1;
	return 0;
}

static struct kretprobe probes[] = {
	{
		.kp.symbol_name = "get_random_bytes",
		.entry_handler = begin,
		.handler = random_bytes,
		.data_size = sizeof(struct call),
	},
	{
		.kp.symbol_name = TABLE_INIT,
		.entry_handler = begin,
		.handler = table_init,
		.data_size = sizeof(struct call),
	},
};

static struct kretprobe *both[] = { &probes[0], &probes[1] };

static int other_module(struct notifier_block *nb, unsigned long state,
			void *data)
{
	const struct module *other = data;

	if (strcmp(other->name, "sgnl"))
		return NOTIFY_DONE;
	if (state == MODULE_STATE_COMING)
		prandom_seed_state(&keys, 1);
	WRITE_ONCE(sgnl, state == MODULE_STATE_GOING ? NULL : other);
	return NOTIFY_OK;
}

static struct notifier_block modules = {
	.notifier_call = other_module,
};

static int __init seed_init(void)
{
	int err = register_kretprobes(both, ARRAY_SIZE(both));

	if (err)
		return err;
	err = register_module_notifier(&modules);
	if (err)
		unregister_kretprobes(both, ARRAY_SIZE(both));
	return err;
}

static void __exit seed_exit(void)
{
	unregister_module_notifier(&modules);
	unregister_kretprobes(both, ARRAY_SIZE(both));
}

module_init(seed_init);
module_exit(seed_exit);
MODULE_DESCRIPTION("sgnl's bench: the same keys in each boot");
MODULE_LICENSE("GPL");
