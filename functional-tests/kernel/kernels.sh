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

# The program finds our module in $MODULE; that is empty if its kernel has it.
guest() { # SECONDS OPTION... -- PROGRAM ARGUMENT...
	local limit=$(($1 * slower)) dir=$build/kernel module options=()

	shift
	case $KERNEL in
	uml) module=$dir/module/dm-multisnap.ko ;;
	debug) module=$dir/module-debug/dm-multisnap.ko ;;
	stock) module=$dir/module-stock/dm-multisnap.ko ;;
	*) module='' ;;
	esac
	if [ -n "$module" ] && [ ! -e "$module" ]; then
		echo "no $module: run prepare $build $KERNEL" >&2
		return 1
	fi
	options=(-t "$limit" -e MODULE="$module" --ro "$build" --ro "$top")
	case $KERNEL in
	stock)
		"$top/functional-tests/qemu/qemu-run" --cpus "${CPUS:-4}" "${options[@]}" "$@"
		return
		;;
	debug | in-tree-?)
		options+=(-k "$dir/$KERNEL/build/linux" -m "$dir/$KERNEL/modules/lib/modules")
		;;
	esac
	"$top/functional-tests/uml/uml-run" "${options[@]}" "$@"
}

# The same under a kernel that has dm-thin-pool, which is all that is asked of it.
guest_of_mainline() { # SECONDS OPTION... -- PROGRAM ARGUMENT...
	local KERNEL=$with_mainline

	guest "$@"
}
