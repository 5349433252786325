# SPDX-License-Identifier: GPL-2.0-or-later
#
# Makes a table of the lines "SET WAY BLOCKS WHO HOW INTACT BACK LOST WRONG SILENT"
# of bench/salvage: a row for each way and number of blocks.  The variables: set,
# ways (with a ";" behind each), sizes, and cases, how many there are of each.

function share(who, key,	wanted) {
	if (!((who, key) in intact))
		return "-"
	wanted = intact[who, key] - lost[who, key]
	if (!wanted || back[who, key] == wanted)
		return "all"
	return sprintf("%.3f", int(100000 * back[who, key] / wanted) / 1000)
}
function count(what, who, key) {
	return (who, key) in what ? what[who, key] : "-"
}
# Better than a peer is more back, or as much and less that is wrong.
function against(who, key,	a, b) {
	if (!((who, key) in intact))
		return "-"
	a = back["ours", key] + lost["ours", key]
	b = back[who, key] + lost[who, key]
	if (a != b)
		return a > b ? "more" : "**less**"
	a = wrong["ours", key]
	b = wrong[who, key]
	return a == b ? "tie" : a < b ? "fewer wrong" : "**more wrong**"
}
function row(key, name,	told) {
	told = wrong["ours", key] - silent["ours", key]
	printf "| %s | %s | %s | %s | %d | %d | %s | %s | %s | %s |\n", name,
		share("ours", key), share("1.1", key), share("0.9", key),
		told, silent["ours", key], count(wrong, "1.1", key),
		count(wrong, "0.9", key), against("1.1", key), against("0.9", key)
}
$1 == set {
	key = $2 " " $3
	for (i = 0; i < 2; i++) {
		intact[$4, key] += $6; back[$4, key] += $7; lost[$4, key] += $8
		wrong[$4, key] += $9; silent[$4, key] += $10
		key = "all"
	}
	how[$4, $5]++
}
END {
	print "| damage, blocks | ours, % | 1.1, % | 0.9, % | ours wrong, told |" \
		" ours wrong, silent | 1.1 wrong | 0.9 wrong | ours to 1.1 | ours to 0.9 |"
	print "|:--|--:|--:|--:|--:|--:|--:|--:|:--|:--|"
	nr_ways = split(ways, name, ";") - 1
	nr_sizes = split(sizes, size, " ")
	for (w = 1; w <= nr_ways; w++)
		for (s = 1; s <= nr_sizes; s++)
			row(w - 1 " " size[s], name[w] ", " size[s])
	row("all", "all")
	print ""
	printf "Of %d repairs", nr_ways * nr_sizes * cases
	for (p = split("0.9 1.1 ours", who, " "); p; p--)
		if ((who[p], "all") in intact)
			printf "%s %s refused %d, crashed in %d, did not end in %d", p < 3 ? ";" : "",
				who[p], how[who[p], "refused"], how[who[p], "crashed"],
				how[who[p], "hung"]
	print ".\n"
}
