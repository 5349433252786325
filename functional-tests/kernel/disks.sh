# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2154
#
# The disks that the scripts of guest/ want to find.

# One volume, 0, whose blocks are mapped one by one to those from DATA on.
one_volume() { # META TIME DATA-BLOCKS DATA BLOCKS
	"$build/bin/thin_restore" -q -i /dev/stdin -o "$1" <<-XML
		<superblock uuid="" time="$2" transaction="0" flags="0" version="2"
			data_block_size="128" nr_data_blocks="$3">
		  <device dev_id="0" mapped_blocks="$5" transaction="0" creation_time="0"
			snap_time="0">
		    <range_mapping origin_begin="0" data_begin="$4" length="$5" time="0"/>
		  </device>
		</superblock>
	XML
}

# $build: what "make" has built.  Status 1 if metadata cannot be made.
make_disks() { # SCRIPT META DATA
	rm -f "$2" "$3"
	truncate -s 4M "$2"
	truncate -s 128M "$3"
	case $1 in
	limits) # There is time for one more snapshot.
		one_volume "$2" 16777214 1024 8 4
		;;
	tight) # The volume has many leaves, for which there is little room.
		truncate -s 512K "$2"
		truncate -s 512M "$3"
		one_volume "$2" 0 8192 0 8000 && truncate -s 1M "$2"
		;;
	esac
}
