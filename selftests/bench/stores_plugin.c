// SPDX-License-Identifier: GPL-2.0
/*
 * Whose memory packets store to, and which code they run: a TCG plugin of QEMU
 * (stores.sh).
 *
 *   -plugin file=stores.so,out=FILE
 *
 * The guest's code tells what is to be counted, by marks (module/sgnl_bench.c):
 * NOPs of eight bytes that are known by their displacement when they are
 * translated. Of each run, FILE has
 *
 *   run NUMBER packets N stack N cpu N own N task N packet N shared N
 *   at NUMBER PC COUNT STORES
 *
 * stores between the marks of packets, by whose memory they went to; and of each
 * instruction there, how often it was run, and how often it stored to memory of
 * none of the kinds that are known. The kinds are
 * told by the guest, but for one: what an instruction with a gs prefix stores is
 * per-CPU memory, in the kernel of x86-64.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "qemu_plugin.h"

#define COUNT_OF(a) (sizeof(a) / sizeof((a)[0]))

/* The kernel has the upper half of addresses, so one bit of them can be spared. */
#define KERNEL	    (1ull << 63)

enum kind { STACK, CPU, OWN, TASK, PACKET, SHARED, KINDS };

static const char *const names[KINDS] = { "stack", "cpu",    "own",
					  "task",  "packet", "shared" };

/* Memory of a kind, as the guest tells it: from @first to @last, both in it. */
struct range {
	enum kind kind;
	__u64 first;
	__u64 last;
};

/* How often an instruction was run, and stored to shared memory. */
struct place {
	__u64 pc;
	__u64 count;
	__u64 stores;
};

#define PLACE_BITS 16

/* One CPU runs, and calls, so nothing is locked. */
static FILE *out;
static unsigned int n_runs;
static bool counting, telling;
static __u64 packets, stores[KINDS];
static unsigned int n_ranges;
static struct range ranges[16];
static struct place places[1 << PLACE_BITS]; /* by a hash of @pc */

static _Noreturn void die(const char *what)
{
	fprintf(stderr, "stores_plugin: %s\n", what);
	exit(1);
}

static void begin(void)
{
	n_runs++;
	n_ranges = 0;
	packets = 0;
	memset(stores, 0, sizeof(stores));
	memset(places, 0, sizeof(places));
}

static void end(void)
{
	unsigned int i;

	fprintf(out, "run %u packets %" PRIu64, n_runs, (uint64_t)packets);
	for (i = 0; i < KINDS; i++)
		fprintf(out, " %s %" PRIu64, names[i], (uint64_t)stores[i]);
	fprintf(out, "\n");
	for (i = 0; i < COUNT_OF(places); i++)
		if (places[i].pc)
			fprintf(out,
				"at %u %" PRIx64 " %" PRIu64 " %" PRIu64 "\n",
				n_runs, (uint64_t)places[i].pc,
				(uint64_t)places[i].count,
				(uint64_t)places[i].stores);
	fflush(out);
}

static void tell(enum kind kind)
{
	if (n_ranges == COUNT_OF(ranges))
		die("too much is told");
	ranges[n_ranges++] = (struct range){ .kind = kind, .first = ~0ull };
	telling = true;
}

/* The letters of marks; what is told of memory stands between two of them. */
static void meet_mark(unsigned int cpu, void *arg)
{
	(void)cpu;
	switch ((char)(uintptr_t)arg) {
	case 'r':
		begin();
		break;
	case 'e':
		end();
		break;
	case '<':
		counting = true;
		packets++;
		break;
	case '>':
		counting = false;
		break;
	case 's':
		tell(STACK);
		break;
	case 't':
		tell(TASK);
		break;
	case 'p':
		tell(PACKET);
		break;
	case 'o':
		tell(OWN);
		break;
	case '.':
		telling = false;
		break;
	default:
		die("a mark that is not known");
	}
}

static enum kind kind_of(__u64 address)
{
	unsigned int i;

	for (i = 0; i < n_ranges; i++)
		if (ranges[i].first <= address && address <= ranges[i].last)
			return ranges[i].kind;
	return SHARED;
}

