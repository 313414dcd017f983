#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# completion.sh: the completion offers every object and command that there is, and where the usage has words, those.
set -eu
# shellcheck source=selftests/check/lib.sh
. "$(dirname "$0")/lib.sh"

# What is typed, its last word not yet complete (- is none) | what is offered, among others
offers='
- | group rule prefix-list port-list member port guard platform session stats monitor save apply confirm diff audit
- | explain check doctor help -j --preview
-n x gr | group
--sessions - | keep revalidate cut
group add sg-x - | type internal vpc description
group add sg-x type - | basic enterprise
group set - | sg-a
group set sg-a internal - | accept drop
rule add sg-a - | in out
rule add sg-a in - | allow deny tcp udp icmp icmpv4 icmpv6 gre all port from to sport type code priority expires
rule add sg-a in - | description id
rule add sg-a in tcp port - | list
rule add sg-a in tcp port list - | prl-a
rule add sg-a in tcp from - | group prefix-list
rule add sg-a in tcp from group - | sg-a
rule add sg-a in tcp from prefix-list - | pl-a
rule set - | sgr-1
rule set sgr-1 - | allow deny tcp port expires
rule set sgr-1 port - | any list
rule set sgr-1 sport - | any
rule set sgr-1 type - | any
rule set sgr-1 code - | any
rule set sgr-1 to - | any group
rule set sgr-1 expires - | never
rule del - | sgr-1 sg-a
rule del sgr-1 - | sgr-1
rule del sg-a - | in out
prefix-list add pl-x - | family max entry description
prefix-list add pl-x family - | ipv4 ipv6
prefix-list set pl-a entry - | none
port-list entry - | add del
port-list entry add - | prl-a
member add - | sg-a
port add lo - | side address group ethertype smtp trunk guard pmtud adopt idle-established idle-closing idle-other
port add - | lo
port add lo side - | guest self
port add lo address - | follow
port set - | d0
port set d0 address - | follow none
port set d0 ethertype - | none
port set d0 smtp - | deny allow private
port set d0 pmtud - | open strict
port join d0 - | sg-a
port move d0 - | to
port move d0 to - | sg-a
guard del - | tap*
platform set - | arp neighbour mld dhcp pmtud metaserver slb probe
platform set slb - | on off address
platform set slb address - | none
session show - | d0
session load d0 Make | Makefile
stats - | d0 help
monitor - | config sessions denials help
explain - | d0 help
explain d0 - | in out
explain d0 in - | tcp udp icmp icmpv6 gre
explain d0 in tcp 10.0.0.1:1 10.0.0.2:2 - | type code id flags vlan broadcast
check - | port group --remove help
check group - | sg-a
doctor - | lo help
save - | --aliyun --partial help
confirm - | --rollback help
apply - | -f --partial --confirm help
apply -f Make | Makefile
diff Make | Makefile
diff - | help --partial
audit - | start show commit stop help
audit start - | -f --partial
'

# What the completion asks for names
sgnl() {
	case "$*" in
	'-o group show') echo 'group add sg-a type basic' ;;
	'-o port show') echo 'port add d0 side guest' ;;
	'-o guard show') echo 'guard add tap*' ;;
	'-o rule show') echo 'rule add sg-a in tcp from 10.0.0.1 id sgr-1' ;;
	'-o prefix-list show') echo 'prefix-list add pl-a family ipv4' ;;
	'-o port-list show') echo 'port-list add prl-a max 1' ;;
	esac
}

complete_words() { # WORD...
	local last=${*: -1}
	COMP_WORDS=(sgnl "${@:1:$#-1}" "${last#-}")
	COMP_CWORD=$#
	_sgnl
}

check_offers() { # COMPLETION
	local line word status=0 words wanted
	# shellcheck disable=SC1090 # the installed one, or a broken copy
	. "$1"
	set -f
	while IFS= read -r line; do
		[[ $line ]] || continue
		read -ra words <<<"${line% | *}"
		read -ra wanted <<<"${line##* | }"
		complete_words "${words[@]}"
		for word in "${wanted[@]}"; do
			[[ " ${COMPREPLY[*]} " = *" $word "* ]] || {
				echo "sgnl ${line% | *}: '$word' is not among: ${COMPREPLY[*]}"
				status=1
			}
		done
	done <<<"$offers"
	set +f
	return "$status"
}

# Behind each object its commands, as the objects' own tables have them
check_commands() {
	local file name command found=0 status=0
	# shellcheck disable=SC1091
	. userspace-tool/completion/sgnl
	while read -r file name; do
		while read -r command; do
			found=$((found + 1))
			complete_words "$name" -
			[[ " ${COMPREPLY[*]} " = *" $command "* ]] || {
				echo "$file: sgnl $name: '$command' is not among: ${COMPREPLY[*]}"
				status=1
			}
		done < <(sed -n "/^	\.name = \"$name\"/,/^};/s/.*{ \.name = \"\([a-z]*\)\".*/\1/p" "$file")
	done < <(sed -n 's/^\t\.name = "\([a-z-]*\)",$/\1/p' userspace-tool/*.c |
		while read -r name; do
			echo "$(grep -l "^	\.name = \"$name\"" userspace-tool/*.c) $name"
		done)
	[ "$found" -gt 30 ] || {
		echo "only $found commands were found"
		status=1
	}
	return "$status"
}

planted() {
	sed 's/keep revalidate cut/keep cut/' userspace-tool/completion/sgnl >"$work/completion"
	check_offers "$work/completion"
}

try "completion: words of the usage are offered" check_offers userspace-tool/completion/sgnl
try "completion: every command of every object is offered" check_commands
try "completion: a word that is not offered is seen" sees "'revalidate' is not among" planted
finish
