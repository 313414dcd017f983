// SPDX-License-Identifier: GPL-2.0
/*
 * Packets of many flows through the kernel's own hooks, counted in ticks of the
 * TSC. Never part of sgnl.ko.
 *
 * A run has one skb, whose headers are written anew for each packet. What that
 * costs is counted too, and goes when the same run without hooks is subtracted.
 * Devices are looked for in the network namespace of whoever asks for the run.
 *
 * debugfs, sgnl_bench/:
 *   flows  an array of struct bench_flow, not to be written to while others send
 *   run    "path in out reverse flags first flows packets batch evict pause" sends,
 *          and a struct bench_result is what can be read then
 *
 * With a pause batches come that many microseconds one after the other, from a
 * softirq as those of devices do, while whoever asked sleeps and others run.
 *
 * Each open file has a result of its own: several processes send at once, one
 * of them by one file.
 *
 * stores_plugin.c counts stores, if the guest's CPU is emulated with it. What it
 * is to know it is told by marks, which are NOPs else.
 */
#include <linux/completion.h>
#include <linux/debugfs.h>
#include <linux/etherdevice.h>
#include <linux/hrtimer.h>
#include <linux/module.h>
#include <linux/netfilter.h>
#include <linux/netfilter_netdev.h>
#include <linux/nsproxy.h>
#include <linux/percpu.h>
#include <linux/sched/task_stack.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include <linux/vmalloc.h>
#include <net/ip.h>
#include <net/ipv6.h>

#define L4_BYTES     sizeof(struct tcphdr)
#define ISN_OPENER   1000
#define ISN_ANSWERER 2000

static unsigned int flows_max = 16384;
module_param(flows_max, uint, 0444);
static unsigned int evict_kib;
module_param(evict_kib, uint, 0444);
MODULE_PARM_DESC(evict_kib, "what is walked through to make caches cold");
static unsigned int line_kib;
module_param(line_kib, uint, 0600);
MODULE_PARM_DESC(
	line_kib,
	"of these a line is read at random; later no more than at first");
static bool interrupts;
module_param(interrupts, bool, 0444);
MODULE_PARM_DESC(interrupts,
		 "let them into batches, as of packets from devices");

static unsigned long own;
module_param(own, ulong, 0600);
MODULE_PARM_DESC(own, "a per-CPU pointer to memory of that CPU's own");
static unsigned long own_bytes;
module_param(own_bytes, ulong, 0600);

/*
 * A NOP with a displacement that no compiler gives it: "sgn" and a letter.
 *   r, e  a run begins, and ends
 *   <, >  so does a packet's way
 *   s, t, p, o  stack, task, packet, CPU's own: memory that is looked at next
 *   .     that was it
 */
#define MARK(letter) \
	".byte 0x0f, 0x1f, 0x84, 0x00\n\t" \
	".ascii \"sgn" letter "\"\n\t"
#define mark(letter) asm volatile(MARK(letter))

/* Of which kind memory is; its first and its last byte are looked at. */
#define tell(letter, memory, bytes) \
	asm volatile(MARK(letter) "cmpb $0, (%0)\n\t" \
				  "cmpb $0, (%1)\n\t" MARK(".") \
		     : \
		     : "r"(memory), "r"((char *)(memory) + (bytes)-1) \
		     : "cc")

/**
 * struct bench_flow - a flow, as its opener sends
 * @src: IPv4 addresses are in the first four bytes
 * @dst: the same
 * @sport: source port
 * @dport: destination port
 * @family: 4 or 6; the same for all flows of a run
 * @proto: IPPROTO_TCP or IPPROTO_UDP
 * @pad: nothing
 */
struct bench_flow {
	u8 src[16];
	u8 dst[16];
	__be16 sport;
	__be16 dport;
	u8 family;
	u8 proto;
	u8 pad[2];
};

static struct bench_flow *flows;

static u8 *evictor;

#define LINE 64

static u8 *lines;
static unsigned int lines_kib; /* how many there are */

#define BATCHES_MAX 8192

/**
 * struct bench_result - what came of a run
 * @ticks: of all packets
 * @ns: of all packets
 * @passed: packets that were let through
 * @took: ticks of each batch; with a pause the ns since the one before began
 */
struct bench_result {
	u64 ticks;
	u64 ns;
	u64 passed;
	u64 took[BATCHES_MAX];
};

