// SPDX-License-Identifier: GPL-2.0
/*
 * Changes that would keep out who makes them.
 *
 * sshd tells a login of its addresses and ports by SSH_CONNECTION. sudo takes
 * that away, so the processes above are asked, up to the first one. What counts
 * is whether the same client could log in once more: the connection that there
 * is may live on as a session and yet be the last one.
 */
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "error.h"
#include "explain.h"
#include "lockout.h"
#include "mem.h"
#include "rule.h"
#include "text.h"

/* Where clients' ports begin: the login that there is has a session. */
#define SOURCE_PORT 49152

#define VARIABLE    "SSH_CONNECTION="

/* What a file of /proc has, with a 0 at its end; NULL if it cannot be read. */
static char *proc_read(pid_t pid, const char *name, size_t *len)
{
	VEC(char) text = {};
	FILE *file;
	int c;

	file = fopen(mem_printf("/proc/%d/%s", pid, name), "re");
	if (!file)
		return NULL;
	while ((c = getc(file)) != EOF)
		*vec_add(&text) = c;
	fclose(file);
	*len = text.n;
	*vec_add(&text) = '\0';
	return text.v;
}

static pid_t parent(pid_t pid)
{
	size_t len;
	char *stat = proc_read(pid, "stat", &len), *behind = stat ? strrchr(stat, ')') : NULL;
	int ppid;

	/* The name, in parentheses, may have some of its own. */
	return behind && sscanf(behind, ") %*c %d", &ppid) == 1 ? ppid : 0;
}

static const char *login_of(pid_t pid)
{
	size_t len, at;
	const char *env = proc_read(pid, "environ", &len);

	for (at = 0; env && at < len; at += strlen(env + at) + 1)
		if (!strncmp(env + at, VARIABLE, strlen(VARIABLE)))
			return env + at + strlen(VARIABLE);
	return NULL;
}

static const char *find_login(void)
{
	const char *login = NULL;
	pid_t pid;

	for (pid = getpid(); pid > 0 && !login; pid = parent(pid))
		login = login_of(pid);
	return login;
}

/* Client and server; false if it does not look like that. */
static bool parse_login(const char *login, struct args_endpoint *client,
			struct args_endpoint *server)
{
	char *word[4], *text = strdupa(login);
	size_t n = 0;

	for (text = strtok(text, " "); text && n < 4; text = strtok(NULL, " ")) {
		text[strcspn(text, "%")] = '\0'; /* the device of a link-local address */
		word[n++] = text;
	}
	if (n != 4 || !address_read(word[0], &client->address) ||
	    !address_read(word[2], &server->address) ||
	    client->address.family != server->address.family)
		return false;
	client->port = SOURCE_PORT;
	server->port = atoi(word[3]);
	return true;
}

static bool has_address(const struct ifaddrs *a, const struct sgnl_prefix *address)
{
	bool v6 = address->family == SGNL_FAMILY_IPV6;
	unsigned char bytes[16];
	const void *at;

	if (!a->ifa_addr || a->ifa_addr->sa_family != (v6 ? AF_INET6 : AF_INET))
		return false;
	at = v6 ? (const void *)&((struct sockaddr_in6 *)a->ifa_addr)->sin6_addr :
		  (const void *)&((struct sockaddr_in *)a->ifa_addr)->sin_addr;
	return !memcmp(at, bytes, sgnl_addr_write(bytes, &address->addr, address->family));
}

void lockout_check(enum explain_by behind)
{
	const char *login = find_login();
	struct args_endpoint client = {}, server = {};
	struct ifaddrs *all, *a;

	if (!login || !parse_login(login, &client, &server) || getifaddrs(&all))
		return;
	for (a = all; a; a = a->ifa_next) {
		unsigned int ifindex = if_nametoindex(a->ifa_name);
		uint32_t rule;

		if (!has_address(a, &server.address) ||
		    explain_passes(ifindex, &client, &server, behind, &rule) ||
		    !explain_passes(ifindex, &client, &server, EXPLAIN_BY_STATE, &(uint32_t){ 0 }))
			continue;
		fail("ssh from %s to %s port %u would be dropped at %s%s%s: expected --confirm SECONDS, which takes it back unless you confirm",
		     address_text(&client.address), address_text(&server.address), server.port,
		     a->ifa_name, rule ? " by " : "", rule ? rule_id_text(rule) : "");
	}
	freeifaddrs(all);
}
