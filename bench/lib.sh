# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034,SC2154
#
# What the parts of bench/run share: images, runs of the tools in turns, medians
# and rows of tables.  bench/run sets the variables first that its help names.

say() {
	echo "bench: $*" >&2
}

die() {
	say "$@"
	exit 1
}

# Whether directory $2 has the tools of version $1.
has_version() {
	[ -n "$2" ] && "$2/thin_check" -V 2>/dev/null | grep -q "\b$1\."
}

# A block device to read metadata from, in place of files.
device=

find_peers() {
	peers=()
	if has_version 1.1 "$PEER11"; then
		peers+=(1.1)
	else
		say "no version 1.1 in PEER11='$PEER11', left out"
	fi
	if has_version 0.9 "$PEER09"; then
		peers+=(0.9)
	else
		say "no version 0.9 in PEER09='$PEER09', left out"
	fi
}

dir_of() {
	case $1 in
	ours) echo "$OURS" ;;
	1.1) echo "$PEER11" ;;
	0.9) echo "$PEER09" ;;
	esac
}

prepare() {
	[ -x "$MKMETA" ] || die "MKMETA='$MKMETA' is not built"
	[ -x "$MEASURE" ] || die "MEASURE='$MEASURE' is not built"
	[ -x "$OURS/thin_check" ] || die "no thin_check in OURS='$OURS'"
	find_peers
	mkdir -p "$BENCH_DIR" || exit 1
	results=$(mktemp -d "$BENCH_DIR/results.XXXXXX") || exit 1
	trap 'rm -rf "$results" "$BENCH_DIR/out.img" "$BENCH_DIR/out.xml" \
		"$BENCH_DIR/out.data"; [ -z "$device" ] || losetup -d "$device"' EXIT
	trap 'exit 1' HUP INT TERM
}

# make_image KIND NAME [OPTION]... - unless it is there, complete.
make_image() {
	local kind=$1 name=$2 path

	shift 2
	path=$BENCH_DIR/$name.img
	[ -e "$path" ] && return
	"$MKMETA" "$kind" "$@" "$path.part" >&2 || die "cannot make $path"
	# A device has no holes, which a tmpfs would read without looking.
	if [ "$kind" = scale ]; then
		mv "$path.part" "$path"
	else
		cp --sparse=never "$path.part" "$path.full" || die "cannot fill $path"
		mv "$path.full" "$path"
		rm -f "$path.part"
	fi
}

# All restore from the same XML.  1.1 says in it what snapshots share, without
# which some of the metadata would not fit where it came from.
make_xml() {
	local name=$1 who=ours
	local path=$BENCH_DIR/$name.xml

	[ -e "$path" ] && return
	case " ${peers[*]-} " in
	*" 1.1 "*) who=1.1 ;;
	esac
	"$(dir_of "$who")/thin_dump" -o "$path.part" "$BENCH_DIR/$name.img" >&2 ||
		die "cannot make $path"
	mv "$path.part" "$path"
}