/**
 * struct bench_file - what belongs to one who has opened run
 * @turn: how often flows have begun anew
 * @n_batches: of the last run
 * @result: of the last run
 */
struct bench_file {
	unsigned int turn;
	unsigned int n_batches;
	struct bench_result result;
};

struct bench;

/**
 * struct bench_path - hooks that a packet meets one after the other
 * @name: what run calls it
 * @take: takes the packet along; whether it was let through
 * @empty: there is a hook at ingress, which does nothing
 * @leaves: a copy is sent, and has gone all of its way when @take is back
 */
struct bench_path {
	const char *name;
	bool (*take)(struct bench *b);
	bool empty;
	bool leaves;
};

/**
 * struct bench - a run
 * @file: who asked for it
 * @path: the hooks
 * @skb: the packet, its data at the network header
 * @in: where it is received
 * @out: where it is transmitted
 * @reverse: packets run against their flows
 * @flags: of TCP, its 14th byte
 * @first: flows begin with this one
 * @n_flows: how many take turns
 * @packets: how many are sent
 * @batch: how many in one go, without an interrupt if these are not let in and
 *	packets do not leave
 * @evict: caches are cold at the beginning of each batch
 * @pause: microseconds from the beginning of a batch to the next one's, or 0
 * @sent: packets that were sent
 * @at: the flow that is next, from @first on
 * @timer: begins a batch
 * @began: when the last one did
 * @done: all batches were sent
 */
struct bench {
	struct bench_file *file;
	const struct bench_path *path;
	struct sk_buff *skb;
	struct net_device *in;
	struct net_device *out;
	unsigned int reverse;
	unsigned int flags;
	unsigned int first;
	unsigned int n_flows;
	unsigned int packets;
	unsigned int batch;
	unsigned int evict;
	unsigned int pause;
	unsigned int sent;
	unsigned int at;
	struct hrtimer timer;
	u64 began;
	struct completion done;
};

static u64 ticks(void)
{
	u32 low, high;

	asm volatile("lfence; rdtsc" : "=a"(low), "=d"(high) : : "memory");
	return (u64)high << 32 | low;
}

static bool receive(struct bench *b)
{
	b->skb->dev = b->in;
	return !nf_hook_ingress_active(b->skb) || nf_hook_ingress(b->skb) >= 0;
}

static bool transmit(struct bench *b)
{
	bool passed = true;
	int rc;

	b->skb->dev = b->out;
	__skb_push(b->skb, ETH_HLEN);
	if (nf_hook_egress_active())
		passed = nf_hook_egress(b->skb, &rc, b->out);
	__skb_pull(b->skb, ETH_HLEN);
	return passed;
}

static bool cross(struct bench *b)
{
	return receive(b) && transmit(b);
}

/*
 * No hooks, but a line of memory at random. Where the next one is depends on what
 * is in this one, which is 0, so that none is read before.
 */
static bool read_line(struct bench *b)
{
	u32 n = min(line_kib, lines_kib) * (1024 / LINE);
	static u64 at;

	at = at * 6364136223846793005ull + 1442695040888963407ull +
	     READ_ONCE(lines[((at >> 32) * n >> 32) * LINE]);
	return true;
}

static int no_okfn(struct net *net, struct sock *sk, struct sk_buff *skb)
{
	return 0;
}

/* By constants: each of these hooks has a key that tells whether it is in use. */
static __always_inline bool inet_hook(struct bench *b, unsigned int hook,
				      struct net_device *in,
				      struct net_device *out)
{
	if (b->skb->protocol == htons(ETH_P_IPV6))
		return nf_hook(NFPROTO_IPV6, hook, &init_net, NULL, b->skb, in,
			       out, no_okfn) == 1;
	return nf_hook(NFPROTO_IPV4, hook, &init_net, NULL, b->skb, in, out,
		       no_okfn) == 1;
}

static bool prerouting(struct bench *b)
{
	b->skb->dev = b->in;
	return inet_hook(b, NF_INET_PRE_ROUTING, b->in, NULL);
}

static bool forward(struct bench *b)
{
	if (!prerouting(b) || !inet_hook(b, NF_INET_FORWARD, b->in, b->out))
		return false;
	b->skb->dev = b->out;
	return inet_hook(b, NF_INET_POST_ROUTING, NULL, b->out);
}

/*
 * What is received by the other end of a veth, and forwarded to a second one, is
 * so in softirqs, which run as soon as bottom halves are on again.
 */