static struct place *place_of(__u64 pc)
{
	/* Knuth's multiplier, of the golden ratio; one after the other from there */
	__u64 first = pc * 0x9e3779b97f4a7c15ull >> (64 - PLACE_BITS);
	unsigned int i;

	for (i = 0; i < COUNT_OF(places); i++) {
		struct place *place = &places[(first + i) % COUNT_OF(places)];

		if (!place->pc)
			place->pc = pc;
		if (place->pc == pc)
			return place;
	}
	die("packets run too much code");
}

/* @arg: where the instruction is */
static void meet_instruction(unsigned int cpu, void *arg)
{
	(void)cpu;
	if (counting)
		place_of((uintptr_t)arg)->count++;
}

/* @arg: where the instruction is, and whether it has a gs prefix */
static void meet_access(unsigned int cpu, __u32 info, __u64 address, void *arg)
{
	struct range *range = &ranges[n_ranges - 1];
	enum kind kind;

	(void)cpu;
	if (telling) {
		range->first = address < range->first ? address : range->first;
		range->last = address > range->last ? address : range->last;
	}
	if (!counting || !qemu_plugin_mem_is_store(info))
		return;
	kind = (uintptr_t)arg & 1 ? CPU : kind_of(address);
	stores[kind]++;
	if (kind == SHARED)
		place_of((uintptr_t)arg >> 1 | KERNEL)->stores++;
}

/* Its letter, or 0 if it is none. */
static char mark_of(const unsigned char *code, size_t size)
{
	static const unsigned char begins[] = { 0x0f, 0x1f, 0x84, 0x00,
						's',  'g',  'n' };

	return size == sizeof(begins) + 1 &&
			       !memcmp(code, begins, sizeof(begins)) ?
		       code[sizeof(begins)] :
		       0;
}

static bool has_gs(const unsigned char *code, size_t size)
{
	size_t i;

	for (i = 0; i < size; i++) {
		switch (code[i]) {
		case 0x65:
			return true;
		case 0x26: /* the other segments */
		case 0x2e:
		case 0x36:
		case 0x3e:
		case 0x64:
		case 0x66: /* sizes */
		case 0x67:
		case 0xf0: /* lock and repetition */
		case 0xf2:
		case 0xf3:
			break;
		default:
			return false;
		}
	}
	return false;
}

static void translated(__u64 plugin, struct qemu_plugin_tb *tb)
{
	size_t i, n = qemu_plugin_tb_n_insns(tb);

	(void)plugin;
	for (i = 0; i < n; i++) {
		struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(tb, i);
		const unsigned char *code = qemu_plugin_insn_data(insn);
		size_t size = qemu_plugin_insn_size(insn);
		__u64 pc = qemu_plugin_insn_vaddr(insn);
		uintptr_t mark = mark_of(code, size);

		if (!(pc & KERNEL))
			continue;
		qemu_plugin_register_vcpu_insn_exec_cb(insn, meet_instruction,
						       QEMU_PLUGIN_CB_NO_REGS,
						       (void *)(uintptr_t)pc);
		if (mark)
			qemu_plugin_register_vcpu_insn_exec_cb(insn, meet_mark,
							       QEMU_PLUGIN_CB_NO_REGS,
							       (void *)mark);
		qemu_plugin_register_vcpu_mem_cb(insn, meet_access,
						 QEMU_PLUGIN_CB_NO_REGS,
						 QEMU_PLUGIN_MEM_RW,
						 (void *)(uintptr_t)(pc << 1 |
								     has_gs(code,
									    size)));
	}
}

int qemu_plugin_version = QEMU_PLUGIN_VERSION;

int qemu_plugin_install(__u64 plugin, const void *info, int argc, char **argv)
{
	(void)info;
	if (argc != 1 || strncmp(argv[0], "out=", 4))
		die("out=FILE is wanted");
	out = fopen(argv[0] + 4, "w");
	if (!out)
		die("the file cannot be written");
	qemu_plugin_register_vcpu_tb_trans_cb(plugin, translated);
	return 0;
}
