// SPDX-License-Identifier: GPL-2.0
/* Preloaded: the process dies of SIGKILL behind its KILL_AFTER'th message. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>

static void count(void)
{
	static int sent;
	const char *after = getenv("KILL_AFTER");

	if (after && ++sent == atoi(after))
		raise(SIGKILL);
}

ssize_t sendto(int fd, const void *buf, size_t len, int flags,
	       const struct sockaddr *to, socklen_t to_len)
{
	static ssize_t (*next)(int, const void *, size_t, int,
			       const struct sockaddr *, socklen_t);
	ssize_t sent;

	if (!next)
		*(void **)&next = dlsym(RTLD_NEXT, "sendto");
	sent = next(fd, buf, len, flags, to, to_len);
	count();
	return sent;
}

ssize_t sendmsg(int fd, const struct msghdr *msg, int flags)
{
	static ssize_t (*next)(int, const struct msghdr *, int);
	ssize_t sent;

	if (!next)
		*(void **)&next = dlsym(RTLD_NEXT, "sendmsg");
	sent = next(fd, msg, flags);
	count();
	return sent;
}