static bool leave(struct bench *b)
{
	struct sk_buff *skb = skb_copy(b->skb, GFP_ATOMIC);

	if (!skb)
		return false;
	skb->dev = b->in;
	__skb_push(skb, ETH_HLEN);
	return dev_queue_xmit(skb) == NET_XMIT_SUCCESS;
}

static const struct bench_path paths[] = {
	{ .name = "ingress", .take = receive },
	{ .name = "empty", .take = receive, .empty = true },
	{ .name = "egress", .take = transmit },
	{ .name = "cross", .take = cross },
	{ .name = "prerouting", .take = prerouting },
	{ .name = "forward", .take = forward },
	{ .name = "leave", .take = leave, .leaves = true },
	{ .name = "line", .take = read_line },
};

static unsigned int empty_hook(void *priv, struct sk_buff *skb,
			       const struct nf_hook_state *state)
{
	return NF_ACCEPT;
}

static void write_network(struct bench *b, const struct bench_flow *f)
{
	const u8 *src = b->reverse ? f->dst : f->src;
	const u8 *dst = b->reverse ? f->src : f->dst;
	struct ipv6hdr *ip6 = ipv6_hdr(b->skb);
	struct iphdr *ip = ip_hdr(b->skb);

	if (f->family == 6) {
		*(__be32 *)ip6 = htonl(0x60000000);
		ip6->payload_len = htons(L4_BYTES);
		ip6->nexthdr = f->proto;
		ip6->hop_limit = 64;
		memcpy(&ip6->saddr, src, sizeof(ip6->saddr));
		memcpy(&ip6->daddr, dst, sizeof(ip6->daddr));
		return;
	}
	ip->version = 4;
	ip->ihl = 5;
	ip->tos = 0;
	ip->tot_len = htons(sizeof(*ip) + L4_BYTES);
	ip->id = 0;
	ip->frag_off = htons(IP_DF);
	ip->ttl = 64;
	ip->protocol = f->proto;
	memcpy(&ip->saddr, src, sizeof(ip->saddr));
	memcpy(&ip->daddr, dst, sizeof(ip->daddr));
	ip_send_check(ip);
}

/*
 * TCP sends no data. A flow's window is another one each time: conntrack counts
 * what it takes for the same packet again.
 */
static void write_transport(struct bench *b, const struct bench_flow *f)
{
	__be16 sport = b->reverse ? f->dport : f->sport;
	__be16 dport = b->reverse ? f->sport : f->dport;
	u32 seq = b->reverse ? ISN_ANSWERER : ISN_OPENER;
	u32 ack = b->reverse ? ISN_OPENER : ISN_ANSWERER;
	struct tcphdr *tcp = tcp_hdr(b->skb);
	struct udphdr *udp = udp_hdr(b->skb);

	if (f->proto == IPPROTO_UDP) {
		udp->source = sport;
		udp->dest = dport;
		udp->len = htons(L4_BYTES);
		udp->check = 0;
		return;
	}
	tcp->source = sport;
	tcp->dest = dport;
	tcp->seq = htonl(seq + !(b->flags & 0x02));
	tcp->ack_seq = b->flags & 0x10 ? htonl(ack + 1) : 0;
	tcp->doff = sizeof(*tcp) / 4;
	((u8 *)tcp)[13] = b->flags;
	tcp->window = htons(0xf000 + (b->file->turn & 1));
	tcp->check = 0;
	tcp->urg_ptr = 0;
}

/* Two references, so that whoever drops the packet does not free it. */
static bool send(struct bench *b, const struct bench_flow *f)
{
	bool passed;

	write_network(b, f);
	write_transport(b, f);
	refcount_set(&b->skb->users, 2);
	mark("<");
	passed = b->path->take(b);
	mark(">");
	nf_reset_ct(b->skb);
	return passed;
}

/* Writes to a byte of each line, so that none of another use is left. */
static void evict(void)
{
	unsigned long i;

	for (i = 0; i < (unsigned long)evict_kib << 10; i += 64)
		WRITE_ONCE(evictor[i], evictor[i] + 1);
}

/* Sends a batch; its ticks. */
static u64 send_batch(struct bench *b)
{
	unsigned int end = min(b->sent + b->batch, b->packets);
	struct bench_result *r = &b->file->result;
	u64 begun, took, ns;

	ns = ktime_get_ns();
	begun = ticks();
	for (; b->sent < end; b->sent++) {
		r->passed += send(b, &flows[b->first + b->at]);
		if (++b->at == b->n_flows) {
			b->at = 0;
			b->file->turn++;
		}
	}
	took = ticks() - begun;
	r->ns += ktime_get_ns() - ns;
	r->ticks += took;
	return took;
}

