#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Messages: each with what it takes, what it refuses, and what it leaves.
# shellcheck source=functional-tests/kernel/answers/lib.sh disable=SC1091,SC2154
. "$(dirname "$0")/lib.sh"

pool "$data_sectors" 128 0
message create_thin
message create_thin x
message create_thin -1
message create_thin 16777216
message create_thin 16777215
message create_thin 0
message Create_Thin 0
message create_thin 0 1
message create_snap 1
message create_snap 1 7
message create_snap 1 0
message create_snap 1 0
message create_snap 16777216 0
message delete
message delete 9
message delete 1
message delete 1
message create_thin 1
message delete 1
message set_transaction_id 1 2
message set_transaction_id 0 5
message set_transaction_id 5
message set_transaction_id 5 x
message set_transaction_id 5 18446744073709551615
message set_transaction_id 18446744073709551615 5
show pool
message reserve_metadata_snap 1
message reserve_metadata_snap
message reserve_metadata_snap
show pool
message create_thin 2
show pool
message release_metadata_snap
message release_metadata_snap
message frobnicate
show pool
for id in $(seq 100 180); do
	dmsetup message pool 0 "create_thin $id"
done
show pool
for id in $(seq 100 2 180); do
	dmsetup message pool 0 "delete $id"
done
show pool
try dmsetup remove pool