# once WHO TASK NAME [OPTION]... - one measured run; options go to measure.  With
# device set, the image is what that holds.
once() {
	local who=$1 task=$2 name=$3
	local file=$BENCH_DIR/$name.img
	local image=${device:-$file}
	local out=$BENCH_DIR/out result=$results/$2.$3.$1
	local command

	shift 3
	case $who.$task in
	cat.thin_restore | cat.*_xml) command=(cat "$BENCH_DIR/$name.xml") ;;
	cat.thin_send | cat.thin_extract) command=(cp "$BENCH_DIR/$name.volume" "$out.data") ;;
	cat.thin_send_from) command=(cp "$BENCH_DIR/$name.change" "$out.data") ;;
	cat.*) command=(cat "$image") ;;
	*.thin_trim)
		truncate -s 1310720000000 "$out.data"
		command=("$(dir_of "$who")/$task" --metadata-dev "$image" --data-dev "$out.data")
		;;
	*.thin_shrink)
		command=("$(dir_of "$who")/thin_shrink" --binary --no-copy --data /dev/null
			-i "$image" -o "$out.img" --nr-blocks "$SHRINK_TO")
		rm -f "$out.img"
		truncate -s "$(stat -c %s "$file")" "$out.img"
		;;
	*.thin_shrink_xml)
		command=("$(dir_of "$who")/thin_shrink" --no-copy --data /dev/null
			-i "$BENCH_DIR/$name.xml" -o "$out.xml" --nr-blocks "$SHRINK_TO")
		;;
	ours.thin_send | ours.thin_send_from)
		command=("$OURS/thin_send" --metadata "$image" --data "$BENCH_DIR/$name.data"
			--thin 1 -o "$out.data")
		[ "$task" = thin_send ] || command+=(--thin 2 --from 1)
		;;
	*.thin_send) command=("$here/by-hand" full "$(dir_of "$who")" "$image"
		"$BENCH_DIR/$name.data" "$out.data") ;;
	*.thin_send_from) command=("$here/by-hand" delta "$(dir_of "$who")" "$image"
		"$BENCH_DIR/$name.data" "$out.data") ;;
	*.thin_extract) command=("$OURS/thin_extract" --metadata-dev "$image" --dev-id 1
		--data-dev "$BENCH_DIR/$name.data" -o "$out.data") ;;
	*.thin_metadata_pack) command=("$(dir_of "$who")/$task" -f -i "$image" -o "$out.data") ;;
	*.thin_metadata_unpack)
		command=("$(dir_of "$who")/$task" -f -i "$BENCH_DIR/$name.pack" -o "$out.img")
		rm -f "$out.img"
		;;
	*.thin_repair)
		command=("$(dir_of "$who")/$task" -i "$image" -o "$out.img")
		rm -f "$out.img"
		truncate -s "$(stat -c %s "$file")" "$out.img"
		;;
	*.thin_ls_exclusive) command=("$(dir_of "$who")/thin_ls"
		-o "DEV,MAPPED,EXCLUSIVE,CREATE_TIME" "$image") ;;
	*.thin_ls) command=("$(dir_of "$who")/$task" "$image") ;;
	*.thin_rmap) command=("$(dir_of "$who")/$task" --region 0..100000 "$image") ;;
	*.thin_delta)
		command=("$(dir_of "$who")/$task" --thin1 1 --thin2 2 "$image")
		[ "$name" != snaps ] ||
			command=("$(dir_of "$who")/$task" --thin1 100 --thin2 101 "$image")
		;;
	*.thin_check) command=("$(dir_of "$who")/$task" "$image") ;;
	*.thin_dump) command=("$(dir_of "$who")/$task" -o "$out.xml" "$image") ;;
	*.thin_restore)
		command=("$(dir_of "$who")/$task" -i "$BENCH_DIR/$name.xml" -o "$out.img")
		rm -f "$out.img"
		truncate -s "$(stat -c %s "$file")" "$out.img"
		;;
	esac
	rm -f "$out.xml"
	[ "$task" = thin_trim ] || rm -f "$out.data"

	# Nobody shall wait for what another has written.
	sync -f "$BENCH_DIR"
	"$MEASURE" "$@" "$result" "${command[@]}" >/dev/null 2>"$result.err" ||
		say "$who: $task of $name failed: $(head -c 200 "$result.err")"
	case $who.$task in
	cat.*) ;;
	*.thin_metadata_pack) stat -c %s "$out.data" >"$result.bytes" ;;
	esac
}

# Whether it makes sense to run WHO for TASK of NAME again.
worth_a_round() {
	local result=$results/$2.$3.$1

	[ -e "$result" ] || return 0
	awk -v patience="$PATIENCE" -v who="$1" '
		$4 || (who != "ours" && $1 > patience) { no = 1 }
		END { exit no }' "$result"
}

# series ROUNDS TASK NAME WHO... - all in turns.
series() {
	local rounds=$1 task=$2 name=$3 who round

	shift 3
	cat "$BENCH_DIR/$name.img" >/dev/null
	[ "$task" != thin_restore ] || cat "$BENCH_DIR/$name.xml" >/dev/null
	for ((round = 1; round <= rounds; round++)); do
		for who; do
			if worth_a_round "$who" "$task" "$name"; then
				say "$task of $name, round $round: $who"
				once "$who" "$task" "$name"
			fi
		done
	done
	rm -f "$BENCH_DIR/out.img" "$BENCH_DIR/out.xml" "$BENCH_DIR/out.data"
}

# median WHO TASK NAME COLUMN - or "-" if it did not run or failed.
median() {
	local result=$results/$2.$3.$1

	if [ ! -e "$result" ] || awk '$4 { bad = 1 } END { exit !bad }' "$result"; then
		echo -
		return
	fi
	awk -v c="$4" '{ print $c }' "$result" | middle %.4g
}

# Of numbers, a line each, the one in the middle, or what is between two; "-" of none.
middle() { # FORMAT
	sort -g | awk -v format="$1\n" '{ v[NR] = $1 }
		END {
			if (NR)
				printf format, (v[int((NR + 1) / 2)] + v[int(NR / 2) + 1]) / 2
			else
				print "-"
		}'
}

