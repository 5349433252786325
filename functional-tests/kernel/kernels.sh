# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2154 # top and build: of the script that includes this
#
# A guest with one of the kernels on which the module is tried, $KERNEL:
#
#	uml		Debian's User Mode Linux (when nothing is said)
#	debug		User Mode Linux with KASAN, UBSAN, lockdep and kmemleak
#	in-tree-m	User Mode Linux with the patch series in its tree, as a module
#	in-tree-y	the same, built into the kernel
#	stock		Debian's kernel for amd64, in QEMU, with $CPUS processors (4)
#
# "prepare" has made what it takes.

KERNEL=${KERNEL:-uml}
case $KERNEL in
uml | in-tree-m) slower=1 with_mainline=$KERNEL ;;
in-tree-y) slower=1 with_mainline=in-tree-m ;;
debug) slower=6 with_mainline=debug ;;
stock) slower=6 with_mainline=stock ;;
*)
	echo "$0: no such KERNEL: $KERNEL" >&2
	exit 1
	;;
esac

# What a kernel says when something is wrong with it.
complaints='BUG|WARNING:|INFO: |Oops|Call Trace|UBSAN|KASAN|leaked|suspicious|blocked for more'
complaints+='|unreferenced object'
# And what it says of nothing but its own faults, however long a busy machine lets it wait.
faults='WARNING: CPU|kernel BUG|BUG: (kernel|unable|Bad|scheduling|sleeping)|general protection'
faults+='|(add|del) corruption|refcount_t|Bad page'

# The directory of our module, or of a variant of it, for a kernel that has none of its own.
module_directory() { # VARIANT
	case $KERNEL in
	uml) echo "$build/kernel/$1" ;;
	debug | stock) echo "$build/kernel/$1-$KERNEL" ;;
	esac
}

# Of those that modules can be built for the newest that can also be run, if there is one.
stock_version() {
	local version newest=none

	for version in $(printf '%s\n' /usr/src/linux-headers-6.1.*-amd64 | sort -V); do
		version=${version#/usr/src/linux-headers-}
		if [ -e "/boot/vmlinuz-$version" ] || [ ! -e "/boot/vmlinuz-$newest" ]; then
			newest=$version
		fi
	done
	echo "$newest"
}

# Options for the clock of an emulated guest, which has the counter of this machine.  If it has to
# measure that itself, while it boots beside much other work, its clock may run many times too fast.
# When it sees that, it changes its code with all processors running, of which qemu-run tells, and
# takes a clock for which they wait in turns.
clock=()
know_clock() {
	local khz

	if [ ${#clock[@]} != 0 ] || ! grep -q 'constant_tsc.* nonstop_tsc' /proc/cpuinfo; then
		return 0
	fi
	khz=$("$build/tsc") || return
	clock=(-a "tsc_early_khz=$khz" -a tsc=reliable)
}

# The program finds our module, or the variant of it that $VARIANT says, in $MODULE; that
# is empty if its kernel has it.  No kernel may report faults, and the debugging one must have
# nothing to say at all, nor know of a leak: the status is 98 else, and standard error has
# its words.  The log of option -l is where they are looked for.
guest() { # SECONDS OPTION... -- PROGRAM ARGUMENT...
	local limit=$(($1 * slower)) dir=$build/kernel log='' words=$faults module status
	local runner=("$top/functional-tests/uml/uml-run") options=()

	shift
	module=$(module_directory "${VARIANT:-module}")
	module=${module:+$module/dm-multisnap.ko}
	if [ -n "$module" ] && [ ! -e "$module" ]; then
		echo "no $module: run prepare $build $KERNEL" >&2
		return 1
	fi
	while [ "$1" != -- ]; do
		[ "$1" != -l ] || log=$2
		options+=("$1")
		shift
	done
	shift
	options+=(-t "$limit" -e MODULE="$module" --ro "$build" --ro "$top")
	case $KERNEL in
	stock)
		know_clock || return
		runner=("$top/functional-tests/qemu/qemu-run" --cpus "${CPUS:-4}" "${clock[@]}")
		options+=(-k "/boot/vmlinuz-$(stock_version)")
		;;
	debug | in-tree-?)
		options+=(--boot $((60 * slower)) -k "$dir/$KERNEL/build/linux")
		options+=(-m "$dir/$KERNEL/modules/lib/modules")
		;;
	esac
	if [ "$KERNEL" = debug ]; then
		words=$complaints
		set -- "$top/functional-tests/kernel/guest/leaks" "$@"
	fi
	rm -f "${log:?}"
	"${runner[@]}" "${options[@]}" -- "$@"
	status=$?
	if grep -aE -m 1 -A 40 "$words" "$log" >&2; then
		status=98
	fi
	return $status
}

# The same under a kernel that has dm-thin-pool, which is all that is asked of it.
guest_of_mainline() { # SECONDS OPTION... -- PROGRAM ARGUMENT...
	local KERNEL=$with_mainline

	guest "$@"
}