static void run(struct bench *b)
{
	bool alone = !interrupts && !b->path->leaves;
	u64 *took = b->file->result.took;

	while (b->sent < b->packets) {
		unsigned long irq = 0;

		if (b->evict)
			evict();
		if (!b->path->leaves)
			local_bh_disable();
		rcu_read_lock();
		if (alone)
			local_irq_save(irq);
		*took++ = send_batch(b);
		if (alone)
			local_irq_restore(irq);
		rcu_read_unlock();
		if (!b->path->leaves)
			local_bh_enable();
		cond_resched();
	}
	b->file->n_batches = took - b->file->result.took;
}

static enum hrtimer_restart next_batch(struct hrtimer *timer)
{
	struct bench *b = container_of(timer, struct bench, timer);
	struct bench_file *file = b->file;
	u64 now = ktime_get_ns();

	file->result.took[file->n_batches++] = now - b->began;
	b->began = now;
	rcu_read_lock();
	send_batch(b);
	rcu_read_unlock();
	if (b->sent == b->packets) {
		complete(&b->done);
		return HRTIMER_NORESTART;
	}
	hrtimer_forward_now(timer, ns_to_ktime(b->pause * 1000ull));
	return HRTIMER_RESTART;
}

static void run_by_timer(struct bench *b)
{
	b->file->n_batches = 0;
	init_completion(&b->done);
	hrtimer_init(&b->timer, CLOCK_MONOTONIC, HRTIMER_MODE_REL_SOFT);
	b->timer.function = next_batch;
	b->began = ktime_get_ns();
	hrtimer_start(&b->timer, ns_to_ktime(b->pause * 1000ull),
		      HRTIMER_MODE_REL_SOFT);
	wait_for_completion(&b->done);
	hrtimer_cancel(&b->timer);
}

/* Tells whose memory is whose, and has the stores of a run counted. */
static void run_marked(struct bench *b)
{
	const struct sk_buff *skb = b->skb;
	unsigned long irq;

	/* Interrupts would look at memory too. */
	local_irq_save(irq);
	mark("r");
	tell("s", task_stack_page(current), THREAD_SIZE);
	tell("t", (char *)current, sizeof(*current));
	tell("p", (char *)skb, sizeof(*skb));
	tell("p", skb->head,
	     skb_end_offset(skb) + sizeof(struct skb_shared_info));
	/* Only one CPU is emulated where stores are counted. */
	if (own)
		tell("o", *this_cpu_ptr((char *__percpu *)own), own_bytes);
	local_irq_restore(irq);
	run(b);
	mark("e");
}

static struct sk_buff *new_packet(u8 family)
{
	unsigned int l3 = family == 6 ? sizeof(struct ipv6hdr) :
					sizeof(struct iphdr);
	struct sk_buff *skb;
	struct ethhdr *eth;

	skb = alloc_skb(NET_SKB_PAD + ETH_HLEN + l3 + L4_BYTES, GFP_KERNEL);
	if (!skb)
		return NULL;
	skb_reserve(skb, NET_SKB_PAD);
	skb_reset_mac_header(skb);
	eth = skb_put(skb, ETH_HLEN);
	eth_zero_addr(eth->h_dest);
	eth_zero_addr(eth->h_source);
	eth->h_dest[0] = 2;
	eth->h_source[0] = 2;
	eth->h_source[5] = 1;
	eth->h_proto = htons(family == 6 ? ETH_P_IPV6 : ETH_P_IP);
	skb->protocol = eth->h_proto;
	skb_pull(skb, ETH_HLEN);
	skb_reset_network_header(skb);
	skb_put_zero(skb, l3 + L4_BYTES);
	skb_set_transport_header(skb, l3);
	/* As a device that has verified it says */
	skb->ip_summed = CHECKSUM_UNNECESSARY;
	return skb;
}