# median_ratio WHO OTHER TASK NAME COLUMN - of the ratios of WHO to OTHER in each round,
# for what else the machine does hits both of a round; or "-" if one did not run or failed.
median_ratio() {
	local who=$1 other=$2 task=$3 name=$4 column=$5

	if [ "$(median "$who" "$task" "$name" "$column")" = - ] ||
		[ "$(median "$other" "$task" "$name" "$column")" = - ]; then
		echo -
		return
	fi
	# A peer that was not asked again has fewer rounds.
	paste -d ' ' "$results/$task.$name.$who" "$results/$task.$name.$other" |
		awk -v c="$column" 'NF == 8 && $(c + 4) > 0 { print $c / $(c + 4) }' |
		middle %.2f
}

# Which machine the numbers are from.
print_machine() {
	printf '%s, %s processors, Linux %s, files on %s\n\n' \
		"$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)" \
		"$(nproc)" "$(uname -r)" "$(stat -f -c %T "$BENCH_DIR")"
}

# ratio A B - A / B, or "-"
ratio() {
	awk -v a="$1" -v b="$2" 'BEGIN {
		if (a == "-" || b == "-" || b == 0)
			print "-"
		else
			printf "%.2f\n", a / b
	}'
}

# megabytes KIB, of 10^6 bytes
megabytes() {
	awk -v kib="$1" \
		'BEGIN { if (kib == "-") print kib; else printf "%.1f\n", kib * 1.024 / 1000 }'
}

# judge WHAT VALUE OP LIMIT - prints nothing if VALUE is as wanted.
judge() {
	awk -v what="$1" -v value="$2" -v op="$3" -v limit="$4" 'BEGIN {
		if (value == "-")
			printf "%s unknown; ", what
		else if (op == "<=" ? value + 0 > limit + 0 : value + 0 < limit + 0)
			printf "%s %s, wanted %s %s; ", what, value, op, limit
	}'
}

# targets_missed TASK.NAME FASTER CPU CAT MB - what the row does not reach.
targets_missed() {
	local faster=$2 cpu=$3 cat=$4 mb=$5

	case $1 in
	thin_check.*)
		judge "1.1/ours" "$faster" '>=' 5
		judge "CPU 1.1/ours" "$cpu" '>=' 3
		judge MB "$mb" '<=' 40
		[ "$1" != thin_check.big ] || judge "ours/cat" "$cat" '<=' 1.5
		;;
	thin_dump.big)
		judge "1.1/ours" "$faster" '>=' 5
		judge MB "$mb" '<=' 40
		;;
	thin_dump.snaps)
		judge "1.1/ours" "$faster" '>=' 4
		judge MB "$mb" '<=' 60
		;;
	thin_restore.*)
		judge "1.1/ours" "$faster" '>=' 2.5
		judge MB "$mb" '<=' 100
		;;
	esac
}

print_verdict() {
	local missed

	missed=$(targets_missed "$@")
	missed=${missed%; }
	if [ -n "$missed" ]; then
		all_reached=no
		printf ' not reached: %s |' "$missed"
	else
		printf ' reached |'
	fi
}

# A row of the main table: medians, and medians of the ratios of each round.  The
# ratio to cat is to reading the input once.
print_row() {
	local task=$1 name=$2 who
	local -A wall cpu mb
	local faster_11 faster_09 less_cpu by_cat

	for who in ours 1.1 0.9 cat; do
		wall[$who]=$(median "$who" "$task" "$name" 1)
		cpu[$who]=$(median "$who" "$task" "$name" 2)
		mb[$who]=$(megabytes "$(median "$who" "$task" "$name" 3)")
	done
	faster_11=$(median_ratio 1.1 ours "$task" "$name" 1)
	faster_09=$(median_ratio 0.9 ours "$task" "$name" 1)
	less_cpu=$(median_ratio 1.1 ours "$task" "$name" 2)
	by_cat=$(median_ratio ours cat "$task" "$name" 1)

	printf '| %s %s |' "$task" "$name"
	printf ' %s |' "${wall[ours]}" "${wall[1.1]}" "${wall[0.9]}" "${wall[cat]}" \
		"$faster_11" "$faster_09" "$by_cat" \
		"${cpu[ours]}" "${cpu[1.1]}" "${cpu[0.9]}" "$less_cpu" \
		"${mb[ours]}" "${mb[1.1]}" "${mb[0.9]}"
	[ "$judged" = no ] ||
		print_verdict "$task.$name" "$faster_11" "$less_cpu" "$by_cat" "${mb[ours]}"
	echo
}

print_head() {
	printf '| |'
	printf ' %s |' 'ours, s' '1.1, s' '0.9, s' 'cat, s' \
		1.1/ours 0.9/ours ours/cat \
		'CPU ours, s' 'CPU 1.1, s' 'CPU 0.9, s' 'CPU 1.1/ours' \
		'ours, MB' '1.1, MB' '0.9, MB'
	[ "$judged" = no ] || printf ' targets |'
	printf '\n|:--|'
	printf -- '--:|%.0s' {1..14}
	[ "$judged" = no ] || printf ':--|'
	echo
}
