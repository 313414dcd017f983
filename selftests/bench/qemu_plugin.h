/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What stores_plugin.c uses of QEMU's interface for TCG plugins, in its version
 * 1: that of QEMU 7.2, of which Debian 12 has no header. It is described in
 * docs/devel/tcg-plugins.rst and include/qemu/qemu-plugin.h of QEMU's source
 * (https://www.qemu.org/docs/master/devel/tcg-plugins.html).
 */
#ifndef SGNL_BENCH_QEMU_PLUGIN_H
#define SGNL_BENCH_QEMU_PLUGIN_H

#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>

#define QEMU_PLUGIN_VERSION 1

/* What a callback may see of a CPU's registers. */
enum qemu_plugin_cb_flags { QEMU_PLUGIN_CB_NO_REGS };

enum qemu_plugin_mem_rw {
	QEMU_PLUGIN_MEM_R = 1,
	QEMU_PLUGIN_MEM_W,
	QEMU_PLUGIN_MEM_RW,
};

struct qemu_plugin_tb;
struct qemu_plugin_insn;

typedef void qemu_plugin_tb_cb(__u64 plugin, struct qemu_plugin_tb *tb);
typedef void qemu_plugin_insn_cb(unsigned int cpu, void *arg);
typedef void qemu_plugin_mem_cb(unsigned int cpu, __u32 info, __u64 address,
				void *arg);

void qemu_plugin_register_vcpu_tb_trans_cb(__u64 plugin,
					   qemu_plugin_tb_cb *called);
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *tb);
struct qemu_plugin_insn *
qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *tb, size_t n);
const void *qemu_plugin_insn_data(const struct qemu_plugin_insn *insn);
size_t qemu_plugin_insn_size(const struct qemu_plugin_insn *insn);
__u64 qemu_plugin_insn_vaddr(const struct qemu_plugin_insn *insn);
void qemu_plugin_register_vcpu_insn_exec_cb(struct qemu_plugin_insn *insn,
					    qemu_plugin_insn_cb *called,
					    enum qemu_plugin_cb_flags flags,
					    void *arg);
void qemu_plugin_register_vcpu_mem_cb(struct qemu_plugin_insn *insn,
				      qemu_plugin_mem_cb *called,
				      enum qemu_plugin_cb_flags flags,
				      enum qemu_plugin_mem_rw rw, void *arg);
bool qemu_plugin_mem_is_store(__u32 info);

/* By these QEMU knows a plugin, and begins it; not 0 is an error. */
extern int qemu_plugin_version;
int qemu_plugin_install(__u64 plugin, const void *info, int argc, char **argv);

#endif