/* Checks what was asked for, with the devices held. */
static int run_on(struct bench *b)
{
	struct nf_hook_ops empty = {
		.hook = empty_hook,
		.dev = b->in,
		.pf = NFPROTO_NETDEV,
		.hooknum = NF_NETDEV_INGRESS,
	};
	int err;

	if (!b->in || !b->out)
		return -ENODEV;
	if (!b->n_flows || !b->packets || !b->batch || b->first > flows_max ||
	    b->n_flows > flows_max - b->first ||
	    DIV_ROUND_UP(b->packets, b->batch) > BATCHES_MAX)
		return -ERANGE;
	b->skb = new_packet(flows[b->first].family);
	if (!b->skb)
		return -ENOMEM;
	err = b->path->empty ? nf_register_net_hook(&init_net, &empty) : 0;
	memset(&b->file->result, 0, offsetof(struct bench_result, took));
	if (!err && b->pause)
		run_by_timer(b);
	else if (!err)
		run_marked(b);
	if (!err && b->path->empty)
		nf_unregister_net_hook(&init_net, &empty);
	refcount_set(&b->skb->users, 1);
	kfree_skb(b->skb);
	return err;
}

static int run_line(struct bench_file *file, const char *line)
{
	char path[16], in[IFNAMSIZ], out[IFNAMSIZ];
	struct bench b = { .file = file };
	unsigned int i;
	int err;

	if (sscanf(line, "%15s %15s %15s %u %u %u %u %u %u %u %u", path, in,
		   out, &b.reverse, &b.flags, &b.first, &b.n_flows, &b.packets,
		   &b.batch, &b.evict, &b.pause) != 11)
		return -EINVAL;
	for (i = 0; i < ARRAY_SIZE(paths); i++)
		if (!strcmp(paths[i].name, path))
			b.path = &paths[i];
	if (!b.path)
		return -EINVAL;
	b.in = dev_get_by_name(current->nsproxy->net_ns, in);
	b.out = dev_get_by_name(current->nsproxy->net_ns, out);
	err = run_on(&b);
	dev_put(b.in);
	dev_put(b.out);
	return err;
}

static int run_open(struct inode *inode, struct file *file)
{
	struct bench_file *f = vzalloc(sizeof(*f));

	file->private_data = f;
	return f ? 0 : -ENOMEM;
}

static int run_release(struct inode *inode, struct file *file)
{
	vfree(file->private_data);
	return 0;
}

static ssize_t run_write(struct file *file, const char __user *from,
			 size_t count, loff_t *pos)
{
	char line[128];

	if (count >= sizeof(line))
		return -EINVAL;
	if (copy_from_user(line, from, count))
		return -EFAULT;
	line[count] = 0;
	return run_line(file->private_data, line) ?: count;
}

static ssize_t run_read(struct file *file, char __user *to, size_t count,
			loff_t *pos)
{
	const struct bench_file *f = file->private_data;

	return simple_read_from_buffer(to, count, pos, &f->result,
				       offsetof(struct bench_result, took) +
					       f->n_batches *
						       sizeof(*f->result.took));
}

static ssize_t flows_write(struct file *file, const char __user *from,
			   size_t count, loff_t *pos)
{
	return simple_write_to_buffer(flows, flows_max * sizeof(*flows), pos,
				      from, count);
}

static const struct file_operations run_fops = {
	.owner = THIS_MODULE,
	.open = run_open,
	.release = run_release,
	.read = run_read,
	.write = run_write,
	.llseek = default_llseek,
};

static const struct file_operations flows_fops = {
	.owner = THIS_MODULE,
	.open = simple_open,
	.write = flows_write,
	.llseek = default_llseek,
};

static struct dentry *dir;

static int __init bench_init(void)
{
	flows = vzalloc(array_size(flows_max, sizeof(*flows)));
	evictor = vzalloc(max(evict_kib, 1U) << 10);
	lines_kib = max(line_kib, 1U);
	lines = vzalloc(lines_kib << 10);
	if (!flows || !evictor || !lines) {
		vfree(lines);
		vfree(evictor);
		vfree(flows);
		return -ENOMEM;
	}
	dir = debugfs_create_dir("sgnl_bench", NULL);
	debugfs_create_file("run", 0600, dir, NULL, &run_fops);
	debugfs_create_file("flows", 0200, dir, NULL, &flows_fops);
	return 0;
}

static void __exit bench_exit(void)
{
	debugfs_remove_recursive(dir);
	vfree(lines);
	vfree(evictor);
	vfree(flows);
}

module_init(bench_init);
module_exit(bench_exit);
MODULE_DESCRIPTION("sgnl's bench: packets through the kernel's own hooks");
MODULE_LICENSE("GPL");
