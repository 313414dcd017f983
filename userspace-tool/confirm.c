// SPDX-License-Identifier: GPL-2.0
#include "error.h"
#include "kernel.h"
#include "object.h"

static void confirm(struct args *args)
{
	bool back = args_take(args, "--rollback");
	char room[KERNEL_MESSAGE_MAX];
	struct nlmsghdr *nlh;

	args_end(args);
	nlh = kernel_message(room, back ? SGNL_CMD_TXN_ROLLBACK : SGNL_CMD_TXN_CONFIRM);
	if (kernel_talk(nlh, NULL, NULL))
		fail_kernel("%s", kernel_failure.text);
}

const struct object confirm_object = {
	.name = "confirm",
	.usage =
		"Usage: sgnl confirm [--rollback]\n"
		"Leaves in force what a commit with --confirm has changed, or takes it back at once.\n",
	.run = confirm,
};
