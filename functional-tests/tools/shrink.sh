# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2154
#
# What the tests of thin_shrink share; they include it after lib.sh.

# pool.xml and pool.img: 256 data blocks, 103 of them in use, most of them behind
# the first 128, and two devices that share a range.  data.img: its data.
make_pool() {
	{
		superblock_xml nr_data_blocks=256 time=2 transaction=7
		echo '  <def name="1">'
		range_xml 0 200 20 0
		range_xml 40 100 10 0
		echo '  </def>'
		for pool_dev in 1 2; do
			echo "  <device dev_id=\"$pool_dev\" mapped_blocks=\"30\"" \
				'transaction="0" creation_time="0" snap_time="1">'
			echo '    <ref name="1"/>'
			echo '  </device>'
		done
		echo '  <device dev_id="5" mapped_blocks="73" transaction="3" creation_time="1"' \
			'snap_time="2">'
		range_xml 0 120 16 2
		for pool_block in 0 1 2 3 4 5 6; do
			single_xml $((100 + pool_block)) $((150 + 2 * pool_block)) 2
		done
		range_xml 200 230 26 1
		range_xml 300 0 24 2
		echo '  </device>'
		echo '</superblock>'
	} >pool.xml
	restored pool.xml pool.img 1M
	"$builddir/volumes" --make data.img 256 || fail "no data"
}

# What the volumes of metadata read as.
volumes() { # METADATA DATA
	thin_dump --expand "$1" >volumes.xml || fail "$1 cannot be dumped"
	"$builddir/volumes" volumes.xml "$2" || fail "$1 does not fit $2"
}

# The same for XML.
xml_volumes() { # XML DATA
	restored "$1" volumes.img 1M
	volumes volumes.img "$2"
}
