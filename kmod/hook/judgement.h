/* SPDX-License-Identifier: GPL-2.0 */
/* The judgement of one IP packet: E0 to E9. */
#ifndef SGNL_HOOK_JUDGEMENT_H
#define SGNL_HOOK_JUDGEMENT_H

#include "../core/key.h"
#include "../core/reason.h"
#include "../table/net.h"

/**
 * struct sgnl_judgement - a packet and what it is judged by
 * @port: its port
 * @config: the snapshot that it is judged by
 * @conf: the port's settings in that snapshot
 * @now: the time
 * @key: what is known of it
 * @rule: the rule that decided, or NULL
 */
struct sgnl_judgement {
	struct sgnl_port *port;
	const struct sgnl_config *config;
	const struct sgnl_port_conf *conf;
	u32 now;
	struct sgnl_key key;
	const struct sgnl_rule *rule;
};

enum sgnl_reason sgnl_judgement_ip(struct sgnl_judgement *j, const u8 *data,
				   size_t avail, size_t len, bool super);

#endif
