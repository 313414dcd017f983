// SPDX-License-Identifier: GPL-2.0
/* sgnl: security groups for network devices. */
#include <errno.h>
#include <getopt.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>

#include "args.h"
#include "batch.h"
#include "command.h"
#include "error.h"
#include "kernel.h"
#include "mem.h"
#include "options.h"
#include "text.h"

struct options options;

/* Options without a letter. */
enum { OPTION_SESSIONS = 256, OPTION_PREVIEW };

static const struct option long_options[] = {
	{ "json", no_argument, NULL, 'j' },
	{ "pretty", no_argument, NULL, 'p' },
	{ "statistics", no_argument, NULL, 's' },
	{ "details", no_argument, NULL, 'd' },
	{ "oneline", no_argument, NULL, 'o' },
	{ "batch", required_argument, NULL, 'b' },
	{ "netns", required_argument, NULL, 'n' },
	{ "Version", no_argument, NULL, 'V' },
	{ "help", no_argument, NULL, 'h' },
	{ "preview", no_argument, NULL, OPTION_PREVIEW },
	{ "sessions", required_argument, NULL, OPTION_SESSIONS },
	{ "confirm", required_argument, NULL, 'c' },
	{},
};

static uint8_t parse_fate(const char *word)
{
	int fate = args_find(words_fate, word);

	if (fate < 0)
		fail("option --sessions \"%s\": expected %s", word, args_words(words_fate));
	return fate;
}

static void run_batch(const char *file)
{
	struct changes changes = {};

	batch_read(batch_open(file, &changes), &changes, command_queue);
	changes_run(&changes);
}

/* What is still to be written may not fit on the disk. */
static void finish(void)
{
	if (fflush(stdout) || ferror(stdout))
		fail("writing: %s", strerror(errno));
}

int main(int argc, char **argv)
{
	const char *batch = NULL, *netns = NULL;
	struct args args = {};
	int option;

	setlocale(LC_CTYPE, "");
	mem_init();
	/* The first word that is no option ends the options. */
	while ((option = getopt_long(argc, argv, "+:jpsdob:c:n:Vh", long_options, NULL)) != -1) {
		switch (option) {
		case 'j':
			options.json = true;
			break;
		case 'p':
			options.pretty = true;
			break;
		case 's':
			options.statistics = true;
			break;
		case 'd':
			options.details = true;
			break;
		case 'o':
			options.oneline = true;
			break;
		case 'b':
			batch = optarg;
			break;
		case 'c':
			options.confirm = args_confirm(optarg);
			break;
		case 'n':
			netns = optarg;
			break;
		case OPTION_SESSIONS:
			options.fate = parse_fate(optarg);
			break;
		case OPTION_PREVIEW:
			options.preview = true;
			break;
		case 'V':
			printf("sgnl %s, protocol %u\n", SGNL_VERSION, SGNL_FAMILY_VERSION);
			finish();
			return 0;
		case 'h':
			command_usage(stdout);
			finish();
			return 0;
		case ':':
			fail("option \"%s\": expected a word behind it", argv[optind - 1]);
		default:
			fail("unknown option \"%s\": expected -j, -p, -s, -d, -o, -b, -c, -n, -V, -h, --sessions or --preview",
			     argv[optind - 1]);
		}
	}
	args.word = argv + optind;
	args.n = argc - optind;

	if (netns)
		kernel_netns(netns);
	if (batch) {
		args_end(&args);
		run_batch(batch);
	} else {
		command_run(&args);
	}
	finish();
	return exit_status;
}
