// SPDX-License-Identifier: GPL-2.0
/* Preloaded: the FAIL_NTH'th allocation of the kernel for this process fails, counted from before its main(). */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

__attribute__((constructor)) static void fail_nth(void)
{
	const char *nth = getenv("FAIL_NTH");
	int fd = open("/proc/self/fail-nth", O_WRONLY);

	if (!nth || fd < 0 || write(fd, nth, strlen(nth)) < 0)
		_exit(126);
	close(fd);
}
